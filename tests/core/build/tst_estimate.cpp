// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/criticalpath.h"
#include "core/build/earlierbuilds.h"
#include "core/build/estimate.h"

#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestEstimate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void instructions_data();
    void instructions();
    void quantiles();
    void noneBelowThreeBuilds();
    void spreadOfEarlierBuilds();
    void unitsScale();
    void overdueIsNotNegative();
    void cachedAndFailedBuildsSayNothing();
    void stepsAreExpected();
    void parallelStepsWaitForTheLongest();
    void pathOfOneCommand();
    void pathFollowsInputs();
    void pathOfCachedSteps();
    void earlierBuildOfAState();

private:
    static Plan plan()
    {
        Plan made;
        made.environment = u"starter"_s;
        for (const QString &name : {u"wheels"_s, u"builder"_s, u"dev"_s}) {
            Task task;
            task.name = name;
            made.tasks.append(task);
        }
        return made;
    }
    static Step step(int task, const QString &name, StepStatus status, std::optional<BuildTime> from = {},
                     std::optional<BuildTime> to = {}, const QStringList &inputs = {})
    {
        Step made;
        made.task = task;
        made.key = made.name = name;
        made.status = status;
        made.started = from;
        made.ended = to;
        made.inputs = inputs;
        return made;
    }
    /// wheels 10 s, then builder \a compile, then dev 20 s.
    static EarlierBuild earlier(int number, BuildTime compile, qint64 units = 0)
    {
        return {BuildId(number),
                BuildStatus::Done,
                {{u"wheels"_s, u"RUN apt"_s, false, true, 0s, 10s, 0},
                 {u"builder"_s, u"RUN pip wheel ."_s, false, true, 10s, 10s + compile, units},
                 {u"dev"_s, u"RUN pip install"_s, false, true, 12s + compile, 30s + compile, 0}}};
    }
    /// The compile step runs since 10 s; now is 40 s.
    static QList<Step> running()
    {
        return {step(0, u"STEP 2/2: RUN apt"_s, StepStatus::Done, 0s, 10s),
                step(1, u"STEP 2/3: RUN pip wheel ."_s, StepStatus::Running, 10s)};
    }
};

void TestEstimate::instructions_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("instruction");
    QTest::newRow("BuildKit") << u"[builder 3/7] RUN  make"_s << u"RUN make"_s;
    QTest::newRow("BuildKit without stage") << u"[2/4] COPY . /src"_s << u"COPY . /src"_s;
    QTest::newRow("BuildKit's own") << u"[internal] load metadata"_s << u"[internal] load metadata"_s;
    QTest::newRow("Podman") << u"STEP 3/7: RUN make"_s << u"RUN make"_s;
    QTest::newRow("Podman in a stage") << u"[1/2] STEP 3/7: RUN make"_s << u"RUN make"_s;
    QTest::newRow("classic") << u"Step 3/7 : RUN make"_s << u"RUN make"_s;
    QTest::newRow("bare") << u"RUN echo [1/2]"_s << u"RUN echo [1/2]"_s;
}

void TestEstimate::instructions()
{
    QFETCH(QString, name);
    QTEST(instructionOf(name), "instruction");
}

void TestEstimate::quantiles()
{
    QCOMPARE(quantile({10s}, 0.9), BuildTime(10s));
    QCOMPARE(quantile({30s, 10s, 20s}, 0.5), BuildTime(20s));
    QCOMPARE(quantile({10s, 20s}, 0.5), BuildTime(15s));
    QCOMPARE(quantile({0s, 10s, 20s, 30s, 40s, 50s, 60s, 70s, 80s, 90s, 100s}, 0.9), BuildTime(90s));
}

void TestEstimate::noneBelowThreeBuilds()
{
    QVERIFY(!estimate(plan(), running(), 40s, {}));
    QVERIFY(!estimate(plan(), running(), 40s, {earlier(1, 60s), earlier(2, 70s)}));
    QVERIFY(!estimate(plan(), {}, 40s, {earlier(1, 60s), earlier(2, 70s), earlier(3, 80s)})); // nothing has begun
}

void TestEstimate::spreadOfEarlierBuilds()
{
    const auto made = estimate(plan(), running(), 40s, {earlier(1, 60s), earlier(2, 70s), earlier(3, 110s)});
    QVERIFY(made.has_value());
    QCOMPARE(made->builds, 3);
    QCOMPARE(made->p50, BuildTime(70s - 30s + 20s)); // left of the step, and what came after it
    QCOMPARE(made->p90, BuildTime(60s + 32s));       // between 60 s and 100 s
}

void TestEstimate::unitsScale()
{
    QList<Step> steps = running();
    steps[1].work = {StepWork::Kind::Units, 30, 40, {}, {}, {}};
    const QList<EarlierBuild> builds{earlier(1, 100s, 20), earlier(2, 100s, 20), earlier(3, 100s, 20)};
    const auto made = estimate(plan(), steps, 40s, builds);
    QVERIFY(made.has_value());
    QCOMPARE(made->p50, BuildTime(50s + 20s)); // twice the units: 200 s in all, a quarter left
}

void TestEstimate::overdueIsNotNegative()
{
    const auto made = estimate(plan(), running(), 500s, {earlier(1, 60s), earlier(2, 70s), earlier(3, 110s)});
    QVERIFY(made.has_value());
    QCOMPARE(made->p50, BuildTime(20s));
}

void TestEstimate::cachedAndFailedBuildsSayNothing()
{
    EarlierBuild cached = earlier(2, 70s);
    cached.steps[1].isCached = true;
    EarlierBuild failed = earlier(3, 80s);
    failed.status = BuildStatus::Failed;
    QVERIFY(!estimate(plan(), running(), 40s, {earlier(1, 60s), cached, failed, earlier(4, 60s)}));
}

void TestEstimate::stepsAreExpected()
{
    QList<Step> steps = running();
    steps.append(step(2, u"STEP 2/2: RUN pip install"_s, StepStatus::Waiting));
    const auto made = estimate(plan(), steps, 40s, {earlier(1, 60s), earlier(2, 70s), earlier(3, 110s)});
    QVERIFY(made.has_value());
    const QList<ExpectedStep> expected{{1, 1, u"RUN pip wheel ."_s, 40s, 80s}, {2, 2, u"RUN pip install"_s, 82s, 100s}};
    QCOMPARE(made->expected, expected);
}

void TestEstimate::parallelStepsWaitForTheLongest()
{
    QList<Step> steps = running();
    steps[0] = step(0, u"RUN apt"_s, StepStatus::Running, 0s);
    const auto made = estimate(plan(), steps, 40s, {earlier(1, 60s), earlier(2, 60s), earlier(3, 60s)});
    QVERIFY(made.has_value());
    QCOMPARE(made->p50, BuildTime(30s + 20s));
}

void TestEstimate::pathOfOneCommand()
{
    const QList<Step> steps{step(0, u"a"_s, StepStatus::Done, 0s, 5s), step(0, u"b"_s, StepStatus::Done, 5s, 9s),
                            step(1, u"c"_s, StepStatus::Running, 9s), step(1, u"d"_s, StepStatus::Waiting)};
    QCOMPARE(criticalPath(steps), QList<int>({0, 1, 2}));
    QCOMPARE(criticalPath({}), QList<int>());
}

void TestEstimate::pathFollowsInputs()
{
    // "slow" decides, "fast" ran beside it.
    QList<Step> steps{step(0, u"base"_s, StepStatus::Done, 0s, 2s),
                      step(0, u"slow"_s, StepStatus::Done, 2s, 20s, {u"base"_s}),
                      step(0, u"fast"_s, StepStatus::Done, 2s, 4s, {u"base"_s}),
                      step(0, u"join"_s, StepStatus::Done, 20s, 21s, {u"fast"_s, u"slow"_s})};
    QCOMPARE(criticalPath(steps), QList<int>({0, 1, 3}));
    steps[0].inputs = {u"join"_s}; // of a damaged record
    QVERIFY(criticalPath(steps).size() <= 4);
}

void TestEstimate::pathOfCachedSteps()
{
    const QList<Step> steps{step(0, u"a"_s, StepStatus::Cached), step(0, u"b"_s, StepStatus::Cached),
                            step(1, u"c"_s, StepStatus::Done, 1s, 2s)};
    QCOMPARE(criticalPath(steps), QList<int>({2}));
}

void TestEstimate::earlierBuildOfAState()
{
    BuildState state(plan());
    state.apply({0s, Opened{QDateTime::currentDateTimeUtc(), 1, u"1"_s}});
    state.apply({1s, TaskStarted{1, 2}});
    state.apply({2s, Output{1, Stream::Out, "[1/3] g++ -c a.cpp\n[2/3] g++ -c b.cpp\n"}});
    QCOMPARE(state.steps().first().work.done, 2);
    QCOMPARE(state.steps().first().work.item, u"b.cpp"_s);
    state.apply({9s, TaskExited{1, 0}});
    state.apply({9s, Closed{Outcome::Done, {}}});
    const EarlierBuild build = earlierBuild(BuildId(4), state);
    QCOMPARE(build.steps.size(), 1);
    QCOMPARE(build.steps[0].task, u"builder"_s);
    QCOMPARE(build.steps[0].units, 3);
    QCOMPARE(build.steps[0].ended - build.steps[0].started, BuildTime(8s));
    QVERIFY(build.steps[0].isDone);
}

QTEST_GUILESS_MAIN(TestEstimate)
#include "tst_estimate.moc"
