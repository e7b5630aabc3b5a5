// SPDX-License-Identifier: GPL-3.0-or-later
// Clones: with submodules, from mirrors and caches, cut off, cancelled, and of hostile repositories. Those over HTTP
// and SSH are tst_forkremotes.
#include "core/fork/actions.h"
#include "core/fork/address.h"
#include "tests/core/fork/forkfixture.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QScopeGuard>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>

#include <fcntl.h>
#include <malloc.h>
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

    /// A window reads its forks for days.
    void readingAgainAndAgainKeepsNoMemory()
    {
        makeNested();
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        const size_t before = ::mallinfo2().uordblks;
        for (int i = 0; i < 20; ++i) {
            const auto again = readFork(fork->path);
            VERIFY_RESULT(again);
            QCOMPARE(again->submodules.size(), 2);
        }
        const size_t after = ::mallinfo2().uordblks;
        QVERIFY2(after < before + 500'000, qPrintable(QString::number(after - before)));
    }

    void theFollowedBranchIsFoundByTheFetchRules()
    {
        makeRepository(u"main-line"_s);
        const auto fork = clone(at(u"main-line"_s));
        VERIFY_RESULT(fork);
        QVERIFY(fork->hasUpstream);
        git(fork->path,
            {u"config"_s, u"--replace-all"_s, u"remote.origin.fetch"_s, u"+refs/heads/*:refs/remotes/mine/*"_s});
        commit(u"main-line"_s, u"kernel.cu"_s, "newer\n");
        git(fork->path, {u"fetch"_s, u"--quiet"_s});
        QCOMPARE(git(fork->path, {u"rev-parse"_s, u"--abbrev-ref"_s, u"@{upstream}"_s}).trimmed(), u"mine/main"_s);
        const auto renamed = readFork(fork->path);
        VERIFY_RESULT(renamed);
        QVERIFY(renamed->hasUpstream);
        QCOMPARE(renamed->behind, 1);

        git(fork->path, {u"checkout"_s, u"--quiet"_s, u"--track"_s, u"-b"_s, u"topic.x"_s, u"main"_s});
        git(fork->path, {u"reset"_s, u"--quiet"_s, u"--hard"_s, u"mine/main"_s});
        const auto local = readFork(fork->path);
        VERIFY_RESULT(local);
        QVERIFY(local->hasUpstream);
        QCOMPARE(local->ahead, 1);
        QCOMPARE(local->behind, 0);

        git(fork->path, {u"branch"_s, u"--unset-upstream"_s});
        const auto alone = readFork(fork->path);
        VERIFY_RESULT(alone);
        QVERIFY(!alone->hasUpstream);
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

QTEST_GUILESS_MAIN(TestForks)
#include "tst_forks.moc"
