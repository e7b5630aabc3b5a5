// SPDX-License-Identifier: GPL-3.0-or-later
// Who may start, as a pure question. Real runners that wait for one another are in tst_runner.
#include "core/build/queue.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(QList<kernelyard::QueueEntry>)

namespace {

QueueEntry waiting(int id, const QString &environment, const QString &pool = u"podman"_s, int memoryGiB = 0)
{
    QueueEntry entry;
    entry.id = BuildId(id);
    entry.pool = pool;
    entry.environment = environment;
    entry.memoryBytes = qint64(memoryGiB) << 30;
    return entry;
}

QueueEntry started(int id, const QString &environment, const QString &pool = u"podman"_s, int memoryGiB = 0)
{
    QueueEntry entry = waiting(id, environment, pool, memoryGiB);
    entry.isStarted = true;
    return entry;
}

QueueEntry held(QueueEntry entry)
{
    entry.isHeld = true;
    return entry;
}

/// "1:run 3:turn 2:memory": the builds in their order with what they wait for.
QString told(const QList<QueueEntry> &entries)
{
    static const QStringList words{u"run"_s, u"turn"_s, u"held"_s, u"engine"_s, u"environment"_s, u"memory"_s};
    QStringList parts;
    for (const QueueEntry &entry : entries)
        parts << u"%1:%2"_s.arg(entry.id.number()).arg(words[int(entry.waitsFor)]);
    return parts.join(u' ');
}

} // namespace

class TestQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void turns_data();
    void turns();
    void placesAreThoseOfThePool();
    void sentences();
    void aMoveNeedsAWaitingBuild();
};

void TestQueue::turns_data()
{
    QTest::addColumn<QList<QueueEntry>>("entries");
    QTest::addColumn<QList<int>>("order");
    QTest::addColumn<int>("perEngine");
    QTest::addColumn<int>("memoryGiB");
    QTest::addColumn<QString>("expected");
    const QString docker = u"docker"_s;
    const QString podman = u"podman"_s;
    using Entries = QList<QueueEntry>;
    QTest::newRow("nothing waits") << Entries{} << QList<int>{} << 1 << 8 << QString();
    QTest::newRow("the lowest number is first")
        << Entries{waiting(3, u"c"_s), waiting(2, u"b"_s)} << QList<int>{} << 1 << 8 << u"2:turn 3:engine"_s;
    QTest::newRow("the user's order goes before") << Entries{waiting(2, u"b"_s), waiting(3, u"c"_s), waiting(4, u"d"_s)}
                                                  << QList<int>{4, 3} << 1 << 8 << u"4:turn 3:engine 2:engine"_s;
    QTest::newRow("one runs") << Entries{waiting(2, u"b"_s), started(1, u"a"_s)} << QList<int>{} << 1 << 8
                              << u"1:run 2:engine"_s;
    QTest::newRow("two are allowed") << Entries{started(1, u"a"_s), waiting(2, u"b"_s), waiting(3, u"c"_s)}
                                     << QList<int>{} << 2 << 8 << u"1:run 2:turn 3:engine"_s;
    QTest::newRow("other engine") << Entries{started(1, u"a"_s), waiting(2, u"b"_s), waiting(3, u"c"_s, docker)}
                                  << QList<int>{} << 1 << 8 << u"1:run 2:engine 3:turn"_s;
    QTest::newRow("same environment") << Entries{started(1, u"a"_s), waiting(2, u"a"_s), waiting(3, u"b"_s)}
                                      << QList<int>{} << 3 << 8 << u"1:run 2:environment 3:turn"_s;
    QTest::newRow("same environment, other engine")
        << Entries{started(1, u"a"_s), waiting(2, u"a"_s, docker)} << QList<int>{} << 3 << 8 << u"1:run 2:turn"_s;
    QTest::newRow("memory fits") << Entries{started(1, u"a"_s, podman, 4), waiting(2, u"b"_s, podman, 4)}
                                 << QList<int>{} << 3 << 8 << u"1:run 2:turn"_s;
    QTest::newRow("memory does not fit") << Entries{started(1, u"a"_s, podman, 5), waiting(2, u"b"_s, podman, 4)}
                                         << QList<int>{} << 3 << 8 << u"1:run 2:memory"_s;
    QTest::newRow("freed memory is kept for the first that waits for it")
        << Entries{started(1, u"a"_s, podman, 5), waiting(2, u"b"_s, podman, 4), waiting(3, u"c"_s, podman, 1)}
        << QList<int>{} << 3 << 8 << u"1:run 2:memory 3:memory"_s;
    QTest::newRow("unknown memory is not waited for")
        << Entries{started(1, u"a"_s, podman, 8), waiting(2, u"b"_s, podman, 4), waiting(3, u"c"_s)} << QList<int>{}
        << 3 << 8 << u"1:run 2:memory 3:turn"_s;
    QTest::newRow("more than all memory, alone")
        << Entries{waiting(2, u"b"_s, podman, 99)} << QList<int>{} << 1 << 8 << u"2:turn"_s;
    QTest::newRow("more than all memory, beside another")
        << Entries{started(1, u"a"_s, docker, 1), waiting(2, u"b"_s, podman, 99)} << QList<int>{} << 1 << 8
        << u"1:run 2:memory"_s;
    QTest::newRow("no budget") << Entries{started(1, u"a"_s, docker, 99), waiting(2, u"b"_s, podman, 99)}
                               << QList<int>{} << 1 << 0 << u"1:run 2:turn"_s;
    QTest::newRow("a held one lets others by")
        << Entries{held(waiting(1, u"a"_s)), waiting(2, u"b"_s)} << QList<int>{} << 1 << 8 << u"1:held 2:turn"_s;
    QTest::newRow("a held one keeps no memory")
        << Entries{held(waiting(1, u"a"_s, podman, 8)), waiting(2, u"b"_s, podman, 8)} << QList<int>{} << 1 << 8
        << u"1:held 2:turn"_s;
    QTest::newRow("a paused one keeps its place")
        << Entries{held(started(1, u"a"_s)), waiting(2, u"b"_s)} << QList<int>{} << 1 << 8 << u"1:run 2:engine"_s;
}

void TestQueue::turns()
{
    QFETCH(QList<QueueEntry>, entries);
    QFETCH(QList<int>, order);
    QFETCH(int, perEngine);
    QFETCH(int, memoryGiB);
    QFETCH(QString, expected);
    QList<BuildId> ids;
    for (const int id : order)
        ids << BuildId(id);
    QCOMPARE(told(arranged(entries, ids, {perEngine, qint64(memoryGiB) << 30})), expected);
    // whoever looks in whatever order sees the same
    std::reverse(entries.begin(), entries.end());
    QCOMPARE(told(arranged(entries, ids, {perEngine, qint64(memoryGiB) << 30})), expected);
}

void TestQueue::placesAreThoseOfThePool()
{
    const auto queue = arranged({started(1, u"a"_s), waiting(2, u"b"_s), waiting(3, u"c"_s, u"docker"_s),
                                 waiting(4, u"d"_s), waiting(5, u"e"_s, u"docker"_s)},
                                {}, {1, 0});
    QList<int> places;
    for (const QueueEntry &entry : queue)
        places << entry.place;
    QCOMPARE(places, QList<int>({0, 1, 1, 2, 2}));
}

void TestQueue::sentences()
{
    const auto queue = arranged({started(1, u"a"_s), waiting(2, u"a"_s), waiting(3, u"c"_s, u"podman"_s, 4),
                                 held(waiting(4, u"d"_s)), waiting(5, u"e"_s)},
                                {}, {2, qint64(1) << 30});
    QCOMPARE(queueSentence(queue[0]), QString());
    QCOMPARE(queueSentence(queue[1]), u"Queued, next in line for podman; another build of a runs"_s);
    QCOMPARE(queueSentence(queue[2]), u"Queued, second in line for podman; waits for 4.0 GiB of memory"_s);
    QCOMPARE(queueSentence(queue[3]), u"Queued, paused"_s);
    QCOMPARE(queueSentence(queue[4]), u"Queued, fourth in line for podman"_s);
}

void TestQueue::aMoveNeedsAWaitingBuild()
{
    const QTemporaryDir home;
    Paths paths;
    paths.state = home.path();
    QCOMPARE(moveInQueue(paths, BuildId(1), QueueMove::Up).error().kind, ErrorKind::NotFound);
    QVERIFY(QDir().mkpath(paths.builds() + u"/0001"));
    QFile plan(paths.builds() + u"/0001/plan.json");
    QVERIFY(plan.open(QIODevice::WriteOnly));
    QCOMPARE(moveInQueue(paths, BuildId(1), QueueMove::Up).error().kind, ErrorKind::Conflict);
    QVERIFY(readQueue(paths).isEmpty());
}

QTEST_GUILESS_MAIN(TestQueue)
#include "tst_queue.moc"
