// SPDX-License-Identifier: GPL-3.0-or-later
// What a user does with a checkout: fetch, move forward, switch, stash; and the disk's own troubles.
#include "core/fork/actions.h"
#include "core/fork/advice.h"
#include "core/fork/since.h"
#include "tests/core/fork/forkfixture.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <sys/mount.h>
#include <unistd.h>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;

class TestForkActions : public ForkFixture
{
    Q_OBJECT

private Q_SLOTS:
    void init() { begin(); }

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

    /// libgit2 leaves it out of the stash, and then removes the folder that it lies in.
    void aRepositoryAmongTheFilesIsNotStashed()
    {
        makeRepository(u"outer"_s);
        git(at(u"outer"_s), {u"branch"_s, u"topic"_s});
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        const QString own = fork->path + u"/scratch/own"_s;
        QVERIFY(QDir().mkpath(own));
        git(own, {u"init"_s, u"-q"_s});
        write(own + u"/work.cu"_s, "mine\n");
        write(fork->path + u"/kernel.cu"_s, "mine too\n");
        const auto refused = stashAndSwitch(fork->path, u"topic"_s, {});
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Conflict);
        QVERIFY2(refused.error().message.contains(own), qPrintable(refused.error().message));
        QCOMPARE(read(own + u"/work.cu"_s), QByteArray("mine\n"));
        QCOMPARE(read(fork->path + u"/kernel.cu"_s), QByteArray("mine too\n"));
        QCOMPARE(stashCount(fork->path), 0);
    }

    /// No stash has it, and nothing shows that it was there.
    void anIgnoredFileIsNotOverwritten()
    {
        makeRepository(u"outer"_s);
        git(at(u"outer"_s), {u"checkout"_s, u"-q"_s, u"-b"_s, u"topic"_s});
        commit(u"outer"_s, u"local.cfg"_s, "theirs\n");
        git(at(u"outer"_s), {u"checkout"_s, u"-q"_s, u"main"_s});
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        write(fork->path + u"/.git/info/exclude"_s, "/local.cfg\n");
        write(fork->path + u"/local.cfg"_s, "mine\n");
        for (const Result<ForkStatus> &refused :
             {switchBranch(fork->path, u"topic"_s, {}), stashAndSwitch(fork->path, u"topic"_s, {})}) {
            QVERIFY(!refused);
            QCOMPARE(refused.error().kind, ErrorKind::Conflict);
            QCOMPARE(refused.error().detail, u"local.cfg"_s);
            QCOMPARE(read(fork->path + u"/local.cfg"_s), QByteArray("mine\n"));
        }
        QVERIFY(QFile::remove(fork->path + u"/local.cfg"_s));
        VERIFY_RESULT(switchBranch(fork->path, u"topic"_s, {}));
        QCOMPARE(read(fork->path + u"/local.cfg"_s), QByteArray("theirs\n"));
    }

    void aBranchOfANamedRemoteIsThatRemotes()
    {
        makeRepository(u"outer"_s);
        git(at(u"outer"_s), {u"branch"_s, u"dev"_s});
        makeRepository(u"alice"_s);
        git(at(u"alice"_s), {u"checkout"_s, u"-q"_s, u"-b"_s, u"dev"_s});
        commit(u"alice"_s, u"kernel.cu"_s, "alice\n");
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        git(fork->path, {u"remote"_s, u"add"_s, u"alice"_s, at(u"alice"_s)});
        git(fork->path, {u"fetch"_s, u"-q"_s, u"alice"_s});
        const auto switched = switchBranch(fork->path, u"alice/dev"_s, {});
        VERIFY_RESULT(switched);
        QCOMPARE(switched->branch, u"dev"_s);
        QCOMPARE(read(fork->path + u"/kernel.cu"_s), QByteArray("alice\n"));
        QCOMPARE(git(fork->path, {u"rev-parse"_s, u"--abbrev-ref"_s, u"dev@{upstream}"_s}), u"alice/dev"_s);
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

        // Its head must not go along to another branch.
        const QString path = at(u"outer"_s);
        const QByteArray marked = read(path + u"/kernel.cu"_s);
        for (const Result<ForkStatus> &refused :
             {switchBranch(path, u"topic"_s, {}), createBranch(path, u"other"_s, {}, {}),
              stashAndSwitch(path, u"topic"_s, {}), fastForward(path, {}, {})}) {
            QVERIFY(!refused);
            QCOMPARE(refused.error().kind, ErrorKind::Conflict);
            QVERIFY2(refused.error().message.contains(u"a merge is begun"), qPrintable(refused.error().message));
        }
        QCOMPARE(git(path, {u"branch"_s, u"--show-current"_s}), u"main"_s);
        QCOMPARE(git(path, {u"branch"_s, u"--list"_s, u"other"_s}), QString());
        QCOMPARE(read(path + u"/kernel.cu"_s), marked);
        QVERIFY(QFileInfo::exists(path + u"/.git/MERGE_HEAD"_s));
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

    void anEditInASubmoduleCountsForWhatIncludesIt()
    {
        makeNested();
        const QString inner = u"third_party/middle/deep/inner/inner.h"_s;
        commit(u"outer"_s, u"reads.cu"_s, "#include <deep/inner/inner.h>\n");
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        const auto before = adviseCheckout(fork->path, fork->commit, RebuildRules::usual(), {}, {});
        VERIFY_RESULT(before);
        QCOMPARE(before->verdict, RebuildVerdict::None);
        write(fork->path + u'/' + inner, "#define CHANGED 1\n");
        const auto changes = changesSince(fork->path, fork->commit);
        VERIFY_RESULT(changes);
        QCOMPARE(*changes, (QList<ChangedFile>{{inner, ChangeKind::Modified, false, {}}}));
        const auto advice = adviseCheckout(fork->path, fork->commit, RebuildRules::usual(), {}, {});
        VERIFY_RESULT(advice);
        QCOMPARE(advice->verdict, RebuildVerdict::Partial);
        QCOMPARE(advice->units, QStringList{u"reads.cu"_s});
        // Another commit of a submodule's submodule decides everything, as that of a submodule does.
        const QString folder = fork->path + u"/third_party/middle/deep/inner"_s;
        git(folder, {u"-c"_s, u"user.name=T"_s, u"-c"_s, u"user.email=t@l"_s, u"commit"_s, u"-qam"_s, u"Mine"_s});
        const auto moved = adviseCheckout(fork->path, fork->commit, RebuildRules::usual(), {}, {});
        VERIFY_RESULT(moved);
        QCOMPARE(moved->verdict, RebuildVerdict::Full);
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
};

QTEST_GUILESS_MAIN(TestForkActions)
#include "tst_forkactions.moc"
