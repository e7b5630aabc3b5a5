// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/planner.h"
#include "core/environment/catalog.h"

#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

Engine podman()
{
    Engine engine;
    engine.kind = EngineKind::Podman;
    engine.program = u"/usr/bin/podman"_s;
    engine.globalArguments = {u"--runtime"_s, u"runc"_s};
    return engine;
}

Engine classicDocker()
{
    Engine engine;
    engine.kind = EngineKind::Docker;
    engine.program = u"/usr/bin/docker"_s;
    return engine;
}

const PlanFacts facts{u"/opt/bin/kernelyardctl"_s, 1000, 100, u"abcdefgh"_s};

QStringList names(const Plan &plan)
{
    QStringList list;
    for (const Task &task : plan.tasks)
        list << task.name;
    return list;
}

const Task &task(const Plan &plan, const QString &name)
{
    for (const Task &one : plan.tasks)
        if (one.name == name)
            return one;
    qFatal("no such task");
}

} // namespace

class TestPlanner : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_paths.shipped = QStringLiteral(KERNELYARD_SOURCE_DIR);
        m_paths.data = u"/home/me/data"_s;
        m_paths.cache = u"/home/me/cache"_s;
        const Catalog catalog = readCatalog(m_paths);
        QVERIFY2(catalog.errors.isEmpty(), qPrintable(catalog.errors.value(0).message));
        const auto starter = catalog.get(u"starter"_s);
        QVERIFY(starter);
        m_starter = *starter;
    }

    void eachPurposeHasItsTasks()
    {
        QCOMPARE(names(*plan({})),
                 (QStringList{u"base"_s, u"wheels"_s, u"builder"_s, u"dev"_s, u"fork"_s, u"validate"_s}));
        PlanRequest build;
        build.purpose = PlanRequest::Purpose::Build;
        QCOMPARE(names(*plan(build)), (QStringList{u"base"_s, u"wheels"_s, u"builder"_s, u"dev"_s}));
        build.onlyLayer = u"builder"_s;
        QCOMPARE(names(*plan(build)), (QStringList{u"base"_s, u"wheels"_s, u"builder"_s}));
        PlanRequest validate;
        validate.purpose = PlanRequest::Purpose::Validate;
        QCOMPARE(names(*plan(validate)), QStringList(u"validate"_s));
    }

    void isTheSameEveryTime() { QCOMPARE(plan({})->toJson(), plan({})->toJson()); }

    void survivesItsFile()
    {
        Plan made = *plan({});
        made.created = QDateTime::currentDateTimeUtc(); // set by who launches it
        const auto read = Plan::fromJson(made.toJson(), u"plan.json"_s);
        QVERIFY(read);
        QCOMPARE(read->toJson(), made.toJson());
        QCOMPARE(task(*read, u"validate"_s).containers, task(made, u"validate"_s).containers);
    }

    void layersGetTheTagsBelowThem()
    {
        const Plan made = *plan({});
        const QStringList wheels = task(made, u"wheels"_s).command.arguments;
        QVERIFY(wheels.contains(u"BASE_IMAGE=localhost/kernelyard/base-debian:12-slim"_s));
        QCOMPARE(task(made, u"base"_s).image, u"localhost/kernelyard/base-debian:12-slim"_s);
        const QStringList dev = task(made, u"dev"_s).command.arguments;
        QVERIFY(dev.contains(u"WHEELS_IMAGE=localhost/kernelyard/starter-wheels:latest"_s));
        QVERIFY(dev.contains(u"BUILDER_IMAGE=localhost/kernelyard/starter-builder:latest"_s));
        QCOMPARE(task(made, u"dev"_s).image, u"localhost/kernelyard/starter-dev:latest"_s);
        QVERIFY(task(made, u"dev"_s).format == OutputFormat::Podman);
    }

    void theClassicBuilderGetsFilesWithoutCacheMounts()
    {
        Environment environment = m_starter;
        environment.layers[0].classicDockerfile = u"/x/wheels.classic.Dockerfile"_s;
        const auto classic = makePlan(environment, classicDocker(), {}, facts, m_paths);
        QVERIFY(classic);
        QVERIFY(task(*classic, u"wheels"_s).format == OutputFormat::Classic);
        QVERIFY(task(*classic, u"wheels"_s).command.arguments.contains(u"/x/wheels.classic.Dockerfile"_s));
        QVERIFY(task(*classic, u"dev"_s).command.arguments.contains(m_starter.layer(u"dev"_s)->dockerfile));
        const auto other = makePlan(environment, podman(), {}, facts, m_paths);
        QVERIFY(!task(*other, u"wheels"_s).command.arguments.contains(u"/x/wheels.classic.Dockerfile"_s));
    }

    void choicesReachWhatDependsOnThem()
    {
        PlanRequest request;
        request.choices = {{u"base-image"_s, u"docker.io/nvidia/cuda:12.8.0-devel-ubuntu22.04"_s},
                           {u"cuda-architectures"_s, u"9.0"_s}};
        const Plan made = *plan(request);
        QVERIFY(task(made, u"wheels"_s)
                    .command.arguments.contains(
                        u"BASE_IMAGE=localhost/kernelyard/base-nvidia-cuda:12.8.0-devel-ubuntu22.04"_s));
        QVERIFY(task(made, u"builder"_s).command.arguments.contains(u"KERNELYARD_CUDA_ARCHS=9.0"_s));
        const QStringList base = task(made, u"base"_s).command.arguments;
        QCOMPARE(base, (QStringList{u"base"_s, u"starter"_s, u"--engine"_s, u"podman"_s, u"--choice"_s,
                                    u"base-image=docker.io/nvidia/cuda:12.8.0-devel-ubuntu22.04"_s}));
        QCOMPARE(task(made, u"fork"_s).command.arguments, (QStringList{u"fork"_s, u"ensure"_s, u"starter"_s}));
        QCOMPARE(made.choices, request.choices);
        // A root of Debian packages is no stand-in for a CUDA image.
        const auto inner = innerCommands(made, task(made, u"base"_s), m_starter, m_paths);
        QVERIFY(inner);
        for (const Command &command : *inner)
            QVERIFY(!command.arguments.contains(u"import"_s));
    }

    void validatesWithTheLeastPrivilege()
    {
        PlanRequest request;
        request.validationArguments = {u"--quick"_s};
        const Task validate = task(*plan(request), u"validate"_s);
        QCOMPARE(validate.containers, QStringList(u"kernelyard-starter-validate-abcdefgh"_s));
        const QString line = validate.command.display();
        for (const QString &part :
             {u"--network none"_s, u"--cap-drop all"_s, u"--read-only"_s, u"--user 1000:100"_s,
              u"type=bind,source=/home/me/data/forks/attention,target=/workspace/attention "_s,
              u"target=/opt/kernelyard/validation/validate.py,readonly "_s,
              u"target=/opt/kernelyard/validation/starter.json,readonly "_s,
              u"python3 /opt/kernelyard/validation/validate.py --suite /opt/kernelyard/validation/starter.json"_s})
            QVERIFY2(line.contains(part), qPrintable(part + u" is not in "_s + line));
        QVERIFY(line.endsWith(u" --quick"));
        QVERIFY(!line.contains(u"--gpus"));
    }

    void aDryRunShowsWhatTheBaseTaskRuns()
    {
        const Plan made = *plan({});
        const auto inner = innerCommands(made, task(made, u"base"_s), m_starter, m_paths);
        QVERIFY(inner);
        QVERIFY(inner->size() >= 3);
        QCOMPARE(inner->at(2).arguments.last(), u"docker.io/library/debian:12-slim"_s);
        QVERIFY(innerCommands(made, task(made, u"dev"_s), m_starter, m_paths)->isEmpty());
    }

    void refuses()
    {
        PlanRequest request;
        request.onlyLayer = u"devel"_s;
        QCOMPARE(plan(request).error().kind, ErrorKind::Invalid);
        QVERIFY(plan(request).error().remedy.contains(u"wheels, builder, dev"));
        request = {};
        request.choices = {{u"nothing"_s, u"1"_s}};
        QCOMPARE(plan(request).error().kind, ErrorKind::Invalid);
        request = {};
        request.purpose = PlanRequest::Purpose::Validate;
        Environment without = m_starter;
        without.validation.reset();
        QCOMPARE(makePlan(without, podman(), request, facts, m_paths).error().kind, ErrorKind::Unsupported);
    }

    void factsDifferBetweenBuilds()
    {
        QVERIFY(PlanFacts::ofThisMachine().suffix.size() >= 8);
        QVERIFY(PlanFacts::ofThisMachine().suffix != PlanFacts::ofThisMachine().suffix);
    }

private:
    Result<Plan> plan(const PlanRequest &request) { return makePlan(m_starter, podman(), request, facts, m_paths); }

    Paths m_paths;
    Environment m_starter;
};

QTEST_GUILESS_MAIN(TestPlanner)
#include "tst_planner.moc"
