// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/planner.h"
#include "core/environment/environmentfile.h"
#include "tests/system/engines/testengines.h"
#include "tests/system/engines/testregistry.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QTest>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

#define VERIFY_RESULT(result) QVERIFY2(result, qPrintable((result) ? QString() : (result).error().message))

/// The plans of push, pull and the caches against a real registry that wants a log-in, on real engines. The layers hold
/// nothing but one program and the time at which each ran it: the same time later means that nothing ran again.
class TestRegistryPlans : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        auto registry = TestRegistry::start(TestRegistryAccess::Password);
        KERNELYARD_SKIP_WITHOUT(registry);
        m_registry = std::move(*registry);
        makeEnvironment();
    }

    void pushesAndPulls_data()
    {
        QTest::addColumn<TestEngineKind>("kind");
        QTest::newRow("Podman") << TestEngineKind::Podman;
        QTest::newRow("Docker with buildx") << TestEngineKind::Docker;
        QTest::newRow("Docker's classic builder") << TestEngineKind::DockerClassic;
    }

    void pushesAndPulls()
    {
        QFETCH(TestEngineKind, kind);
        begin(kind);
        if (QTest::currentTestFailed() || !m_test)
            return;
        const QString registry =
            address() + u"/"_s + QString::fromLatin1(QTest::currentDataTag()).section(u' ', -1).toLower();
        PlanRequest request;
        request.purpose = PlanRequest::Purpose::Build;
        QVERIFY(carryOut(request));
        const QMap<QString, QByteArray> made = stamps();
        QCOMPARE(made.size(), 3);

        // Without a log-in nothing gets there, and the engine says that one is needed.
        request.purpose = PlanRequest::Purpose::Push;
        request.registry = registry;
        request.tag = u"sm90"_s;
        QVERIFY(!carryOut(request));
        QVERIFY2(m_output.contains("unauthorized") || m_output.contains("authentication required") ||
                     m_output.contains("no basic auth credentials"),
                 m_output.constData());
        const qsizetype before = m_registry->repositories().size();

        logIn();
        QVERIFY2(carryOut(request), m_output.constData());
        QCOMPARE(m_registry->repositories().size(), before + 3);
        for (const auto &layer : {u"wheels"_s, u"builder"_s, u"dev"_s})
            QCOMPARE(m_registry->tags(registry.section(u'/', 1) + u"/pushed-"_s + layer), QStringList{u"sm90"_s});
        QVERIFY(!m_plan.contains(TestRegistry::password));

        // One layer by its name, under another tag.
        request.onlyLayer = u"builder"_s;
        request.tag = u"other"_s;
        QVERIFY2(carryOut(request), m_output.constData());
        QCOMPARE(m_registry->tags(registry.section(u'/', 1) + u"/pushed-builder"_s),
                 (QStringList{u"other"_s, u"sm90"_s}));
        QCOMPARE(m_registry->tags(registry.section(u'/', 1) + u"/pushed-dev"_s), QStringList{u"sm90"_s});

        // All gone here, and back from there.
        forgetImages();
        QVERIFY(stamps().isEmpty());
        request.purpose = PlanRequest::Purpose::Pull;
        request.onlyLayer.clear();
        request.tag = u"sm90"_s;
        QVERIFY2(carryOut(request), m_output.constData());
        QCOMPARE(stamps(), made);
    }

    void takesStepsFromCaches_data()
    {
        QTest::addColumn<TestEngineKind>("kind");
        QTest::addColumn<bool>("inlined");
        QTest::newRow("Podman, in the registry") << TestEngineKind::Podman << false;
        // Docker's own builder writes no cache to a registry: see refusesWhatTheBuilderCant.
        QTest::newRow("Docker with buildx, inline") << TestEngineKind::Docker << true;
    }

    void takesStepsFromCaches()
    {
        QFETCH(TestEngineKind, kind);
        QFETCH(bool, inlined);
        begin(kind);
        if (QTest::currentTestFailed() || !m_test)
            return;
        logIn();
        const QString registry = address() + QString(inlined ? u"/inline"_s : u"/cache"_s);
        PlanRequest request;
        request.purpose = PlanRequest::Purpose::Build;
        request.cacheTo = inlined ? u"inline"_s : registry;
        QVERIFY2(carryOut(request), m_output.constData());
        const QMap<QString, QByteArray> made = stamps();
        QCOMPARE(made.size(), 3);
        if (inlined) {
            PlanRequest push;
            push.purpose = PlanRequest::Purpose::Push;
            push.registry = registry;
            QVERIFY2(carryOut(push), m_output.constData());
        } else {
            QVERIFY(m_registry->repositories().contains(u"cache/pushed-builder-cache"_s));
        }
        forgetImages();
        request.cacheTo.clear();
        request.cacheFrom = QStringList{registry};
        QVERIFY2(carryOut(request), m_output.constData());
        QCOMPARE(stamps(), made);

        // The same without the cache is made anew: what was compared above can differ.
        forgetImages();
        request.cacheFrom.clear();
        QVERIFY2(carryOut(request), m_output.constData());
        const QMap<QString, QByteArray> anew = stamps();
        QCOMPARE(anew.size(), 3);
        for (auto it = anew.begin(); it != anew.end(); ++it)
            QVERIFY2(it.value() != made.value(it.key()), qPrintable(it.key()));
    }

    /// What the engine itself would only say in the middle of a build.
    void refusesWhatTheBuilderCant()
    {
        begin(TestEngineKind::Docker);
        if (QTest::currentTestFailed() || !m_test)
            return;
        const auto driver = m_test->run({u"info"_s, u"--format"_s, u"{{.Driver}}"_s});
        QVERIFY(driver && driver->exitCode == 0);
        PlanRequest request;
        request.purpose = PlanRequest::Purpose::Build;
        request.cacheTo = address();
        logIn();
        const bool isDone = carryOut(request); // the driver is not known to the plan
        const QByteArray words = m_output;
        m_engine.storageDriver = QString::fromUtf8(driver->out.trimmed());
        m_engine.buildArguments = {u"--builder"_s, u"default"_s}; // as it is found
        QCOMPARE(carryOut(request), isDone);
        if (isDone)
            return; // the containerd image store
        QVERIFY2(words.contains("Cache export is not supported"), words.constData());
        QVERIFY2(m_output.contains("containerd image store"), m_output.constData());
    }

    void cleanup() { m_test.reset(); }

private:
    void write(const QString &name, const QByteArray &bytes)
    {
        const QString path = m_folder.filePath(name);
        QDir().mkpath(QFileInfo(path).path());
        QFile file(path);
        QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(path));
        file.write(bytes);
    }

    /// Three layers as those of a real environment hang together, each a few hundred kilobytes at most.
    void makeEnvironment()
    {
        // stamp FILE writes the time there; stamp - FILE prints it.
        write(u"stamp.c"_s, "#include <stdio.h>\n#include <time.h>\n"
                            "int main(int n, char **a)\n{\n    struct timespec t;\n    char text[64] = \"\";\n"
                            "    FILE *f = fopen(a[n - 1], n > 2 ? \"r\" : \"w\");\n    if (!f)\n        return 1;\n"
                            "    if (n > 2)\n        return !fgets(text, sizeof text, f) || puts(text) < 0;\n"
                            "    clock_gettime(CLOCK_REALTIME, &t);\n"
                            "    return fprintf(f, \"%ld.%09ld\", (long)t.tv_sec, t.tv_nsec) < 0 || fclose(f);\n}\n");
        QVERIFY(QDir(m_folder.path()).mkpath(u"context"_s));
        const auto compiled = run({u"cc"_s,
                                   {u"-static"_s, u"-Os"_s, u"-s"_s, u"-o"_s, m_folder.filePath(u"context/stamp"_s),
                                    m_folder.filePath(u"stamp.c"_s)},
                                   {},
                                   {}},
                                  10min);
        QVERIFY2(compiled && compiled->exitCode == 0, compiled ? compiled->err.constData() : "");
        write(u"wheels.Dockerfile"_s, "FROM scratch\nCOPY stamp /stamp\nRUN [\"/stamp\", \"/time\"]\n");
        write(u"builder.Dockerfile"_s, "ARG WHEELS\nFROM ${WHEELS}\nRUN [\"/stamp\", \"/time\"]\n");
        write(u"dev.Dockerfile"_s, "ARG WHEELS\nARG BUILDER\nFROM ${BUILDER} AS builder\nFROM ${WHEELS}\n"
                                   "COPY --from=builder /time /builder-time\nRUN [\"/stamp\", \"/time\"]\n");
        write(u"pushed.yml"_s, "name: pushed\ndescription: Small layers.\n"
                               "base: {pull: docker.io/library/debian:12-slim}\nlayers:\n"
                               "  - {name: wheels, dockerfile: wheels.Dockerfile, context: context}\n"
                               "  - {name: builder, dockerfile: builder.Dockerfile, context: context,\n"
                               "     arguments: {WHEELS: \"${layer:wheels}\"}}\n"
                               "  - {name: dev, dockerfile: dev.Dockerfile, context: context,\n"
                               "     arguments: {WHEELS: \"${layer:wheels}\", BUILDER: \"${layer:builder}\"}}\n");
        const auto environment = readEnvironment(m_folder.filePath(u"pushed.yml"_s), Paths::fromEnvironment());
        VERIFY_RESULT(environment);
        m_environment = *environment;
    }

    void begin(TestEngineKind kind)
    {
        auto started = TestEngine::start(kind);
        KERNELYARD_SKIP_WITHOUT(started);
        m_test = std::move(*started);
        // Where Podman keeps its log-ins; Docker's are in the folder that the engine has given it.
        QFile none(m_test->folder() + u"/auth.json"_s);
        QVERIFY(none.open(QIODevice::WriteOnly) && none.write("{}") == 2);
        none.close();
        qputenv("REGISTRY_AUTH_FILE", none.fileName().toLocal8Bit());
        const auto engine = m_test->describe();
        VERIFY_RESULT(engine);
        m_engine = *engine;
    }

    QString address() const
    {
        return m_engine.kind == EngineKind::Podman ? m_registry->address() : m_registry->addressFromDocker();
    }

    /// By the engine's own command, as a user would.
    void logIn()
    {
        QStringList words = m_engine.globalArguments;
        words << u"login"_s << u"--username"_s << QString::fromLatin1(TestRegistry::user) << u"--password-stdin"_s;
        if (m_engine.kind == EngineKind::Podman)
            words << u"--tls-verify=false"_s;
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(m_engine.program, words << address());
        process.write(TestRegistry::password);
        process.closeWriteChannel();
        QVERIFY(process.waitForFinished());
        QVERIFY2(process.exitCode() == 0, process.readAll().constData());
    }

    /// Runs the plan's tasks, as far as they succeed. The base image is not among them: the layers here begin with
    /// nothing.
    bool carryOut(const PlanRequest &request)
    {
        const auto plan =
            makePlan(m_environment, m_engine, request, PlanFacts::ofThisMachine(), Paths::fromEnvironment());
        if (!plan) {
            m_output = plan.error().message.toUtf8();
            return false;
        }
        m_plan = plan->toJson();
        m_output.clear();
        for (const Task &task : plan->tasks) {
            if (task.kind == TaskKind::Base)
                continue;
            const auto done = run(task.command, 10min);
            m_output += done ? done->out + done->err : done.error().message.toUtf8();
            if (!done || done->exitCode != 0)
                return false;
        }
        return true;
    }

    /// The times that the layers' images hold; nothing for one that is not there.
    QMap<QString, QByteArray> stamps()
    {
        QMap<QString, QByteArray> times;
        for (const Layer &layer : m_environment.layers) {
            const QString image = m_environment.imageTag(layer.name);
            const auto there = m_test->run({u"image"_s, u"inspect"_s, image});
            if (!there || there->exitCode != 0)
                continue;
            const auto printed =
                m_test->run(QStringList{u"run"_s, u"--rm"_s, u"--network"_s, u"none"_s} + m_test->runArguments() +
                            QStringList{image, u"/stamp"_s, u"-"_s, u"/time"_s});
            times.insert(layer.name, printed && printed->exitCode == 0 ? printed->out.trimmed()
                                     : printed                         ? printed->err
                                                                       : QByteArray());
        }
        return times;
    }

    void forgetImages()
    {
        for (const QStringList &words :
             {QStringList{u"system"_s, u"prune"_s, u"--all"_s, u"--force"_s},
              m_test->kind() == TestEngineKind::Docker ? QStringList{u"buildx"_s, u"prune"_s, u"--all"_s, u"--force"_s}
                                                       : QStringList{u"images"_s}}) {
            const auto done = m_test->run(words);
            QVERIFY2(done && done->exitCode == 0, done ? done->err.constData() : "");
        }
    }

    QTemporaryDir m_folder;
    std::unique_ptr<TestRegistry> m_registry;
    std::unique_ptr<TestEngine> m_test;
    Environment m_environment;
    Engine m_engine;
    QByteArray m_output;
    QByteArray m_plan;
};

QTEST_GUILESS_MAIN(TestRegistryPlans)
#include "tst_registry.moc"
