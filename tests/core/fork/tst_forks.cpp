// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/actions.h"
#include "core/fork/address.h"
#include "core/fork/since.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QSet>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <unistd.h>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

void write(const QString &path, const QByteArray &bytes)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        qFatal("can't write %s", qPrintable(path));
    file.write(bytes);
}

QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// The real git: it makes the repositories, and is the second opinion on what became of them.
QString git(const QString &folder, const QStringList &arguments)
{
    QProcess process;
    process.setWorkingDirectory(folder);
    process.start(u"git"_s, QStringList{u"-c"_s, u"user.name=Test"_s, u"-c"_s, u"user.email=test@localhost"_s, u"-c"_s,
                                        u"protocol.file.allow=always"_s} +
                                arguments);
    process.waitForFinished();
    if (process.exitCode() != 0)
        qWarning("git %s: %s", qPrintable(arguments.join(u' ')), process.readAllStandardError().constData());
    return QString::fromUtf8(process.readAllStandardOutput()).trimmed();
}

/// A server that this test started and ends.
struct Server
{
    ~Server()
    {
        process.closeWriteChannel();
        if (process.state() != QProcess::NotRunning && !process.waitForFinished(1000)) {
            process.terminate();
            process.waitForFinished();
        }
    }
    QProcess process;
    int port = 0;
};

#define VERIFY_RESULT(result) QVERIFY2(result, qPrintable(result ? QString() : result.error().message))

} // namespace

class TestForks : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    QString at(const QString &name) const { return m_folder->filePath(name); }

    void makeRepository(const QString &name, const QString &file = u"kernel.cu"_s)
    {
        QDir().mkpath(at(name));
        git(at(name), {u"init"_s, u"-q"_s, u"-b"_s, u"main"_s});
        commit(name, file, "one\n");
    }
    QString commit(const QString &name, const QString &file, const QByteArray &bytes)
    {
        write(at(name) + u'/' + file, bytes);
        git(at(name), {u"add"_s, u"-A"_s});
        git(at(name), {u"commit"_s, u"-qm"_s, u"Change "_s + file});
        return git(at(name), {u"rev-parse"_s, u"HEAD"_s});
    }
    /// outer → third_party/middle → deep/inner, each a repository of its own.
    void makeNested(const QString &base = {})
    {
        makeRepository(base + u"inner"_s, u"inner.h"_s);
        makeRepository(base + u"middle"_s, u"middle.h"_s);
        addSubmodule(base + u"middle"_s, u"../inner"_s, u"deep/inner"_s);
        makeRepository(base + u"outer"_s);
        addSubmodule(base + u"outer"_s, u"../middle"_s, u"third_party/middle"_s);
    }
    void addSubmodule(const QString &name, const QString &url, const QString &path)
    {
        git(at(name),
            {u"submodule"_s, u"--quiet"_s, u"add"_s, u"--"_s,
             at(url.section(u'/', -1).prepend(name.contains(u'/') ? name.section(u'/', 0, 0) + u'/' : QString())),
             path});
        git(at(name), {u"config"_s, u"-f"_s, u".gitmodules"_s, u"submodule."_s + path + u".url"_s, url});
        git(at(name), {u"add"_s, u"-A"_s});
        git(at(name), {u"commit"_s, u"-qm"_s, u"Add a submodule"_s});
    }
    Result<ForkStatus> clone(const QString &url, const QString &name = u"fork"_s)
    {
        return cloneFork(url, at(u"forks/"_s + name), {});
    }
    void startHttp(Server &server, const QStringList &credentials = {})
    {
        server.process.start(
            u"python3"_s,
            QStringList{QStringLiteral(KERNELYARD_SOURCE_DIR "/tests/core/fork/httpbackend.py"), m_folder->path()} +
                credentials);
        QVERIFY(server.process.waitForStarted());
        QVERIFY(server.process.waitForReadyRead());
        server.port = server.process.readLine().trimmed().toInt();
        QVERIFY(server.port > 0);
    }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

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
        QTEST(isInside(m_folder->path(), relative), "inside");
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
        // A tree that git itself would not add: a link, and a file below the same name in another case is not needed;
        // the next commit makes the link a folder with a file.
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

    void aFetchTellsOfForcedPushesAndKeepsTheBranch()
    {
        makeRepository(u"outer"_s);
        commit(u"outer"_s, u"kernel.cu"_s, "two\n");
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        git(at(u"outer"_s), {u"reset"_s, u"-q"_s, u"--hard"_s, u"HEAD~1"_s});
        const QString rewritten = commit(u"outer"_s, u"kernel.cu"_s, "rewritten\n");
        const auto report = fetchFork(fork->path, {});
        VERIFY_RESULT(report);
        QCOMPARE(report->updates.size(), 1);
        QVERIFY(report->updates.first().forced);
        QCOMPARE(report->updates.first().after, rewritten);
        const auto after = readFork(fork->path);
        VERIFY_RESULT(after);
        QCOMPARE(after->commit, fork->commit);
        QCOMPARE(after->fromOrigin, (Divergence{u"origin/main"_s, 1, 1}));
        QVERIFY(after->fetched.isValid());
        const auto refused = fastForward(fork->path, {}, {});
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Conflict);
        const auto again = fetchFork(fork->path, {});
        VERIFY_RESULT(again);
        QVERIFY(again->updates.isEmpty());
    }

    void fastForwardMovesOnlyForward()
    {
        makeRepository(u"outer"_s);
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        const QString newest = commit(u"outer"_s, u"kernel.cu"_s, "two\n");
        VERIFY_RESULT(fetchFork(fork->path, {}));
        write(fork->path + u"/kernel.cu"_s, "mine\n");
        const auto inTheWay = fastForward(fork->path, {}, {});
        QVERIFY(!inTheWay);
        QCOMPARE(inTheWay.error().detail, u"kernel.cu"_s);
        QCOMPARE(read(fork->path + u"/kernel.cu"_s), QByteArray("mine\n"));
        git(fork->path, {u"checkout"_s, u"-q"_s, u"kernel.cu"_s});
        write(fork->path + u"/notes.txt"_s, "mine\n");
        const auto moved = fastForward(fork->path, {}, {});
        VERIFY_RESULT(moved);
        QCOMPARE(moved->commit, newest);
        QCOMPARE(moved->changedFiles, QStringList{u"notes.txt"_s});
        QCOMPARE(read(fork->path + u"/kernel.cu"_s), QByteArray("two\n"));
    }

    void switchingLosesNothing()
    {
        makeRepository(u"outer"_s);
        git(at(u"outer"_s), {u"checkout"_s, u"-q"_s, u"-b"_s, u"topic"_s});
        commit(u"outer"_s, u"kernel.cu"_s, "topic\n");
        commit(u"outer"_s, u"new.cu"_s, "new\n");
        git(at(u"outer"_s), {u"checkout"_s, u"-q"_s, u"main"_s});
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        write(fork->path + u"/kernel.cu"_s, "mine\n");
        write(fork->path + u"/new.cu"_s, "mine too\n");
        const auto refused = switchBranch(fork->path, u"topic"_s, {});
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Conflict);
        QVERIFY(refused.error().detail.contains(u"kernel.cu"_s));
        QCOMPARE(read(fork->path + u"/kernel.cu"_s), QByteArray("mine\n"));
        QCOMPARE(git(fork->path, {u"branch"_s, u"--show-current"_s}), u"main"_s);
        QCOMPARE(git(fork->path, {u"branch"_s, u"--list"_s, u"topic"_s}), QString());

        const auto stashed = stashAndSwitch(fork->path, u"topic"_s, {});
        VERIFY_RESULT(stashed);
        QCOMPARE(stashed->branch, u"topic"_s);
        QVERIFY(stashed->isClean());
        QVERIFY(stashed->hasUpstream);
        QCOMPARE(stashCount(fork->path), 1);
        QCOMPARE(git(fork->path, {u"show"_s, u"stash@{0}:kernel.cu"_s}), u"mine"_s);
        QCOMPARE(git(fork->path, {u"show"_s, u"stash@{0}^3:new.cu"_s}), u"mine too"_s);
        const auto gone = stashAndSwitch(fork->path, u"nowhere"_s, {});
        QVERIFY(!gone);
        QCOMPARE(gone.error().kind, ErrorKind::NotFound);
    }

    void aFailedStashSwitchPutsTheFilesBack()
    {
        makeRepository(u"outer"_s);
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        write(fork->path + u"/kernel.cu"_s, "mine\n");
        QVERIFY(!stashAndSwitch(fork->path, u"nowhere"_s, {}));
        QCOMPARE(read(fork->path + u"/kernel.cu"_s), QByteArray("mine\n"));
        QCOMPARE(stashCount(fork->path), 0);
    }

    void branchesAreMadeAndListed()
    {
        makeRepository(u"outer"_s);
        git(at(u"outer"_s), {u"branch"_s, u"topic"_s});
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        write(fork->path + u"/kernel.cu"_s, "mine\n");
        const auto made = createBranch(fork->path, u"split-k"_s, {}, {});
        VERIFY_RESULT(made);
        QCOMPARE(made->branch, u"split-k"_s);
        QCOMPARE(made->changedFiles, QStringList{u"kernel.cu"_s});
        QCOMPARE(createBranch(fork->path, u"split-k"_s, {}, {}).error().kind, ErrorKind::Conflict);
        for (const QString &bad : {u"-x"_s, u"a..b"_s, u"a b"_s, QString()})
            QCOMPARE(createBranch(fork->path, bad, {}, {}).error().kind, ErrorKind::Invalid);
        const auto branches = branchesOf(fork->path);
        VERIFY_RESULT(branches);
        QStringList names;
        for (const ForkBranch &branch : *branches)
            names << (branch.remote.isEmpty() ? branch.name : QString(branch.remote + u'/' + branch.name));
        QCOMPARE(names, (QStringList{u"main"_s, u"split-k"_s, u"origin/topic"_s}));
    }

    void aBegunMergeIsTold()
    {
        makeRepository(u"outer"_s);
        git(at(u"outer"_s), {u"checkout"_s, u"-q"_s, u"-b"_s, u"topic"_s});
        commit(u"outer"_s, u"kernel.cu"_s, "topic\n");
        git(at(u"outer"_s), {u"checkout"_s, u"-q"_s, u"main"_s});
        commit(u"outer"_s, u"kernel.cu"_s, "main\n");
        QProcess::execute(u"git"_s, {u"-C"_s, at(u"outer"_s), u"-c"_s, u"user.name=T"_s, u"-c"_s, u"user.email=t@l"_s,
                                     u"merge"_s, u"-q"_s, u"topic"_s});
        const auto status = readFork(at(u"outer"_s));
        VERIFY_RESULT(status);
        QCOMPARE(status->operation, u"merge"_s);
        QCOMPARE(status->changes.size(), 1);
        QCOMPARE(status->changes.first().kind, ChangeKind::Conflicted);
    }

    void changesSinceACommitAreWhatGitSays()
    {
        makeNested();
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        write(fork->path + u"/new.cu"_s, "new\n");
        write(fork->path + u"/kernel.cu"_s, "two\n");
        git(fork->path, {u"commit"_s, u"-qam"_s, u"Two"_s});
        git(fork->path + u"/third_party/middle"_s, {u"checkout"_s, u"-q"_s, u"HEAD~1"_s});
        const auto changes = changesSince(fork->path, fork->commit);
        VERIFY_RESULT(changes);
        QCOMPARE(changes->size(), 3);
        QCOMPARE(changes->at(0), (ChangedFile{u"kernel.cu"_s, ChangeKind::Modified, false, {}}));
        QCOMPARE(changes->at(1), (ChangedFile{u"new.cu"_s, ChangeKind::Untracked, false, {}}));
        QCOMPARE(changes->at(2), (ChangedFile{u"third_party/middle"_s, ChangeKind::Modified, true, {}}));
        QCOMPARE(changesSince(fork->path, u"0123456789"_s).error().kind, ErrorKind::NotFound);
    }

    void thousandsOfChangedFilesAreCounted()
    {
        makeRepository(u"outer"_s);
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        for (int i = 0; i < 5000; ++i)
            write(fork->path + u"/gen/%1/%2.cu"_s.arg(i % 50).arg(i), "x");
        const auto status = readFork(fork->path);
        VERIFY_RESULT(status);
        QCOMPARE(status->changedFiles.size(), 5000);
    }

    void aFullDiskIsNamedAndLeavesNoFork()
    {
        if (geteuid() != 0)
            QSKIP("only root can mount a small file system");
        makeRepository(u"outer"_s);
        QByteArray noise(3 << 20, '\0');
        QFile random(u"/dev/urandom"_s);
        QVERIFY(random.open(QIODevice::ReadOnly));
        random.read(noise.data(), noise.size());
        commit(u"outer"_s, u"big.bin"_s, noise);
        QDir().mkpath(at(u"small"_s));
        if (mount("tmpfs", qPrintable(at(u"small"_s)), "tmpfs", 0, "size=2m") != 0)
            QSKIP("tmpfs can't be mounted here");
        const auto fork = cloneFork(at(u"outer"_s), at(u"small/fork"_s), {});
        const bool exists = QFileInfo::exists(at(u"small/fork"_s));
        umount2(qPrintable(at(u"small"_s)), MNT_DETACH);
        QVERIFY(!fork);
        QVERIFY(!exists);
        QCOMPARE(fork.error().kind, ErrorKind::NoSpace);
    }

    void aReadOnlyFileSystemIsNamed()
    {
        if (geteuid() != 0)
            QSKIP("only root can mount");
        makeRepository(u"outer"_s);
        QDir().mkpath(at(u"fixed"_s));
        if (mount("tmpfs", qPrintable(at(u"fixed"_s)), "tmpfs", MS_RDONLY, "size=1m") != 0)
            QSKIP("tmpfs can't be mounted here");
        const auto fork = cloneFork(at(u"outer"_s), at(u"fixed/fork"_s), {});
        umount2(qPrintable(at(u"fixed"_s)), MNT_DETACH);
        QVERIFY(!fork);
        QVERIFY(fork.error().message.contains(at(u"fixed"_s)));
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
