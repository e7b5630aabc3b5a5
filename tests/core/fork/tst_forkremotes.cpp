// SPDX-License-Identifier: GPL-3.0-or-later
// Clones over HTTP and SSH: lost connections, addresses that lead nowhere, proxies, credentials and keys.
#include "core/fork/actions.h"
#include "tests/core/fork/forkfixture.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QScopeGuard>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;

class TestForkRemotes : public ForkFixture
{
    Q_OBJECT

private Q_SLOTS:
    void init() { begin(); }

    void aLostConnectionIsGoneOnWith()
    {
        makeRepository(u"outer"_s);
        for (int i = 1; i <= 4; ++i) {
            commit(u"outer"_s, u"kernel%1.cu"_s.arg(i), QByteArray(2000, static_cast<char>('a' + i)));
            git(at(u"outer"_s), {u"tag"_s, u"v0.%1"_s.arg(i)});
        }
        Server server;
        startHttp(server);
        if (QTest::currentTestFailed())
            return;
        const QString url = u"http://127.0.0.1:%1/outer/.git"_s.arg(server.port);
        write(at(u"cut"_s), "1"); // the second pack breaks off
        const auto lost = clone(url);
        QVERIFY(!lost);
        QVERIFY(!QFileInfo::exists(at(u"forks/fork"_s)));
        const QList<UnfinishedClone> unfinished = unfinishedClones(at(u"forks"_s));
        QCOMPARE(unfinished.size(), 1);
        QCOMPARE(unfinished.first().name, u"fork"_s);
        QCOMPARE(unfinished.first().url, url);
        const QString kept = at(u"forks/.fork.clone"_s);
        const QString stage = git(kept, {u"rev-parse"_s, u"refs/kernelyard/stage/1"_s});
        QCOMPARE(stage, git(at(u"outer"_s), {u"rev-parse"_s, u"v0.2"_s}));
        QFile::remove(at(u"cut"_s));
        qint64 asked = 0;
        const auto fork = cloneFork(url, at(u"forks/fork"_s), [&](const CloneProgress &progress) {
            asked = qMax(asked, progress.totalObjects);
            return true;
        });
        VERIFY_RESULT(fork);
        // Of the 15 objects (5 commits, 5 trees, 5 files) 9 came with the first stage.
        QCOMPARE(asked, 6);
        QCOMPARE(fork->commit, git(at(u"outer"_s), {u"rev-parse"_s, u"HEAD"_s}));
        QCOMPARE(git(fork->path, {u"fsck"_s, u"--strict"_s}), QString());
        QVERIFY(unfinishedClones(at(u"forks"_s)).isEmpty());
    }

    void anAddressThatLeadsNowhereIsNamedWithWhatToDo_data()
    {
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("cause");
        QTest::addColumn<QString>("remedy");
        QTest::newRow("refused") << u"http://127.0.0.1:9/x.git"_s << u"refused"_s << u"http.proxy"_s;
        QTest::newRow("no such folder") << u"/nowhere/x"_s << u"neither a folder"_s << u"Name a folder"_s;
        QTest::newRow("no address") << u"nonsense"_s << u"nor an address"_s << u"https://HOST/"_s;
        QTest::newRow("no such repository") << u"http://127.0.0.1:%1/none/.git"_s << u"404"_s << u"credentials"_s;
    }

    void anAddressThatLeadsNowhereIsNamedWithWhatToDo()
    {
        QFETCH(QString, url);
        QFETCH(QString, cause);
        QFETCH(QString, remedy);
        Server server;
        if (url.contains(u"%1"_s)) {
            startHttp(server);
            if (QTest::currentTestFailed())
                return;
            url = url.arg(server.port);
        }
        const auto none = clone(url, u"none"_s);
        QVERIFY(!none);
        QVERIFY2(none.error().message.contains(url) && none.error().message.contains(cause),
                 qPrintable(none.error().message));
        QVERIFY2(none.error().remedy.contains(remedy), qPrintable(none.error().remedy));
        QVERIFY(!QFileInfo::exists(at(u"forks/none"_s)));
    }

    /// The host's name leads nowhere, so that what comes has come through the proxy; by https alone, for libgit2 asks a
    /// proxy for nothing else.
    void clonesAndFetchesThroughAProxy()
    {
        makeRepository(u"outer"_s);
        const QString key = at(u"key.pem"_s), certificate = at(u"certificate.pem"_s);
        QProcess openssl;
        openssl.start(u"openssl"_s, {u"req"_s, u"-x509"_s, u"-newkey"_s, u"rsa:2048"_s, u"-nodes"_s, u"-keyout"_s, key,
                                     u"-out"_s, certificate, u"-subj"_s, u"/CN=git.example.invalid"_s, u"-addext"_s,
                                     u"subjectAltName=DNS:git.example.invalid"_s});
        QVERIFY2(openssl.waitForFinished() && openssl.exitCode() == 0, openssl.readAllStandardError().constData());
        write(at(u"tls.pem"_s), read(certificate) + read(key));
        Server proxy;
        startHttp(proxy);
        if (QTest::currentTestFailed())
            return;
        const QByteArray before = qgetenv("https_proxy");
        const auto restored = qScopeGuard([&] {
            qputenv("https_proxy", before);
            qunsetenv("GIT_SSL_CAINFO");
        });
        qputenv("https_proxy", "http://127.0.0.1:" + QByteArray::number(proxy.port));
        const QString url = u"https://git.example.invalid/outer/.git"_s;
        const auto distrusted = clone(url);
        QVERIFY(!distrusted);
        QCOMPARE(distrusted.error().kind, ErrorKind::Permission);
        QVERIFY2(distrusted.error().remedy.contains(u"certificates"_s), qPrintable(distrusted.error().message));

        qputenv("GIT_SSL_CAINFO", QFile::encodeName(certificate));
        const auto fork = clone(url);
        VERIFY_RESULT(fork);
        QCOMPARE(fork->origin, url);
        const QString newest = commit(u"outer"_s, u"kernel.cu"_s, "two\n");
        const auto fetched = fetchFork(fork->path, {});
        VERIFY_RESULT(fetched);
        QCOMPARE(git(fork->path, {u"rev-parse"_s, u"refs/remotes/origin/main"_s}), newest);
    }

    void credentialsComeFromGitsHelpersAndAreKeptNowhere()
    {
        makeRepository(u"outer"_s);
        Server server;
        startHttp(server, {u"me:s3cret-word"_s});
        if (QTest::currentTestFailed())
            return;
        const QString url = u"http://127.0.0.1:%1/outer/.git"_s.arg(server.port);
        write(at(u"home/.gitconfig"_s), "[credential]\n helper = \"!f() { test $1 = get && echo username=me && echo "
                                        "password=s3cret-word; }; f\"\n");
        const QByteArray home = qgetenv("HOME");
        qputenv("HOME", at(u"home"_s).toUtf8());
        const auto fork = clone(url);
        write(at(u"home/.gitconfig"_s),
              "[credential]\n helper = \"!f() { test $1 = get && echo username=me && echo password=wrong; }; f\"\n");
        const auto refused = clone(url, u"refused"_s);
        write(at(u"home/.gitconfig"_s), "");
        const auto nobody = clone(url, u"nobody"_s);
        qputenv("HOME", home);
        VERIFY_RESULT(fork);
        QCOMPARE(fork->origin, url);
        QVERIFY(!read(fork->path + u"/.git/config"_s).contains("s3cret"));
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Permission);
        QVERIFY(!refused.error().remedy.isEmpty());
        QVERIFY(!nobody);
        QCOMPARE(nobody.error().kind, ErrorKind::Permission);
    }

    void clonesOverSshWithTheAgent();
};

void TestForkRemotes::clonesOverSshWithTheAgent()
{
    const QString sshd = QStandardPaths::findExecutable(u"sshd"_s, {u"/usr/sbin"_s, u"/usr/bin"_s});
    QVERIFY2(!sshd.isEmpty() && !QStandardPaths::findExecutable(u"ssh-agent"_s).isEmpty(),
             "sshd and ssh-agent are needed; make test installs them");
    makeRepository(u"outer"_s);
    const QString user = QString::fromLocal8Bit(qgetenv("USER")).isEmpty() ? u"root"_s : qEnvironmentVariable("USER");
    for (const QString &key : {u"host"_s, u"key"_s})
        QCOMPARE(QProcess::execute(u"ssh-keygen"_s, {u"-q"_s, u"-t"_s, u"ed25519"_s, u"-N"_s, u""_s, u"-f"_s, at(key)}),
                 0);
    write(at(u"authorized"_s), read(at(u"key.pub"_s)));
    QTcpServer probe;
    QVERIFY(probe.listen(QHostAddress::LocalHost));
    const int port = probe.serverPort();
    probe.close();
    QDir().mkpath(u"/run/sshd"_s);
    QProcess server;
    server.start(sshd, {u"-D"_s, u"-e"_s,
                        u"-f"_s, u"/dev/null"_s,
                        u"-p"_s, QString::number(port),
                        u"-h"_s, at(u"host"_s),
                        u"-o"_s, u"ListenAddress=127.0.0.1"_s,
                        u"-o"_s, u"AuthorizedKeysFile="_s + at(u"authorized"_s),
                        u"-o"_s, u"StrictModes=no"_s,
                        u"-o"_s, u"PermitRootLogin=yes"_s,
                        u"-o"_s, u"UsePAM=no"_s,
                        u"-o"_s, u"PidFile=none"_s,
                        u"-o"_s, u"PasswordAuthentication=no"_s});
    QVERIFY(server.waitForStarted());
    QProcess agent;
    agent.start(u"ssh-agent"_s, {u"-D"_s, u"-a"_s, at(u"agent"_s)});
    QVERIFY(agent.waitForStarted());
    QTRY_VERIFY(QFileInfo::exists(at(u"agent"_s)));
    const auto listens = [port] {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, static_cast<quint16>(port));
        return socket.waitForConnected(500);
    };
    QTRY_VERIFY(listens());
    qputenv("SSH_AUTH_SOCK", at(u"agent"_s).toUtf8());
    const QByteArray home = qgetenv("HOME");
    QDir().mkpath(at(u"home/.ssh"_s));
    qputenv("HOME", at(u"home"_s).toUtf8());
    const QString url = u"ssh://%1@127.0.0.1:%2%3"_s.arg(user).arg(port).arg(at(u"outer"_s));

    const auto unknownHost = clone(url, u"unknown"_s);
    write(at(u"home/.ssh/known_hosts"_s), u"[127.0.0.1]:%1 "_s.arg(port).toUtf8() + read(at(u"host.pub"_s)));
    const auto withoutKey = clone(url, u"without"_s);
    const int added = QProcess::execute(u"ssh-add"_s, {u"-q"_s, at(u"key"_s)});
    const auto fork = clone(url);
    qunsetenv("SSH_AUTH_SOCK");
    qputenv("HOME", home);
    server.terminate();
    server.waitForFinished();
    agent.terminate();
    agent.waitForFinished();

    QVERIFY(!unknownHost);
    QCOMPARE(unknownHost.error().kind, ErrorKind::Permission);
    QVERIFY(!withoutKey);
    QCOMPARE(withoutKey.error().kind, ErrorKind::Permission);
    QVERIFY(withoutKey.error().remedy.contains(u"ssh-add"_s));
    QCOMPARE(added, 0);
    QVERIFY2(fork, qPrintable(fork ? QString()
                                   : QString(fork.error().message + QString::fromUtf8(server.readAllStandardError()))));
    QVERIFY(QFileInfo::exists(fork->path + u"/kernel.cu"_s));
}

QTEST_GUILESS_MAIN(TestForkRemotes)
#include "tst_forkremotes.moc"
