// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildlist.h"
#include "core/build/pinnedbuilds.h"
#include "core/build/retention.h"
#include "tests/core/build/writtenbuild.h"

#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

class TestRetention : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void plans_data();
    void plans();
    void removesWhatWasPlanned();
    void looksOnceMoreBeforeRemoving();
    void finishesARemovalThatWasCutOff();
    void readsLimits();
};

static const QDateTime now = QDateTime(QDate(2026, 6, 1), QTime(12, 0));

/// Five builds of 10 bytes, one a day; the newest ended an hour ago.
static QList<BuildSummary> fiveBuilds()
{
    QList<BuildSummary> builds;
    for (int number = 5; number >= 1; --number) {
        BuildSummary build;
        build.id = BuildId(number);
        build.status = BuildStatus::Done;
        build.started = now.addDays(number - 5).addSecs(-7200);
        build.elapsed = 1h;
        builds << build;
    }
    return builds;
}

void TestRetention::plans_data()
{
    QTest::addColumn<int>("days");
    QTest::addColumn<qint64>("bytes");
    QTest::addColumn<int>("pinned"); // a build; 0: none
    QTest::addColumn<int>("running");
    QTest::addColumn<QList<int>>("gone");
    QTest::newRow("off") << 0 << 0LL << 0 << 0 << QList<int>();
    QTest::newRow("by age, counted from the end") << 3 << 0LL << 0 << 0 << QList{1, 2};
    QTest::newRow("by age, not yet") << 4 << 0LL << 0 << 0 << QList{1};
    QTest::newRow("by size, the oldest first") << 0 << 30LL << 0 << 0 << QList{1, 2};
    QTest::newRow("size that fits") << 0 << 50LL << 0 << 0 << QList<int>();
    QTest::newRow("both") << 4 << 20LL << 0 << 0 << QList{1, 2, 3};
    QTest::newRow("never the newest") << 0 << 1LL << 0 << 0 << QList{1, 2, 3, 4};
    QTest::newRow("never a pinned one, the next instead") << 0 << 30LL << 1 << 0 << QList{2, 3};
    QTest::newRow("never one that runs") << 0 << 30LL << 0 << 2 << QList{1, 3};
}

void TestRetention::plans()
{
    QFETCH(int, days);
    QFETCH(qint64, bytes);
    QFETCH(int, pinned);
    QFETCH(int, running);
    QList<BuildSummary> builds = fiveBuilds();
    QHash<BuildId, qint64> sizes;
    for (BuildSummary &build : builds) {
        sizes.insert(build.id, 10);
        build.pinned = build.id.number() == pinned;
        if (build.id.number() == running)
            build.status = BuildStatus::Running;
    }
    const PrunePlan plan = planPrune(builds, sizes, {days, bytes}, now);
    QList<int> gone;
    for (const PruneItem &item : plan.items)
        gone << item.build.id.number();
    QTEST(gone, "gone");
    QCOMPARE(plan.bytes, 10 * gone.size());
    QCOMPARE(plan.totalBytes, 50);
    QCOMPARE(plan.pinned, pinned > 0 ? 1 : 0);
}

static Paths writeBuilds(const QTemporaryDir &home, int count)
{
    Paths paths;
    paths.state = home.path();
    for (int number = 1; number <= count; ++number)
        if (!WrittenBuild(paths, number).write())
            return {};
    return paths;
}

void TestRetention::removesWhatWasPlanned()
{
    const QTemporaryDir home;
    const Paths paths = writeBuilds(home, 4);
    QVERIFY(setPin(paths, BuildId(2), Pin::Keep));
    const auto plan = readPrunePlan(paths, {1, 0});
    QVERIFY(plan);
    QCOMPARE(plan->items.size(), 2); // not the pinned and not the newest
    QCOMPARE(plan->pinned, 1);
    QVERIFY(plan->bytes > 0);
    QVERIFY(plan->totalBytes > plan->bytes);
    const Pruned pruned = pruneBuilds(paths, *plan);
    QCOMPARE(pruned.builds, (QList{BuildId(1), BuildId(3)}));
    QCOMPARE(pruned.bytes, plan->bytes);
    QVERIFY(pruned.errors.isEmpty());
    QCOMPARE(buildIds(paths), (QList{BuildId(4), BuildId(2)}));
    QCOMPARE(QDir(paths.builds()).entryList({u".removed*"_s}, QDir::Dirs | QDir::Hidden), QStringList());
    QCOMPARE(listBuilds(paths)->size(), 2);
}

void TestRetention::looksOnceMoreBeforeRemoving()
{
    const QTemporaryDir home;
    const Paths paths = writeBuilds(home, 3);
    const auto plan = readPrunePlan(paths, {1, 0});
    QVERIFY(plan && plan->items.size() == 2);
    QVERIFY(setPin(paths, BuildId(1), Pin::Keep)); // since the list was shown
    const auto runner = BuildLock::take(paths.builds() + u"/0002/lock");
    QVERIFY(runner);
    QVERIFY(pruneBuilds(paths, *plan).builds.isEmpty());
    QCOMPARE(buildIds(paths).size(), 3);
}

void TestRetention::finishesARemovalThatWasCutOff()
{
    const QTemporaryDir home;
    const Paths paths = writeBuilds(home, 2);
    QVERIFY(QDir().mkpath(paths.builds() + u"/.removed-0009"));
    QCOMPARE(listBuilds(paths)->size(), 2);
    QVERIFY(pruneBuilds(paths, {}).builds.isEmpty());
    QVERIFY(!QDir(paths.builds() + u"/.removed-0009").exists());
}

void TestRetention::readsLimits()
{
    QCOMPARE(daysFromText(u"90d"_s), std::optional(90));
    QCOMPARE(daysFromText(u"90"_s), std::optional(90));
    QCOMPARE(daysFromText(u"12w"_s), std::optional(84));
    QCOMPARE(daysFromText(u"2y"_s), std::optional(730));
    QCOMPARE(daysFromText(u"-1d"_s), std::nullopt);
    QCOMPARE(daysFromText(u"soon"_s), std::nullopt);
    QCOMPARE(bytesFromText(u"20GB"_s), std::optional<qint64>(20'000'000'000));
    QCOMPARE(bytesFromText(u"1.5 tb"_s), std::optional<qint64>(1'500'000'000'000));
    QCOMPARE(bytesFromText(u"500M"_s), std::optional<qint64>(500'000'000));
    QCOMPARE(bytesFromText(u"123"_s), std::optional<qint64>(123));
    QCOMPARE(bytesFromText(u"20 apples"_s), std::nullopt);
    QCOMPARE(bytesFromText(u""_s), std::nullopt);
}

QTEST_GUILESS_MAIN(TestRetention)
#include "tst_retention.moc"
