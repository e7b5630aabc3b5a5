// SPDX-License-Identifier: GPL-3.0-or-later
// The lives and deaths of a build on real engines: what is left behind, and what is said.
#include "core/base/settings.h"
#include "core/build/builddiagnosis.h"
#include "core/build/buildlock.h"
#include "core/build/runner.h"
#include "core/engine/argv.h"
#include "tests/system/build/enginebuilds.h"

#include <QCoreApplication>
#include <QFile>
#include <QTest>

#include <csignal>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestBuildLife : public EngineBuilds
{
    Q_OBJECT

public:
    using EngineBuilds::EngineBuilds;

private Q_SLOTS:
    void cachedTheSecondTime();
    void failingStepIsNamed();
    void cancelInAStepLeavesNothing();
    void killedRunnerInAStepLeavesNothing();
    void cancelInAContainerLeavesNothing();
    void killedRunnerInAContainerLeavesNothing();
    void killedClientLeavesNothing();
    void usageOfAStepIsSampled();
    void pausedStepStandsStill();
    void pausedContainerStandsStill();
    void killedWhilePausedLeavesNothing();
    void killedCompileIsResumedByRetry();
    void otherBuildIsLeftAlone();
    void stoppedEngineIsSaid();

private:
    qint64 linesOf(BuildId id) const { return state(id).lines().size(); }
    Task tickingContainer();
    void checkStandsStillAndGoesOn(BuildId id);
    Task buildTask(const QString &tag, const QString &dockerfile) const { return layer(tag, dockerfile.toUtf8()); }
    Task containerTask();
};

Task TestBuildLife::containerTask()
{
    ContainerRun run;
    run.image = QString::fromLatin1(baseName);
    run.name = u"kernelyard-test-"_s + QString::fromLatin1(m_mark);
    run.command = {u"sh"_s, u"-c"_s, u"echo began; sleep %1; echo never"_s.arg(QString::fromLatin1(m_mark))};
    return {u"validate"_s, TaskKind::Validation, u"Validation"_s, runContainer(m_engine, run), OutputFormat::Plain, {},
            {run.name}};
}

void TestBuildLife::cachedTheSecondTime()
{
    const Plan plan = planOf({buildTask(u"cached"_s, u"FROM %1\nRUN echo made %2\nRUN echo also\n"_s.arg(
                                                         QString::fromLatin1(baseName), QString::fromLatin1(m_mark)))});
    const BuildId first = launch(plan);
    QTRY_VERIFY_WITH_TIMEOUT(ended(first), 60'000);
    QCOMPARE(state(first).failure(), QString());
    QCOMPARE(state(first).status(), BuildStatus::Done);
    QVERIFY(shows(first, "made " + m_mark));
    QVERIFY(state(first).stepsRun() >= 2);
    const BuildId second = launch(plan);
    QTRY_VERIFY_WITH_TIMEOUT(ended(second), 60'000);
    QCOMPARE(state(second).status(), BuildStatus::Done);
    QVERIFY(state(second).stepsCached() >= 2);
    const BuildState repeated = state(second);
    for (const Step &step : repeated.steps())
        QVERIFY2(!step.name.contains(u"RUN") || step.status == StepStatus::Cached, qPrintable(step.name));
    const auto listed = listBuilds(m_paths);
    QVERIFY(listed);
    QCOMPARE(listed->size(), 2);
    QCOMPARE(listed->at(0).stepsCached, state(second).stepsCached());
    QCOMPARE(*listBuilds(m_paths), *listed); // from the summaries, the second time
    checkNothingLeft();
}

void TestBuildLife::failingStepIsNamed()
{
    const BuildId id =
        launch(planOf({buildTask(u"failing"_s, u"FROM %1\nRUN echo fine\nRUN echo no such header >&2; exit 7\n"_s.arg(
                                                   QString::fromLatin1(baseName)))}));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 60'000);
    const BuildState build = state(id);
    QCOMPARE(build.status(), BuildStatus::Failed);
    QVERIFY2(build.failure().contains(u"The layer failing, in its step “"), qPrintable(build.failure()));
    QVERIFY2(build.failure().contains(u"exit 7"), qPrintable(build.failure()));
    QVERIFY(shows(id, "no such header"));
    int failed = 0;
    for (const Step &step : build.steps())
        if (step.status == StepStatus::Failed) {
            ++failed;
            QVERIFY2(step.name.contains(u"exit 7"), qPrintable(step.name));
        }
    QCOMPARE(failed, 1);
    checkNothingLeft();
}

void TestBuildLife::cancelInAStepLeavesNothing()
{
    // The shell is the first process of its container and ignores SIGTERM.
    const BuildId id =
        launch(planOf({buildTask(u"cancelled"_s, u"FROM %1\nRUN echo began; sleep %2; echo never\n"_s.arg(
                                                     QString::fromLatin1(baseName), QString::fromLatin1(m_mark)))}));
    QTRY_VERIFY_WITH_TIMEOUT(shows(id, "began"), 60'000);
    QVERIFY(cancelBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    const BuildState build = state(id);
    QCOMPARE(build.status(), BuildStatus::Cancelled);
    for (qsizetype i = 0; i < build.lines().size(); ++i) // it stands in the echoed instruction too
        QVERIFY(build.lines().text(i) != QByteArrayView("never"));
    checkNothingLeft();
}

void TestBuildLife::killedRunnerInAStepLeavesNothing()
{
    const BuildId id = launch(
        planOf({buildTask(u"killed"_s, u"FROM %1 AS one\nRUN echo first\nFROM %1\nCOPY --from=one /etc/hostname /one\n"
                                       "RUN echo began; seq 1 9000; sleep %2; echo never\n"_s.arg(
                                           QString::fromLatin1(baseName), QString::fromLatin1(m_mark)))}));
    QTRY_VERIFY_WITH_TIMEOUT(shows(id, "9000"), 60'000);
    QCOMPARE(::kill(*BuildLock::holder(folder(id).lock()), SIGKILL), 0);
    checkNothingLeft();
    const BuildState build = state(id);
    QCOMPARE(build.status(), BuildStatus::Interrupted);
    QVERIFY(shows(id, "9000"));
    QVERIFY2(build.failure().contains(u"cut off during the layer killed"), qPrintable(build.failure()));
}

void TestBuildLife::cancelInAContainerLeavesNothing()
{
    const BuildId id = launch(planOf({containerTask()}));
    QTRY_VERIFY_WITH_TIMEOUT(shows(id, "began"), 60'000);
    QVERIFY(cancelBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 30'000);
    QCOMPARE(state(id).status(), BuildStatus::Cancelled);
    QVERIFY(!shows(id, "never"));
    checkNothingLeft();
}

void TestBuildLife::killedRunnerInAContainerLeavesNothing()
{
    const BuildId id = launch(planOf({containerTask()}));
    QTRY_VERIFY_WITH_TIMEOUT(shows(id, "began"), 60'000);
    QCOMPARE(::kill(*BuildLock::holder(folder(id).lock()), SIGKILL), 0);
    checkNothingLeft();
    QCOMPARE(state(id).status(), BuildStatus::Interrupted);
}

/// The engine's client is killed by something else, as for want of memory.
void TestBuildLife::killedClientLeavesNothing()
{
    const BuildId id =
        launch(planOf({buildTask(u"orphan"_s, u"FROM %1\nRUN echo began; sleep %2\n"_s.arg(
                                                  QString::fromLatin1(baseName), QString::fromLatin1(m_mark)))}));
    QTRY_VERIFY_WITH_TIMEOUT(shows(id, "began"), 60'000);
    const QList<pid_t> clients = processesWith(QFile::encodeName(m_home->path()) + "/dockerfiles/orphan");
    QVERIFY(!clients.isEmpty());
    for (const pid_t client : clients)
        ::kill(client, SIGKILL);
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QCOMPARE(state(id).status(), BuildStatus::Failed);
    QVERIFY2(state(id).failure().contains(u"status 137"), qPrintable(state(id).failure()));
    checkNothingLeft();
}

/// 300 MB in a step are seen from outside, in the cgroup that the engine gave it; so is its work.
void TestBuildLife::usageOfAStepIsSampled()
{
    const BuildId id = launch(planOf(
        {buildTask(u"sampled"_s, u"FROM %1\nRUN a=$(head -c 300000000 /dev/zero | tr '\\000' x); echo ${#a} %2; "
                                 "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo counted; sleep 3\n"_s.arg(
                                     QString::fromLatin1(baseName), QString::fromLatin1(m_mark)))}));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 120'000);
    const BuildState build = state(id);
    QCOMPARE(build.failure(), QString());
    const auto cpuMs = build.samples().isEmpty() ? 0 : build.samples().last().cpu / 1ms;
    qInfo("peak %lld MB, CPU %lld ms, %lld samples, from %d", build.peakMemoryBytes() / 1'000'000, qint64(cpuMs),
          build.samples().size(), int(build.sampledFrom().what));
    QVERIFY(build.samples().size() >= 2);
    QCOMPARE(build.sampledFrom().what,
             m_kind == TestEngineKind::Podman ? SampledFrom::What::Containers : SampledFrom::What::Daemon);
    QVERIFY(build.peakMemoryBytes() >= 300'000'000);
    QVERIFY(build.peakMemoryBytes() < 900'000'000);
    for (qsizetype i = 1; i < build.samples().size(); ++i) {
        QVERIFY(build.samples()[i].cpu >= build.samples()[i - 1].cpu);
        QVERIFY(build.samples()[i].at > build.samples()[i - 1].at);
    }
    QVERIFY(build.samples().last().cpu >= 100ms);
}

static constexpr auto ticking = "echo began; i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.1; : %1; done";

Task TestBuildLife::tickingContainer()
{
    Task task = containerTask();
    task.command.arguments.last() = QString::fromLatin1(ticking).arg(QString::fromLatin1(m_mark));
    return task;
}

void TestBuildLife::checkStandsStillAndGoesOn(BuildId id)
{
    const auto paused = pauseBuild(m_paths, id);
    QVERIFY2(paused, paused ? "" : qPrintable(paused.error().message));
    QTRY_VERIFY_WITH_TIMEOUT(state(id).isPaused(), 10'000);
    const qint64 lines = linesOf(id);
    const BuildTime elapsed = state(id).elapsed();
    QTest::qWait(2000); // some 20 ticks
    // What was on its way when it was frozen may still come.
    QVERIFY2(linesOf(id) <= lines + 2, QByteArray::number(linesOf(id) - lines).constData());
    QCOMPARE(state(id).elapsed(), elapsed);
    QVERIFY(resumeBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(linesOf(id) >= lines + 10, 20'000);
    QVERIFY(state(id).clock().paused() >= 2s);
    // and once more, to be cancelled as it stands
    QVERIFY(pauseBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(state(id).isPaused(), 10'000);
    QVERIFY(cancelBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 30'000);
    QCOMPARE(state(id).status(), BuildStatus::Cancelled);
    checkNothingLeft();
}

void TestBuildLife::pausedStepStandsStill()
{
    const BuildId id = launch(
        planOf({buildTask(u"paused"_s, u"FROM %1\nRUN "_s.arg(QString::fromLatin1(baseName)) +
                                           QString::fromLatin1(ticking).arg(QString::fromLatin1(m_mark)) + u'\n')}));
    QTRY_VERIFY_WITH_TIMEOUT(shows(id, "tick 3"), 60'000);
    if (m_kind == TestEngineKind::Podman)
        return checkStandsStillAndGoesOn(id);
    const auto paused = pauseBuild(m_paths, id);
    QVERIFY(!paused);
    QCOMPARE(paused.error().kind, ErrorKind::Unsupported);
    QVERIFY(cancelBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 30'000);
    checkNothingLeft();
}

void TestBuildLife::pausedContainerStandsStill()
{
    const BuildId id = launch(planOf({tickingContainer()}));
    QTRY_VERIFY_WITH_TIMEOUT(shows(id, "tick 3"), 60'000);
    checkStandsStillAndGoesOn(id);
}

void TestBuildLife::killedWhilePausedLeavesNothing()
{
    const BuildId id = launch(planOf({tickingContainer()}));
    QTRY_VERIFY_WITH_TIMEOUT(shows(id, "tick 3"), 60'000);
    QVERIFY(pauseBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(state(id).isPaused(), 10'000);
    QCOMPARE(::kill(*BuildLock::holder(folder(id).lock()), SIGKILL), 0);
    checkNothingLeft();
    QCOMPARE(state(id).status(), BuildStatus::Interrupted);
}

/// A compile tree in a cache mount, as the starter's builder has: what was compiled before the kill is not done again.
void TestBuildLife::killedCompileIsResumedByRetry()
{
    if (m_kind == TestEngineKind::DockerClassic)
        return; // has no cache mounts
    const QString mark = QString::fromLatin1(m_mark);
    // Unit 4 is in work when it is killed: half an object is not taken for one.
    const Plan plan = planOf({buildTask(
        u"resumed"_s,
        u"FROM %1\nRUN echo before %2\nRUN --mount=type=cache,id=kernelyard-test-%2,target=/tree \\\n"
        "  for i in 1 2 3 4 5 6; do if test -e /tree/$i.o; then echo had $i; else echo compiling $i; \\\n"
        "  echo half > /tree/$i.tmp; if test $i = 4 && ! test -e /tree/tried; then touch /tree/tried; sleep %2; fi; "
        "\\\n"
        "  mv /tree/$i.tmp /tree/$i.o; fi; done; cat /tree/*.o | wc -l\n"_s.arg(QString::fromLatin1(baseName), mark))});
    const BuildId id = launch(plan);
    QTRY_VERIFY_WITH_TIMEOUT(shows(id, "compiling 4"), 60'000);
    QCOMPARE(::kill(*BuildLock::holder(folder(id).lock()), SIGKILL), 0);
    checkNothingLeft();
    QCOMPARE(state(id).status(), BuildStatus::Interrupted);
    const auto again = retryPlan(m_paths, id);
    QVERIFY(again);
    const BuildId retried = launch(*again);
    QTRY_VERIFY_WITH_TIMEOUT(ended(retried), 60'000);
    QCOMPARE(state(retried).failure(), QString());
    QCOMPARE(state(retried).status(), BuildStatus::Done);
    for (const char *line : {"had 1", "had 2", "had 3", "compiling 4", "compiling 5", "compiling 6", "6"})
        QVERIFY2(shows(retried, line), line);
    QVERIFY(!shows(retried, "compiling 3"));
    int before = 0;
    const BuildState goneOn = state(retried);
    for (const Step &step : goneOn.steps())
        if (step.name.contains(u"echo before")) {
            ++before;
            QCOMPARE(step.status, StepStatus::Cached); // it goes on from the step that was killed
        }
    QCOMPARE(before, 1);
    checkNothingLeft();
}

/// Two environments build with one engine; ending one, however hard, harms nothing of the other.
void TestBuildLife::otherBuildIsLeftAlone()
{
    m_paths.config = m_home->path() + u"/kernelyard";
    qputenv("XDG_CONFIG_HOME", QFile::encodeName(m_home->path()));
    Settings settings;
    settings.buildsPerEngine = 2;
    QVERIFY(settings.write(m_paths.settingsFile()));
    const auto scripted = [&](const QString &name, const QString &script) {
        Plan plan = planOf({buildTask(name, u"FROM %1\nRUN %2\n"_s.arg(QString::fromLatin1(baseName), script))});
        plan.environment = name;
        return plan;
    };
    const QString mark = QString::fromLatin1(m_mark);
    const BuildId one = launch(scripted(u"one"_s, QString::fromLatin1(ticking).arg(mark)));
    QTRY_VERIFY_WITH_TIMEOUT(shows(one, "began"), 60'000);
    const BuildId two = launch(scripted(u"two"_s, u"echo began; sleep %1"_s.arg(mark)));
    QTRY_VERIFY_WITH_TIMEOUT(shows(two, "began"), 60'000);
    QVERIFY(!ended(one));
    QVERIFY(cancelBuild(m_paths, two));
    QTRY_VERIFY_WITH_TIMEOUT(ended(two), 20'000);
    QCOMPARE(state(two).status(), BuildStatus::Cancelled);
    const qint64 lines = linesOf(one);
    QTRY_VERIFY_WITH_TIMEOUT(linesOf(one) >= lines + 10, 20'000);
    QCOMPARE(state(one).status(), BuildStatus::Running);
    QVERIFY(cancelBuild(m_paths, one));
    QTRY_VERIFY_WITH_TIMEOUT(ended(one), 20'000);
    checkNothingLeft();
}

/// Last: it ends the engine.
void TestBuildLife::stoppedEngineIsSaid()
{
    if (m_kind == TestEngineKind::Podman)
        return; // has no daemon that could stop
    const BuildId id =
        launch(planOf({buildTask(u"stopped"_s, u"FROM %1\nRUN echo began; sleep %2\n"_s.arg(
                                                   QString::fromLatin1(baseName), QString::fromLatin1(m_mark)))}));
    QTRY_VERIFY_WITH_TIMEOUT(shows(id, "began"), 60'000);
    QVERIFY(m_testEngine->kill());
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 30'000);
    const BuildState build = state(id);
    QCOMPARE(build.status(), BuildStatus::Failed);
    qInfo("%s", qPrintable(build.failure()));
    QVERIFY2(build.failure().contains(u"The layer stopped"), qPrintable(build.failure()));
    QVERIFY2(build.failure().contains(u"daemon stopped"), qPrintable(build.failure()));
    Paths paths = m_paths;
    paths.shipped = QStringLiteral(KERNELYARD_SOURCE_DIR);
    const BuildFindings found = diagnoseBuild(build, paths);
    QCOMPARE(found.causes.value(0).label, u"engine-not-running"_s);
    QVERIFY(found.remedy && found.remedy->action == RemedyAction::StartEngine);
    QTRY_COMPARE_WITH_TIMEOUT(processesWith(m_mark), QList<pid_t>(), 20'000);
}

int main(int argc, char **argv)
{
    return runEngineTest<TestBuildLife>(argc, argv);
}

#include "tst_buildlife.moc"
