// SPDX-License-Identifier: GPL-3.0-or-later
// Clones: with submodules, from mirrors and caches, over HTTP and SSH, cut off, cancelled, and of hostile repositories.
#include "core/fork/actions.h"
#include "core/fork/address.h"
#include "tests/core/fork/forkfixture.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;

class TestForks : public ForkFixture
{
    Q_OBJECT

private Q_SLOTS:
    void init() { begin(); }

    void addresses_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<bool>("accepted");
        QTest::newRow("https") << u"https://github.com/you/xformers.git"_s << true;
        QTest::newRow("scp") << u"git@github.com:you/xformers.git"_s << true;
        QTest::newRow("a folder") << u"/srv/git/xformers"_s << true;
        QTest::newRow("an option") << u"--upload-pack=touch /tmp/x"_s << false;
        QTest::newRow("a host that is an option") << u"ssh://-oProxyCommand=x/y"_s << false;
        QTest::newRow("a scp host that is an option") << u"-oProxyCommand=x:y"_s << false;
        QTest::newRow("a scp path that is an option") << u"host:--upload-pack=x"_s << false;
        QTest::newRow("a command") << u"ext::sh -c true"_s << false;
        QTest::newRow("a line break") << u"https://host/a\nb"_s << false;
        QTest::newRow("an unknown scheme") << u"gopher://host/a"_s << false;
        QTest::newRow("empty") << QString() << false;
    }
    void addresses()
    {
        QFETCH(QString, address);
        QTEST(checkAddress(address).has_value(), "accepted");
    }

    void relativeAddressesStartAtTheParent()
    {
        QCOMPARE(resolvedAddress(u"../cutlass.git"_s, u"https://host/you/xformers.git"_s),
                 u"https://host/you/cutlass.git"_s);
        QCOMPARE(resolvedAddress(u"../../nvidia/cutlass"_s, u"git@host:you/xformers"_s), u"git@host:nvidia/cutlass"_s);
        QCOMPARE(resolvedAddress(u"https://host/c"_s, u"https://host/x"_s), u"https://host/c"_s);
        QCOMPARE(shortAddress(u"https://me:secret@github.com/you/xformers.git"_s), u"github.com/you/xformers"_s);
        QCOMPARE(shortAddress(u"git@github.com:you/xformers.git"_s), u"github.com/you/xformers"_s);
    }

    void aCloneHasItsSubmodulesAtAnyDepth()
    {
        makeNested();
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        QCOMPARE(fork->submodules.size(), 2);
        QCOMPARE(fork->submodules.at(0).path, u"third_party/middle"_s);
        QCOMPARE(fork->submodules.at(1).path, u"third_party/middle/deep/inner"_s);
        QCOMPARE(fork->submodulesIn(SubmoduleState::AsPinned), 2);
        QCOMPARE(read(fork->path + u"/third_party/middle/deep/inner/inner.h"_s), QByteArray("one\n"));
        QCOMPARE(git(fork->path, {u"status"_s, u"--porcelain"_s}), QString());
        QVERIFY(git(fork->path, {u"submodule"_s, u"status"_s, u"--recursive"_s})
                    .startsWith(fork->submodules.first().pinned.left(8)));
        QVERIFY(fork->fromOrigin);
        QCOMPARE(fork->fromOrigin->from, u"origin/main"_s);
    }

    void submoduleStatesAreTold()
    {
        makeNested();
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        const QString middle = fork->path + u"/third_party/middle"_s;
        write(middle + u"/deep/inner/inner.h"_s, "mine\n");
        git(middle, {u"checkout"_s, u"-q"_s, u"HEAD~1"_s});
        const auto moved = readFork(fork->path);
        VERIFY_RESULT(moved);
        QCOMPARE(moved->submodules.first().state, SubmoduleState::Moved);
        QVERIFY(moved->isClean());
        git(middle, {u"checkout"_s, u"-q"_s, u"main"_s});
        const auto dirty = readFork(fork->path);
        VERIFY_RESULT(dirty);
        QCOMPARE(dirty->submodules.at(1).state, SubmoduleState::Dirty);
        QCOMPARE(dirty->submodules.at(1).changedFiles, QStringList{u"inner.h"_s});
        QDir(middle).removeRecursively();
        const auto missing = readFork(fork->path);
        VERIFY_RESULT(missing);
        QCOMPARE(missing->submodules.size(), 1);
        QCOMPARE(missing->submodules.first().state, SubmoduleState::Missing);
    }

    void syncMendsMissingAndMovedOnes()
    {
        makeNested();
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        const QString middle = fork->path + u"/third_party/middle"_s;
        git(middle, {u"checkout"_s, u"-q"_s, u"HEAD~1"_s});
        QDir(middle + u"/deep"_s).removeRecursively();
        const auto mended = syncSubmodules(fork->path, {}, {});
        VERIFY_RESULT(mended);
        QCOMPARE(mended->submodulesIn(SubmoduleState::AsPinned), 2);
        QDir(middle).removeRecursively();
        QVERIFY(syncSubmodules(fork->path, {}, {}));
        QCOMPARE(git(fork->path, {u"submodule"_s, u"status"_s}).left(8), fork->submodules.first().pinned.left(8));
    }

    void syncLosesNothing()
    {
        makeNested();
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        const QString middle = fork->path + u"/third_party/middle"_s;
        git(middle, {u"checkout"_s, u"-q"_s, u"--detach"_s});
        write(middle + u"/middle.h"_s, "mine, committed\n");
        git(middle, {u"commit"_s, u"-qam"_s, u"Mine"_s});
        const QString mine = git(middle, {u"rev-parse"_s, u"HEAD"_s});
        auto synced = syncSubmodules(fork->path, {}, {});
        VERIFY_RESULT(synced);
        QCOMPARE(git(middle, {u"rev-parse"_s, u"HEAD"_s}), mine);
        QVERIFY(synced->submodules.first().trouble.contains(mine.left(10)));
        git(middle, {u"branch"_s, u"mine"_s});
        write(middle + u"/middle.h"_s, "mine, not committed\n");
        synced = syncSubmodules(fork->path, {}, {});
        VERIFY_RESULT(synced);
        QCOMPARE(read(middle + u"/middle.h"_s), QByteArray("mine, not committed\n"));
        QVERIFY(!synced->submodules.first().trouble.isEmpty());
    }

    void cachedSubmodulesAreReused()
    {
        makeNested();
        const auto builder = clone(at(u"outer"_s), u"builder"_s);
        VERIFY_RESULT(builder);
        QDir().rename(at(u"middle"_s), at(u"gone-middle"_s)); // nowhere else to get them from
        QDir().rename(at(u"inner"_s), at(u"gone-inner"_s));
        CloneRequest request;
        request.url = at(u"outer"_s);
        request.path = at(u"forks/second"_s);
        request.cachedCheckout = builder->path;
        const auto fork = cloneFork(request, {});
        VERIFY_RESULT(fork);
        QCOMPARE(fork->submodulesIn(SubmoduleState::AsPinned), 2);
        QDir(builder->path).removeRecursively();
        QCOMPARE(git(fork->path + u"/third_party/middle"_s, {u"fsck"_s, u"--strict"_s}), QString());
    }

    void aMirrorSharesItsObjects()
    {
        makeRepository(u"outer"_s);
        git(at({}), {u"clone"_s, u"-q"_s, u"--mirror"_s, at(u"outer"_s), at(u"mirror.git"_s)});
        const QString newest = commit(u"outer"_s, u"kernel.cu"_s, "two\n"); // the mirror does not have it
        CloneRequest request;
        request.url = at(u"outer"_s);
        request.path = at(u"forks/fork"_s);
        request.mirror = at(u"mirror.git"_s);
        const auto fork = cloneFork(request, {});
        VERIFY_RESULT(fork);
        QCOMPARE(fork->commit, newest);
        QCOMPARE(git(fork->path, {u"for-each-ref"_s, u"refs/kernelyard"_s}), QString());
        QDir(at(u"mirror.git"_s)).removeRecursively();
        QCOMPARE(git(fork->path, {u"fsck"_s, u"--strict"_s}), QString());
    }

    void theUpstreamIsAddedAndCompared()
    {
        makeRepository(u"upstream"_s);
        git(at({}), {u"clone"_s, u"-q"_s, at(u"upstream"_s), at(u"mine"_s)});
        commit(u"upstream"_s, u"kernel.cu"_s, "two\n");
        commit(u"mine"_s, u"mine.cu"_s, "mine\n");
        CloneRequest request;
        request.url = at(u"mine"_s);
        request.path = at(u"forks/fork"_s);
        request.upstreamUrl = at(u"upstream"_s);
        const auto fork = cloneFork(request, {});
        VERIFY_RESULT(fork);
        QCOMPARE(fork->upstream, at(u"upstream"_s));
        QCOMPARE(fork->fromUpstream, (Divergence{u"upstream/main"_s, 1, 1}));
        QCOMPARE(fork->fromOrigin, (Divergence{u"origin/main"_s, 0, 0}));
    }

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

    void anUnfinishedCloneOfAnotherAddressIsBegunAnew()
    {
        makeRepository(u"outer"_s);
        makeRepository(u"other"_s, u"other.cu"_s);
        git(at({}), {u"clone"_s, u"-q"_s, at(u"other"_s), at(u"forks/.fork.clone"_s)});
        QCOMPARE(unfinishedClones(at(u"forks"_s)).size(), 1);
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        QVERIFY(QFileInfo::exists(fork->path + u"/kernel.cu"_s));
        QVERIFY(!QFileInfo::exists(fork->path + u"/other.cu"_s));
    }

    void anotherProcessAtWorkIsLeftAlone()
    {
        makeRepository(u"outer"_s);
        git(at({}), {u"clone"_s, u"-q"_s, at(u"outer"_s), at(u"forks/.fork.clone"_s)});
        const int held = ::open(qPrintable(at(u"forks/.fork.clone"_s)), O_RDONLY | O_DIRECTORY);
        QCOMPARE(flock(held, LOCK_EX), 0);
        const auto fork = clone(at(u"outer"_s));
        QVERIFY(!fork);
        QCOMPARE(fork.error().kind, ErrorKind::Conflict);
        QCOMPARE(discardUnfinishedClone(at(u"forks/fork"_s)).error().kind, ErrorKind::Conflict);
        ::close(held);
        QVERIFY(discardUnfinishedClone(at(u"forks/fork"_s)));
        QVERIFY(!QFileInfo::exists(at(u"forks/.fork.clone"_s)));
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

    void hostileSubmodulesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("modules");
        QTest::newRow("an address that is an option")
            << QByteArray("path = sub\nurl = --upload-pack=touch /tmp/pwned\n");
        QTest::newRow("an address that runs a command") << QByteArray("path = sub\nurl = ext::sh -c true\n");
        QTest::newRow("no address") << QByteArray("path = sub\n");
    }
    void hostileSubmodulesAreRefused()
    {
        QFETCH(QByteArray, modules);
        makeRepository(u"outer"_s);
        write(at(u"outer/.gitmodules"_s), "[submodule \"sub\"]\n" + modules);
        const QString head = git(at(u"outer"_s), {u"rev-parse"_s, u"HEAD"_s});
        git(at(u"outer"_s), {u"update-index"_s, u"--add"_s, u"--cacheinfo"_s, u"160000,"_s + head + u",sub"_s});
        git(at(u"outer"_s), {u"add"_s, u".gitmodules"_s});
        git(at(u"outer"_s), {u"commit"_s, u"-qm"_s, u"Hostile"_s});
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        QCOMPARE(fork->submodules.size(), 1);
        QCOMPARE(fork->submodules.first().state, SubmoduleState::Refused);
        QVERIFY(!fork->submodules.first().trouble.isEmpty());
        QVERIFY(!QFileInfo::exists(fork->path + u"/.git/modules"_s));
    }

    void namesThatLeadOutAreRefused_data()
    {
        QTest::addColumn<QString>("relative");
        QTest::addColumn<bool>("inside");
        QTest::newRow("plain") << u"third_party/cutlass"_s << true;
        QTest::newRow("the parent") << u"../escape"_s << false;
        QTest::newRow("parent in between") << u"a/../../b"_s << false;
        QTest::newRow("absolute") << u"/etc"_s << false;
        QTest::newRow("git's own folder") << u".git/hooks"_s << false;
        QTest::newRow("git's folder in other case") << u"a/.GIT/hooks"_s << false;
        QTest::newRow("git's folder with a dot") << u".git./hooks"_s << false;
        QTest::newRow("git's short name") << u"git~1"_s << false;
        QTest::newRow("through a link") << u"link/sub"_s << false;
        QTest::newRow("an option") << u"a/-x"_s << false;
        QTest::newRow("backslash") << u"a\\..\\b"_s << false;
    }
    void namesThatLeadOutAreRefused()
    {
        QFETCH(QString, relative);
        QFile::link(u"/tmp"_s, at(u"link"_s));
        QTEST(isInside(folder(), relative), "inside");
    }

    void aForkFromElsewhereMayNotNameFoldersHere()
    {
        makeNested();
        git(at(u"outer"_s),
            {u"config"_s, u"-f"_s, u".gitmodules"_s, u"submodule.third_party/middle.url"_s, at(u"middle"_s)});
        git(at(u"outer"_s), {u"commit"_s, u"-qam"_s, u"Point at this machine"_s});
        Server server;
        startHttp(server);
        if (QTest::currentTestFailed())
            return;
        const auto fork = clone(u"http://127.0.0.1:%1/outer/.git"_s.arg(server.port));
        VERIFY_RESULT(fork);
        QCOMPARE(fork->submodules.first().state, SubmoduleState::Refused);
        QVERIFY(!QFileInfo::exists(fork->path + u"/third_party/middle/middle.h"_s));
    }

    void aLinkOutOfTheTreeIsNotWrittenThrough()
    {
        makeRepository(u"outer"_s);
        QDir().mkpath(at(u"outside"_s));
        // A link that leads out; the next commit makes a folder with a file of it.
        QFile::link(at(u"outside"_s), at(u"outer/dir"_s));
        git(at(u"outer"_s), {u"add"_s, u"-A"_s});
        git(at(u"outer"_s), {u"commit"_s, u"-qm"_s, u"Link"_s});
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        QFile::remove(at(u"outer/dir"_s));
        commit(u"outer"_s, u"dir/file.cu"_s, "inside\n");
        QVERIFY(fetchFork(fork->path, {}));
        const auto forward = fastForward(fork->path, {}, {});
        VERIFY_RESULT(forward);
        QCOMPARE(read(fork->path + u"/dir/file.cu"_s), QByteArray("inside\n"));
        QVERIFY(QDir(at(u"outside"_s)).isEmpty());
    }

    void aSubmoduleCommitThatIsGoneIsNamed()
    {
        makeNested();
        git(at(u"outer"_s), {u"update-index"_s, u"--cacheinfo"_s,
                             u"160000,1234567890123456789012345678901234567890,third_party/middle"_s});
        git(at(u"outer"_s), {u"commit"_s, u"-qm"_s, u"Pin a lost commit"_s});
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        QCOMPARE(fork->submodules.first().state, SubmoduleState::Missing);
        QVERIFY2(fork->submodules.first().trouble.contains(u"1234567890"_s),
                 qPrintable(fork->submodules.first().trouble));
    }

    void everyCloneCanBeCancelledAtAnyMoment()
    {
        makeNested();
        int calls = 0;
        QVERIFY(cloneFork(at(u"outer"_s), at(u"forks/whole"_s), [&](const CloneProgress &) { return ++calls, true; }));
        QVERIFY(calls > 5);
        const int whole = calls;
        for (int stop = 1; stop < whole; stop += qMax(1, whole / 12)) {
            int now = 0;
            const auto cancelled =
                cloneFork(at(u"outer"_s), at(u"forks/fork"_s), [&](const CloneProgress &) { return ++now < stop; });
            if (cancelled) // what was there already needed fewer calls
                break;
            QCOMPARE(cancelled.error().kind, ErrorKind::Cancelled);
            QVERIFY(!QFileInfo::exists(at(u"forks/fork"_s)));
        }
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        QCOMPARE(fork->submodulesIn(SubmoduleState::AsPinned), 2);
        QCOMPARE(git(fork->path, {u"status"_s, u"--porcelain"_s}), QString());
    }
};

void TestForks::clonesOverSshWithTheAgent()
{
    const QString sshd = QStandardPaths::findExecutable(u"sshd"_s, {u"/usr/sbin"_s, u"/usr/bin"_s});
    if (sshd.isEmpty() || QStandardPaths::findExecutable(u"ssh-agent"_s).isEmpty())
        QSKIP("no sshd is installed");
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

QTEST_GUILESS_MAIN(TestForks)
#include "tst_forks.moc"
