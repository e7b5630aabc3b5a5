// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildcomparison.h"
#include "tests/core/build/writtenbuild.h"

#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

class TestBuildComparison : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theSameBuildHasNoDifference();
    void saysWhatWasAskedForDifferently();
    void stepsAreLinedUp_data();
    void stepsAreLinedUp();
    void countsTheCache();
    void readsBothFromTheirJournals();
};

static Plan planWith(const QStringList &buildArguments)
{
    Plan plan;
    plan.environment = u"starter"_s;
    plan.purpose = u"setup"_s;
    plan.engine.clientVersion = u"4.3.1"_s;
    Task task;
    task.name = u"builder"_s;
    task.title = u"Layer builder"_s;
    task.command = {
        u"/usr/bin/podman"_s, QStringList{u"build"_s} + buildArguments + QStringList{u"/context"_s}, {}, {}};
    plan.tasks = {task};
    return plan;
}

/// "builder: RUN make 12 s"; cached where the seconds are missing.
static PastStep step(const QString &name, std::optional<int> seconds = {}, const QString &layer = u"builder"_s)
{
    PastStep made;
    made.layer = layer;
    made.name = name;
    made.status = seconds ? StepStatus::Done : StepStatus::Cached;
    if (seconds)
        made.duration = std::chrono::seconds(*seconds);
    return made;
}

static ComparedBuild build(const Plan &plan, const QList<PastStep> &steps)
{
    ComparedBuild made;
    made.plan = plan;
    made.past.steps = steps;
    return made;
}

void TestBuildComparison::theSameBuildHasNoDifference()
{
    const auto one = build(planWith({u"--tag"_s, u"x"_s}), {step(u"FROM base"_s), step(u"RUN make"_s, 10)});
    const BuildComparison same = compareBuilds(one, one);
    QCOMPARE(same.facts, QList<ComparedFact>());
    QCOMPARE(same.steps.size(), 2);
    QCOMPARE(same.steps.at(1).longer(), std::optional<BuildTime>(0s));
    QCOMPARE(same.steps.at(0).longer(), std::nullopt); // cached: it took no time
    QCOMPARE(same.newlyCached + same.noLongerCached, 0);
}

void TestBuildComparison::saysWhatWasAskedForDifferently()
{
    Plan first = planWith({u"--build-arg"_s, u"MAX_JOBS=4"_s, u"--no-cache"_s, u"--tag=x"_s});
    Plan second = planWith({u"--build-arg"_s, u"MAX_JOBS=8"_s, u"--build-arg"_s, u"EXTRA=1"_s, u"--tag"_s, u"x"_s});
    first.choices = {{u"CUDA"_s, u"12.8"_s}};
    second.environment = u"other"_s;
    Task validate;
    validate.name = u"validate"_s;
    validate.title = u"Validation"_s;
    validate.containers = {u"kernelyard-abc"_s};
    validate.command.arguments = {u"run"_s, u"--name"_s, u"kernelyard-abc"_s};
    first.tasks.append(validate);
    validate.containers = {u"kernelyard-xyz"_s};
    validate.command.arguments.last() = u"kernelyard-xyz"_s;
    second.tasks.append(validate);
    validate.name = u"fork"_s;
    second.tasks.append(validate);
    const QList<ComparedFact> expected{
        {{}, u"environment"_s, u"starter"_s, u"other"_s},          {{}, u"choice CUDA"_s, u"12.8"_s, {}},
        {u"builder"_s, u"--build-arg MAX_JOBS"_s, u"4"_s, u"8"_s}, {u"builder"_s, u"--no-cache"_s, u"set"_s, {}},
        {u"builder"_s, u"--build-arg EXTRA"_s, {}, u"1"_s},        {u"fork"_s, u"task"_s, {}, u"Validation"_s}};
    QCOMPARE(compareBuilds(build(first, {}), build(second, {})).facts, expected);
}

void TestBuildComparison::stepsAreLinedUp_data()
{
    using Steps = QList<PastStep>;
    QTest::addColumn<QList<PastStep>>("first");
    QTest::addColumn<QList<PastStep>>("second");
    QTest::addColumn<QStringList>("rows"); // "first | second"
    QTest::newRow("one more") << Steps{step(u"FROM a"_s), step(u"RUN b"_s, 1)}
                              << Steps{step(u"FROM a"_s), step(u"COPY c"_s, 1), step(u"RUN b"_s, 1)}
                              << QStringList{u"FROM a | FROM a"_s, u" | COPY c"_s, u"RUN b | RUN b"_s};
    QTest::newRow("one less") << Steps{step(u"FROM a"_s), step(u"COPY c"_s, 1), step(u"RUN b"_s, 1)}
                              << Steps{step(u"FROM a"_s), step(u"RUN b"_s, 1)}
                              << QStringList{u"FROM a | FROM a"_s, u"COPY c | "_s, u"RUN b | RUN b"_s};
    QTest::newRow("an edited one") << Steps{step(u"FROM a"_s), step(u"RUN make -j4"_s, 1), step(u"RUN b"_s, 1)}
                                   << Steps{step(u"FROM a"_s), step(u"RUN make -j8"_s, 1), step(u"RUN b"_s, 1)}
                                   << QStringList{u"FROM a | FROM a"_s, u"RUN make -j4 | RUN make -j8"_s,
                                                  u"RUN b | RUN b"_s};
    QTest::newRow("the same words in another layer")
        << Steps{step(u"RUN a"_s, 1, u"one"_s)} << Steps{step(u"RUN a"_s, 1, u"two"_s)}
        << QStringList{u"RUN a | "_s, u" | RUN a"_s};
    QTest::newRow("twice the same") << Steps{step(u"RUN a"_s, 1), step(u"RUN a"_s, 2)} << Steps{step(u"RUN a"_s, 3)}
                                    << QStringList{u"RUN a | RUN a"_s, u"RUN a | "_s};
    QTest::newRow("nothing in common") << Steps{step(u"RUN a"_s, 1)} << Steps{step(u"COPY b"_s, 1)}
                                       << QStringList{u"RUN a | "_s, u" | COPY b"_s};
    QTest::newRow("nothing at all") << Steps() << Steps() << QStringList();
}

void TestBuildComparison::stepsAreLinedUp()
{
    QFETCH(QList<PastStep>, first);
    QFETCH(QList<PastStep>, second);
    QStringList rows;
    for (const ComparedStep &row : compareBuilds(build({}, first), build({}, second)).steps) {
        rows << QString((row.first ? row.first->name : QString()) + u" | " +
                        (row.second ? row.second->name : QString()));
        QCOMPARE(row.isEdited(), row.first && row.second && row.first->name != row.second->name);
    }
    QTEST(rows, "rows");
}

void TestBuildComparison::countsTheCache()
{
    const BuildComparison made = compareBuilds(build({}, {step(u"RUN a"_s, 1), step(u"RUN b"_s, 1), step(u"RUN c"_s)}),
                                               build({}, {step(u"RUN a"_s), step(u"RUN b"_s), step(u"RUN c"_s, 5)}));
    QCOMPARE(made.newlyCached, 2);
    QCOMPARE(made.noLongerCached, 1);
}

void TestBuildComparison::readsBothFromTheirJournals()
{
    const QTemporaryDir home;
    Paths paths;
    paths.state = home.path();
    WrittenBuild one(paths, 1);
    one.buildArguments = {u"--build-arg"_s, u"MAX_JOBS=4"_s};
    QVERIFY(one.write());
    WrittenBuild two(paths, 2);
    two.compile = 25s;
    QVERIFY(two.write());
    const auto made = readComparison(paths, BuildId(1), BuildId(2));
    QVERIFY(made);
    QCOMPARE(made->first.id, BuildId(1));
    QCOMPARE(made->second.id, BuildId(2));
    QCOMPARE(made->facts, (QList<ComparedFact>{{u"builder"_s, u"--build-arg MAX_JOBS"_s, u"4"_s, {}}}));
    QCOMPARE(made->steps.at(1).name, u"RUN make -j4"_s);
    QCOMPARE(made->steps.at(1).longer(), std::optional<BuildTime>(15s));
    QCOMPARE(made->steps.at(1).second->peakMemoryBytes, 2'000'000);
    const auto missing = readComparison(paths, BuildId(1), BuildId(7));
    QVERIFY(!missing);
    QCOMPARE(missing.error().kind, ErrorKind::NotFound);
}

QTEST_GUILESS_MAIN(TestBuildComparison)
#include "tst_buildcomparison.moc"
