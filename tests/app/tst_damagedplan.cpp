// SPDX-License-Identifier: GPL-3.0-or-later
// A build whose plan can't be read is still listed, opened as far as its journal goes, counted and removed.
#include "core/build/buildfollower.h"
#include "core/build/buildlist.h"
#include "core/build/retention.h"
#include "tests/core/build/writtenbuild.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestDamagedPlan : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void isListed_data();
    void isListed();
    void aFolderBeingMadeIsNotOne();
    void whatTheHistoryKnowsStays();
    void aLivingOneIsFollowed();
    void isOpenedInTheWindow();
    void isPruned();
    void commandsNameIt();

private:
    BuildFolder folder(int number) const { return BuildFolder::of(m_paths, BuildId(number)); }
    void damage(int number, const QByteArray &bytes)
    {
        QFile plan(folder(number).plan());
        QVERIFY(plan.open(QIODevice::WriteOnly | QIODevice::Truncate) && plan.write(bytes) == bytes.size());
    }
    /// Its status and standard output.
    std::pair<int, QByteArray> ctl(const QStringList &arguments) const;

    std::unique_ptr<QTemporaryDir> m_home;
    Paths m_paths;
};

void TestDamagedPlan::init()
{
    m_home = std::make_unique<QTemporaryDir>();
    m_paths.state = m_home->filePath(u"kernelyard"_s);
    m_paths.cache = m_home->filePath(u"cache"_s);
    for (int number = 1; number <= 3; ++number)
        QVERIFY(test::WrittenBuild(m_paths, number).write());
}

std::pair<int, QByteArray> TestDamagedPlan::ctl(const QStringList &arguments) const
{
    QProcess process;
    QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
    variables.insert(u"XDG_STATE_HOME"_s, m_home->path());
    for (const char *name : {"XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "HOME"})
        variables.insert(QString::fromLatin1(name), m_home->filePath(u"other"_s));
    process.setProcessEnvironment(variables);
    process.start(QStringLiteral(KERNELYARD_CTL), arguments);
    if (!process.waitForFinished(60'000))
        process.kill();
    return {process.exitCode(), process.readAllStandardOutput()};
}

void TestDamagedPlan::isListed_data()
{
    QTest::addColumn<QByteArray>("plan");
    const QByteArray whole = test::WrittenBuild(m_paths, 2).plan().toJson();
    QTest::newRow("empty") << QByteArray("");
    QTest::newRow("cut") << whole.first(whole.size() / 2);
    QTest::newRow("not JSON") << QByteArray("\x7f"
                                            "ELF\0garbage");
    QTest::newRow("JSON of something else") << QByteArray("[1, 2]");
    QTest::newRow("of a later version") << QByteArray(whole).replace("\"version\": 1", "\"version\": 99");
    QTest::newRow("missing") << QByteArray();
    QTest::newRow("a folder in its place") << QByteArray("/");
}

void TestDamagedPlan::isListed()
{
    QFETCH(QByteArray, plan);
    const auto whole = readPastBuild(m_paths, BuildId(2));
    QVERIFY(whole);
    QVERIFY(QFile::remove(folder(2).plan()));
    if (plan == "/")
        QVERIFY(QDir().mkpath(folder(2).plan()));
    else if (!plan.isNull())
        damage(2, plan);

    const auto builds = listBuilds(m_paths);
    QVERIFY(builds);
    QCOMPARE(builds->size(), 3);
    const BuildSummary &build = builds->at(1);
    QCOMPARE(build.id, BuildId(2));
    QVERIFY2(build.planProblem.contains(u"#0002"), qPrintable(build.planProblem));
    QVERIFY2(build.planProblem.contains(u"can't be read"), qPrintable(build.planProblem));
    QCOMPARE(build.environment, QString());
    QCOMPARE(build.engine, QString());
    // All that the journal alone tells.
    QCOMPARE(build.status, whole->summary.status);
    QCOMPARE(build.started, whole->summary.started);
    QCOMPARE(build.elapsed, whole->summary.elapsed);
    QCOMPARE(build.stepsRun, whole->summary.stepsRun);
    QCOMPARE(build.stepsCached, whole->summary.stepsCached);
    QCOMPARE(build.peakMemoryBytes, whole->summary.peakMemoryBytes);
    QCOMPARE(build.journalBytes, whole->summary.journalBytes);
    QVERIFY(build.steps.contains(u"RUN make -j4"_s));
    QCOMPARE(findBuild(m_paths, u"2"_s), BuildId(2));

    QVERIFY(!readBuild(m_paths, BuildId(2)));
    QVERIFY(!retryPlan(m_paths, BuildId(2)));
    const auto state = readBuild(m_paths, BuildId(2), DamagedPlan::StoodInFor);
    QVERIFY(state);
    QByteArrayList lines;
    for (const LogLine &line : state->lines())
        lines << line.text;
    QCOMPARE(lines.first(), build.planProblem.toUtf8());
    QVERIFY2(lines.contains("the compiler's words"), lines.join('\n').constData());
    QVERIFY2(lines.contains("/forks/a: branch main, commit 0123456789, clean"), lines.join('\n').constData());

    // A stand-in is not kept: the plan that is put back counts.
    QVERIFY(!History(m_paths).entries().contains(BuildId(2)));
    QDir(folder(2).plan()).removeRecursively();
    damage(2, test::WrittenBuild(m_paths, 2).plan().toJson());
    QCOMPARE(listBuilds(m_paths)->at(1), whole->summary);
}

void TestDamagedPlan::aFolderBeingMadeIsNotOne()
{
    QVERIFY(QDir().mkpath(folder(4).path));
    QCOMPARE(listBuilds(m_paths)->size(), 3);
    damage(4, "{"); // no journal, and nobody who would write one
    const auto builds = listBuilds(m_paths);
    QCOMPARE(builds->size(), 4);
    QCOMPARE(builds->first().status, BuildStatus::Interrupted);
    QVERIFY(builds->first().started.isValid());
    QVERIFY(!builds->first().planProblem.isEmpty());
}

void TestDamagedPlan::whatTheHistoryKnowsStays()
{
    const QList<BuildSummary> before = listBuilds(m_paths).value_or(QList<BuildSummary>());
    damage(2, "{");
    QCOMPARE(listBuilds(m_paths).value_or(QList<BuildSummary>()), before);
    const auto state = readBuild(m_paths, BuildId(2), DamagedPlan::StoodInFor);
    QVERIFY(state && !state->plan().problem.isEmpty());
}

void TestDamagedPlan::aLivingOneIsFollowed()
{
    test::WrittenBuild living(m_paths, 4);
    living.outcome.reset();
    QVERIFY(living.write());
    damage(4, "{");
    QCOMPARE(listBuilds(m_paths)->first().status, BuildStatus::Running);
    const auto state = readBuild(m_paths, BuildId(4), DamagedPlan::StoodInFor);
    QVERIFY(state);
    QVERIFY(state->plan().tasks.size() > 1); // what its next tasks write has a place
    living.die();
    QCOMPARE(listBuilds(m_paths)->first().status, BuildStatus::Interrupted);
    QVERIFY(!listBuilds(m_paths)->first().failure.isEmpty());
}

void TestDamagedPlan::isOpenedInTheWindow()
{
    damage(2, "{");
    BuildFollower follower(m_paths, BuildId(2));
    QList<Plan> plans;
    QByteArrayList lines;
    connect(&follower, &BuildFollower::planRead, this, [&](const Plan &plan) { plans << plan; });
    connect(&follower, &BuildFollower::updated, this, [&](const BuildUpdate &update) {
        for (const LogLine &line : update.newLines)
            lines << line.text;
    });
    QSignalSpy ended(&follower, &BuildFollower::ended);
    QSignalSpy failed(&follower, &BuildFollower::failed);
    QVERIFY(ended.wait());
    QVERIFY(failed.isEmpty());
    QCOMPARE(plans.size(), 1);
    QVERIFY(plans.first().problem.contains(u"#0002"));
    QVERIFY(lines.contains("the compiler's words"));
}

void TestDamagedPlan::isPruned()
{
    damage(1, "{");
    const auto plan = readPrunePlan(m_paths, {1, 0});
    QVERIFY(plan);
    QCOMPARE(plan->items.size(), 2); // all but the newest
    QCOMPARE(plan->items.first().build.id, BuildId(1));
    QVERIFY(plan->items.first().bytes > 0);
    const Pruned pruned = pruneBuilds(m_paths, *plan);
    QCOMPARE(pruned.builds, (QList{BuildId(1), BuildId(2)}));
    QVERIFY(!QDir(folder(1).path).exists());
}

void TestDamagedPlan::commandsNameIt()
{
    damage(2, "{");
    const auto [listed, table] = ctl({u"builds"_s});
    QCOMPARE(listed, 0);
    QByteArray row;
    for (const QByteArray &line : table.split('\n'))
        if (line.contains("#0002"))
            row = line;
    QVERIFY2(row.contains("done, its plan can't be read"), table.constData());
    const auto [asked, json] = ctl({u"builds"_s, u"--json"_s});
    QCOMPARE(asked, 0);
    const QJsonArray builds = QJsonDocument::fromJson(json).object().value("builds"_L1).toArray();
    QCOMPARE(builds.size(), 3);
    QCOMPARE(builds[1]["build"_L1].toInt(), 2);
    QVERIFY(builds[1]["problem"_L1].toString().contains(u"#0002"));
    QVERIFY(builds[0]["problem"_L1].isNull());
    QCOMPARE(builds[0]["environment"_L1].toString(), u"starter"_s);

    const auto [shown, words] = ctl({u"show"_s, u"2"_s});
    QCOMPARE(shown, 0);
    QVERIFY2(words.contains("can't be read") && words.contains("RUN make -j4"), words.constData());
    const auto [printed, log] = ctl({u"log"_s, u"2"_s});
    QCOMPARE(printed, 0);
    QVERIFY2(log.contains("the compiler's words"), log.constData());
    const auto [retried, nothing] = ctl({u"retry"_s, u"2"_s});
    QVERIFY(retried != 0);
    const auto [counted, pruned] = ctl({u"prune"_s, u"--older-than"_s, u"1d"_s, u"--dry-run"_s, u"--json"_s});
    QCOMPARE(counted, 0);
    const QJsonArray going = QJsonDocument::fromJson(pruned).object().value("builds"_L1).toArray();
    QCOMPARE(going.size(), 2);
    QVERIFY(going[1]["problem"_L1].isString());
}

QTEST_GUILESS_MAIN(TestDamagedPlan)
#include "tst_damagedplan.moc"
