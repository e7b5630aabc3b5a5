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
        const auto xformers = catalog.get(u"xformers"_s);
        QVERIFY(xformers);
        m_xformers = *xformers;
        const auto architectures = ArchitectureTable::read(m_paths.shipped);
        QVERIFY2(architectures, qPrintable(architectures ? QString() : architectures.error().message));
        m_architectures = *architectures;
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

    void pushesAndPullsEachLayer()
    {
        PlanRequest push;
        push.purpose = PlanRequest::Purpose::Push;
        push.registry = u"127.0.0.1:5000/team"_s;
        const auto pushed = makePlan(m_starter, podman(), push, facts, m_paths);
        QVERIFY(pushed);
        QCOMPARE(names(*pushed), (QStringList{u"push-wheels"_s, u"push-builder"_s, u"push-dev"_s}));
        QVERIFY(isTransfer(*pushed));
        QCOMPARE(pushed->tasks.at(2).command.display(),
                 u"/usr/bin/podman --runtime runc push --tls-verify=false localhost/kernelyard/starter-dev:latest "
                 "docker://127.0.0.1:5000/team/starter-dev:latest"_s);
        push.onlyLayer = u"dev"_s;
        push.registry = u"registry.example.org/team"_s;
        push.tag = u"sm90"_s;
        const auto one = makePlan(m_starter, classicDocker(), push, facts, m_paths);
        QVERIFY(one);
        QCOMPARE(names(*one), (QStringList{u"tag-dev"_s, u"push-dev"_s}));
        QCOMPARE(one->tasks.at(0).command.display(), u"/usr/bin/docker tag localhost/kernelyard/starter-dev:latest "
                                                     "registry.example.org/team/starter-dev:sm90"_s);
        QCOMPARE(one->tasks.at(1).command.display(),
                 u"/usr/bin/docker push registry.example.org/team/starter-dev:sm90"_s);
        push.purpose = PlanRequest::Purpose::Pull;
        const auto pulled = makePlan(m_starter, podman(), push, facts, m_paths);
        QVERIFY(pulled);
        QCOMPARE(names(*pulled), (QStringList{u"pull-dev"_s, u"tag-dev"_s}));
        QCOMPARE(pulled->tasks.at(0).command.display(),
                 u"/usr/bin/podman --runtime runc pull registry.example.org/team/starter-dev:sm90"_s);
        for (const QString &registry : {u"http://127.0.0.1:5000"_s, u"nohost"_s, u""_s, u"Upper.org/TEAM"_s}) {
            push.registry = registry;
            const auto refused = makePlan(m_starter, podman(), push, facts, m_paths);
            QVERIFY2(!refused && refused.error().kind == ErrorKind::Invalid, qPrintable(registry));
        }
    }

    /// What advice compares the fork with, where it was made from the sources that the layer compiles.
    void labelsWhatIsCompiledFromTheSeed()
    {
        PlanFacts here = facts;
        here.seedCommit = u"0123456789abcdef0123456789abcdef01234567"_s;
        const QString label = u"org.opencontainers.image.revision="_s + here.seedCommit;
        const auto labelled = [&](const Environment &environment, const QString &layer) {
            const auto plan = makePlan(environment, podman(), {}, here, m_paths);
            return plan && task(*plan, layer).command.arguments.contains(label);
        };
        QVERIFY(labelled(m_starter, u"builder"_s));
        QVERIFY(!labelled(m_starter, u"wheels"_s) && !labelled(m_starter, u"dev"_s));
        QVERIFY(!labelled(m_xformers, u"builder"_s)); // it compiles a clone of its own, and says which
        here.seedCommit.clear();
        QVERIFY(!task(*makePlan(m_starter, podman(), {}, here, m_paths), u"builder"_s)
                     .command.arguments.contains(u"--label"_s));
    }

    void usesCachesOfARegistry()
    {
        PlanRequest request;
        request.purpose = PlanRequest::Purpose::Build;
        request.cacheFrom = {u"127.0.0.1:5000"_s};
        request.cacheTo = u"127.0.0.1:5000"_s;
        const QStringList words =
            task(*makePlan(m_starter, podman(), request, facts, m_paths), u"dev"_s).command.arguments;
        const qsizetype from = words.indexOf(u"--cache-from"_s);
        QCOMPARE(words.value(from + 1), u"127.0.0.1:5000/starter-dev-cache"_s);
        QVERIFY(words.contains(u"--tls-verify=false"_s));
        Engine buildx = classicDocker();
        buildx.buildxVersion = u"0.13.1"_s;
        const QStringList docker =
            task(*makePlan(m_starter, buildx, request, facts, m_paths), u"dev"_s).command.arguments;
        QVERIFY(docker.contains(u"type=registry,ref=127.0.0.1:5000/starter-dev:latest"_s));
        QVERIFY(docker.contains(u"type=registry,mode=max,ref=127.0.0.1:5000/starter-dev-cache:latest"_s));
        request.cacheTo = u"inline"_s;
        QVERIFY(task(*makePlan(m_starter, buildx, request, facts, m_paths), u"dev"_s)
                    .command.arguments.contains(u"type=inline"_s));
        QCOMPARE(makePlan(m_starter, podman(), request, facts, m_paths).error().kind, ErrorKind::Unsupported);
        QCOMPARE(makePlan(m_starter, classicDocker(), request, facts, m_paths).error().kind, ErrorKind::Unsupported);
    }

    void architecturesComeFromTheGpu_data()
    {
        QTest::addColumn<QStringList>("gpus");
        QTest::addColumn<ChosenValues>("chosen");
        QTest::addColumn<QString>("value"); // empty: refused
        QTest::addColumn<QString>("words");
        const ChosenValues none;
        QTest::newRow("no GPU") << QStringList{} << none << u"12.0"_s << u"the default, for no GPU was found here"_s;
        QTest::newRow("one") << QStringList{u"NVIDIA H100|9.0"_s} << none << u"9.0"_s
                             << u"detected: NVIDIA H100 has 9.0 (Hopper)"_s;
        QTest::newRow("two kinds, sorted by number")
            << QStringList{u"A|12.0"_s, u"B|8.6"_s, u"C|8.6"_s} << none << u"8.6;12.0"_s << u"B has 8.6 (Ampere)"_s;
        QTest::newRow("chosen against the GPU")
            << QStringList{u"A|9.0"_s} << ChosenValues{{u"cuda-architectures"_s, u"8.0;9.0+PTX"_s}} << u"8.0;9.0+PTX"_s
            << u"chosen"_s;
        QTest::newRow("unknown") << QStringList{} << ChosenValues{{u"cuda-architectures"_s, u"8.4"_s}} << QString()
                                 << u"\"8.4\" in cuda-architectures is no known compute capability."_s;
        QTest::newRow("a GPU too new for the base's toolkit")
            << QStringList{u"B300|10.3"_s} << none << QString() << u"does not compile for 10.3 (Blackwell)."_s;
        QTest::newRow("one that the toolkit gave up")
            << QStringList{u"V100|7.0"_s}
            << ChosenValues{{u"base-image"_s, u"docker.io/nvidia/cuda:13.0.2-devel-ubuntu24.04"_s}} << QString()
            << u"does not compile for 7.0 (Volta)."_s;
    }

    void architecturesComeFromTheGpu()
    {
        QFETCH(QStringList, gpus);
        QFETCH(ChosenValues, chosen);
        QFETCH(QString, value);
        QFETCH(QString, words);
        PlanFacts here = facts;
        here.gpu.architectures = m_architectures;
        for (const QString &gpu : gpus)
            here.gpu.gpus.append({gpu.section(u'|', 0, 0), gpu.section(u'|', 1)});
        PlanRequest request;
        request.purpose = PlanRequest::Purpose::Build;
        request.choices = chosen;
        const auto made = makePlan(m_xformers, podman(), request, here, m_paths);
        if (value.isEmpty()) {
            QVERIFY(!made);
            QVERIFY2(made.error().message.contains(words), qPrintable(made.error().message));
            return;
        }
        QVERIFY2(made, qPrintable(made ? QString() : made.error().message));
        QVERIFY(made->choices.contains({u"cuda-architectures"_s, value}));
        QVERIFY(task(*made, u"builder"_s).command.arguments.contains(u"TORCH_CUDA_ARCH_LIST="_s + value));
        QCOMPARE(made->reasons.size(), 1);
        QVERIFY2(made->reasons.at(0).second.contains(words), qPrintable(made->reasons.at(0).second));
        QCOMPARE(Plan::fromJson(made->toJson().replace("\"created\": \"\"", "\"created\": \"2026-01-31T12:00:00Z\""),
                                u"plan.json"_s)
                     ->reasons,
                 made->reasons);
    }

    void onlyTheDevLayerHasNoNetwork()
    {
        const auto made = makePlan(m_xformers, podman(), {}, facts, m_paths);
        QVERIFY(made);
        for (const Task &one : made->tasks)
            if (one.kind == TaskKind::Layer)
                QCOMPARE(one.command.arguments.contains(u"none"_s), one.name == u"dev");
        PlanRequest request;
        request.choices = {{u"wheel-folder"_s, u"/home/me/my wheels"_s}};
        const auto other = makePlan(m_xformers, podman(), request, facts, m_paths);
        QCOMPARE(task(*other, u"wheels"_s).command.arguments.last(), u"/home/me/my wheels"_s);
        request.choices = {{u"wheel-folder"_s, u"my wheels"_s}};
        QCOMPARE(makePlan(m_xformers, podman(), request, facts, m_paths).error().kind, ErrorKind::Invalid);
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
        QCOMPARE(task(made, u"fork"_s).command.arguments,
                 (QStringList{u"fork"_s, u"ensure"_s, u"starter"_s, u"--below"_s, m_paths.data}));
        QCOMPARE(made.choices, request.choices);
        // A default is named as well: another one may count when the build's turn comes.
        QCOMPARE(task(*plan({}), u"base"_s).command.arguments.last(), u"base-image=docker.io/library/debian:12-slim"_s);
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
              u"target=/opt/kernelyard/validation/validate,readonly "_s,
              u"target=/opt/kernelyard/validation/starter.yml,readonly "_s,
              u"python3 /opt/kernelyard/validation/validate --suite /opt/kernelyard/validation/starter.yml"_s})
            QVERIFY2(line.contains(part), qPrintable(part + u" is not in "_s + line));
        QVERIFY(line.endsWith(u" --quick"));
        Plan made = *plan(request);
        made.created = QDateTime::currentDateTime();
        const auto kept = Plan::fromJson(made.toJson(), {});
        QVERIFY2(kept, kept ? "" : qPrintable(kept.error().message));
        QCOMPARE(kept->validationArguments, request.validationArguments);
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
    Environment m_xformers;
    ArchitectureTable m_architectures;
};

QTEST_GUILESS_MAIN(TestPlanner)
#include "tst_planner.moc"
