// SPDX-License-Identifier: GPL-3.0-or-later
// A checkout on a disk that is full, and on one that may not be written: what was there stays, and the error says it.
#include "core/fork/actions.h"
#include "tests/core/fork/forkfixture.h"
#include "tests/core/smalldisk.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <unistd.h>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;

namespace {

QByteArray noise(qsizetype size)
{
    QByteArray bytes(size, '\0');
    quint32 state = 1;
    for (char &byte : bytes)
        byte = char((state = state * 1664525U + 1013904223U) >> 24);
    return bytes;
}

} // namespace

#define SMALL_DISK                                                                                                     \
    const SmallDisk disk(at(u"forks"_s), "3m");                                                                        \
    if (!disk.isMounted())                                                                                             \
    QSKIP("needs the right to mount a tmpfs")

class TestForkDisk : public ForkFixture
{
    Q_OBJECT

private:
    /// main, and a branch topic that changes, adds and removes files; one of them is larger than the disk.
    void makeBranches()
    {
        makeRepository(u"outer"_s);
        commit(u"outer"_s, u"gone/old.h"_s, "old\n");
        commit(u"outer"_s, u"other.cu"_s, "other\n");
        git(at(u"outer"_s), {u"checkout"_s, u"-qb"_s, u"topic"_s});
        git(at(u"outer"_s), {u"rm"_s, u"-q"_s, u"gone/old.h"_s});
        write(at(u"outer/added/first.cu"_s), "new\n");
        write(at(u"outer/large.txt"_s), QByteArray(5 << 20, 'a')); // small where it is compressed
        commit(u"outer"_s, u"kernel.cu"_s, "topic\n");
        git(at(u"outer"_s), {u"checkout"_s, u"-q"_s, u"main"_s});
    }

    static void checkIsMain(const QString &fork)
    {
        QCOMPARE(git(fork, {u"symbolic-ref"_s, u"HEAD"_s}), u"refs/heads/main"_s);
        QVERIFY(QFileInfo::exists(fork + u"/gone/old.h"_s));
        QVERIFY(!QFileInfo::exists(fork + u"/added"_s));
        QVERIFY(!QFileInfo::exists(fork + u"/large.txt"_s));
        QCOMPARE(git(fork, {u"fsck"_s, u"--no-progress"_s, u"--no-dangling"_s}), QString());
        QVERIFY(!QFileInfo::exists(fork + u"/.git/index.lock"_s));
    }

private Q_SLOTS:
    void init() { begin(); }

    void aSwitchOntoAFullDiskChangesNothing()
    {
        makeBranches();
        SMALL_DISK;
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        write(fork->path + u"/other.cu"_s, "mine\n");
        write(fork->path + u"/note.txt"_s, "mine too\n");
        const auto switched = switchBranch(fork->path, u"topic"_s, {});
        QVERIFY(!switched);
        QCOMPARE(switched.error().kind, ErrorKind::NoSpace);
        QCOMPARE(switched.error().message,
                 u"The fork in %1 can't be switched to topic: the file system is full. Nothing was changed."_s.arg(
                     fork->path));
        QVERIFY2(switched.error().remedy.contains(fork->path), qPrintable(switched.error().remedy));
        checkIsMain(fork->path);
        QCOMPARE(read(fork->path + u"/kernel.cu"_s), QByteArray("one\n"));
        QCOMPARE(read(fork->path + u"/other.cu"_s), QByteArray("mine\n"));
        QCOMPARE(git(fork->path, {u"status"_s, u"--porcelain"_s}), u"M other.cu\n?? note.txt"_s);
        QCOMPARE(git(fork->path, {u"branch"_s, u"--list"_s, u"topic"_s}), QString()); // made for the switch alone

        QVERIFY(disk.resize("12m"));
        const auto again = switchBranch(fork->path, u"topic"_s, {});
        VERIFY_RESULT(again);
        QCOMPARE(read(fork->path + u"/kernel.cu"_s), QByteArray("topic\n"));
        QCOMPARE(read(fork->path + u"/other.cu"_s), QByteArray("mine\n"));
    }

    void aFastForwardOntoAFullDiskChangesNothing()
    {
        makeBranches();
        SMALL_DISK;
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        const auto moved = fastForward(fork->path, u"origin/topic"_s, {});
        QVERIFY(!moved);
        QCOMPARE(moved.error().kind, ErrorKind::NoSpace);
        checkIsMain(fork->path);
        QCOMPARE(git(fork->path, {u"rev-parse"_s, u"HEAD"_s}), fork->commit);
        QCOMPARE(git(fork->path, {u"status"_s, u"--porcelain"_s}), QString());
    }

    void aStashIsPutBackWhereTheSwitchFindsNoSpace()
    {
        makeBranches();
        SMALL_DISK;
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        write(fork->path + u"/kernel.cu"_s, "mine\n");
        write(fork->path + u"/note.txt"_s, "mine too\n");
        const auto switched = stashAndSwitch(fork->path, u"topic"_s, {});
        QVERIFY(!switched);
        QCOMPARE(switched.error().kind, ErrorKind::NoSpace);
        checkIsMain(fork->path);
        QCOMPARE(read(fork->path + u"/kernel.cu"_s), QByteArray("mine\n"));
        QCOMPARE(read(fork->path + u"/note.txt"_s), QByteArray("mine too\n"));
        QCOMPARE(stashCount(fork->path), 0);
    }

    void whereNothingCanBeStashedNothingIsTakenAway()
    {
        makeBranches();
        SMALL_DISK;
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        const QByteArray mine = noise(256 << 10); // more than a file system that is full still finds
        write(fork->path + u"/kernel.cu"_s, mine);
        write(fork->path + u"/note.txt"_s, "mine too\n");
        disk.fill();
        const auto switched = stashAndSwitch(fork->path, u"topic"_s, {});
        QVERIFY(!switched);
        QCOMPARE(switched.error().kind, ErrorKind::NoSpace);
        QVERIFY2(switched.error().message.startsWith(
                     u"The changed files in %1 can't be stashed: the file system is full"_s.arg(fork->path)),
                 qPrintable(switched.error().message));
        QCOMPARE(read(fork->path + u"/kernel.cu"_s), mine);
        QCOMPARE(read(fork->path + u"/note.txt"_s), QByteArray("mine too\n"));
        QCOMPARE(stashCount(fork->path), 0);
        disk.empty();
        checkIsMain(fork->path);
    }

    void aFetchOntoAFullDiskLosesNoReference()
    {
        makeRepository(u"outer"_s);
        SMALL_DISK;
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        const QString newest = commit(u"outer"_s, u"noise.bin"_s, noise(5 << 20));
        const auto fetched = fetchFork(fork->path, {});
        QVERIFY(!fetched);
        QCOMPARE(fetched.error().kind, ErrorKind::NoSpace);
        QVERIFY2(fetched.error().message.startsWith(u"origin ("_s) && fetched.error().remedy.contains(fork->path),
                 qPrintable(fetched.error().message + fetched.error().remedy));
        QCOMPARE(git(fork->path, {u"rev-parse"_s, u"HEAD"_s}), fork->commit);
        QCOMPARE(git(fork->path, {u"rev-parse"_s, u"origin/main"_s}), fork->commit);
        QCOMPARE(git(fork->path, {u"fsck"_s, u"--no-progress"_s}), QString());
        QVERIFY(disk.resize("16m"));
        VERIFY_RESULT(fetchFork(fork->path, {}));
        QCOMPARE(git(fork->path, {u"rev-parse"_s, u"origin/main"_s}), newest);
    }

    void aReadOnlyDiskIsNamed()
    {
        makeBranches();
        SMALL_DISK;
        const auto fork = clone(at(u"outer"_s));
        VERIFY_RESULT(fork);
        git(at(u"outer"_s), {u"branch"_s, u"small"_s});
        VERIFY_RESULT(fetchFork(fork->path, {}));
        commit(u"outer"_s, u"later.cu"_s, "later\n");
        write(fork->path + u"/kernel.cu"_s, "mine\n");
        QVERIFY(disk.remount(MS_RDONLY));
        const auto check = [&](const Error &error, const QString &what) {
            QCOMPARE(error.kind, ErrorKind::Permission);
            QVERIFY2(error.message.contains(what) && error.message.contains(u"read-only"), qPrintable(error.message));
            QVERIFY2(error.remedy.contains(fork->path), qPrintable(error.remedy));
        };
        check(fetchFork(fork->path, {}).error(), u"origin"_s);
        check(switchBranch(fork->path, u"small"_s, {}).error(), fork->path);
        check(stashAndSwitch(fork->path, u"small"_s, {}).error(), fork->path);
        check(createBranch(fork->path, u"mine"_s, {}, {}).error(), fork->path);
        const auto status = readFork(fork->path); // it can be read all the same
        VERIFY_RESULT(status);
        QCOMPARE(status->changedFiles, QStringList{u"kernel.cu"_s});
        QVERIFY(disk.remount(0));
        checkIsMain(fork->path);
        QCOMPARE(read(fork->path + u"/kernel.cu"_s), QByteArray("mine\n"));
    }
};

QTEST_GUILESS_MAIN(TestForkDisk)
#include "tst_forkdisk.moc"
