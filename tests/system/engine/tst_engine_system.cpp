// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/argv.h"
#include "core/engine/detect.h"
#include "core/engine/leftovers.h"
#include "core/engine/logprobe.h"
#include "core/engine/outputparser.h"
#include "core/process/run.h"
#include "tests/system/engines/testengines.h"

#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace kernelyard;
using namespace kernelyard::test;

/// What the engine code says and builds, on real engines.
class TestEngineSystem : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TestEngine> m_real;
    Engine m_engine;

    QString path(const QString &name) const { return m_real->folder() + u'/' + name; }
    ImageBuild build(const QByteArray &dockerfile, const QString &name)
    {
        const QString folder = path(name);
        QDir().mkpath(folder);
        QFile file(folder + u"/Dockerfile");
        if (file.open(QIODevice::WriteOnly))
            file.write(dockerfile);
        return {file.fileName(), folder, u"localhost/kernelyard/"_s + name + u":latest", {}, {}, {}, false};
    }
    bool begin(TestEngineKind kind)
    {
        m_real.reset();
        Result<std::unique_ptr<TestEngine>> started = TestEngine::start(kind);
        if (!started) {
            qWarning("%s", qPrintable(started.error().message));
            return false;
        }
        m_real = std::move(*started);
        if (!m_real->provideBase())
            return false;
        const EngineKind wanted = kind == TestEngineKind::Podman ? EngineKind::Podman : EngineKind::Docker;
        const QList<Engine> engines = detectEngines().result();
        for (const Engine &engine : engines)
            if (engine.kind == wanted && engine.endpoint.kind == Endpoint::Kind::Default) {
                m_engine = engine;
                return true;
            }
        return false;
    }
    static void kinds()
    {
        QTest::addColumn<TestEngineKind>("kind");
        QTest::newRow("podman") << TestEngineKind::Podman;
        QTest::newRow("docker with buildx") << TestEngineKind::Docker;
        QTest::newRow("docker, classic builder") << TestEngineKind::DockerClassic;
    }

private Q_SLOTS:
    void cleanup() { m_real.reset(); }

    void buildsRunsAndRemoves_data() { kinds(); }

    void buildsRunsAndRemoves()
    {
        QFETCH(TestEngineKind, kind);
        if (!begin(kind))
            QSKIP("this engine can't be started here");
        for (const EngineProblem &problem : m_engine.problems)
            QVERIFY2(!problem.blocking, qPrintable(problem.cause + problem.detail));
        QCOMPARE(m_engine.backend(), kind == TestEngineKind::Podman   ? BuildBackend::Podman
                                     : kind == TestEngineKind::Docker ? BuildBackend::Buildx
                                                                      : BuildBackend::Classic);
        QElapsedTimer timer;
        timer.start();
        detectEngines().waitForFinished();
        qInfo("detection took %lld ms", timer.elapsed());
        QVERIFY(timer.elapsed() < 5000);

        ImageBuild image = build("FROM debian:12-slim\nARG WORD\nRUN echo $WORD > /word\n", u"word"_s);
        image.arguments = {{u"WORD"_s, u"kernel yard"_s}};
        image.labels = {{u"kernelyard"_s, u"test"_s}};
        for (const bool cached : {false, true}) {
            const Result<Completed> built = run(buildImage(m_engine, image), 120s);
            QVERIFY(built);
            QVERIFY2(built->exitCode == 0, QByteArray(built->err + built->out).constData());
            OutputParser parser(buildFormat(m_engine));
            QList<EngineEvent> events = parser.feed(Stream::Out, built->out, BuildTime(0));
            events += parser.feed(Stream::Err, built->err, BuildTime(0));
            events += parser.finish(built->exitCode, BuildTime(0));
            int steps = 0;
            int hits = 0;
            for (const EngineEvent &event : events) {
                steps += std::holds_alternative<StepEnded>(event);
                hits += std::holds_alternative<StepCached>(event);
            }
            QVERIFY(steps >= 3);
            QVERIFY(!cached || hits >= 1);
        }
        QCOMPARE(run(inspectImage(m_engine, image.tag), 30s)->exitCode, 0);
        QVERIFY(run(inspectImage(m_engine, u"localhost/kernelyard/none:latest"_s), 30s)->exitCode != 0);

        ContainerRun container;
        container.image = image.tag;
        container.name = u"kernelyard-system-test"_s;
        container.labels = {{u"kernelyard"_s, u"test"_s}};
        container.user = ContainerUser{1000, 1000};
        container.memoryLimitBytes = 256 << 20;
        container.mounts = {{path(u"word"_s), u"/mnt"_s, true}};
        container.command = QStringList{u"sh"_s, u"-c"_s,
                                        u"id -u; cat /word; ls /mnt; touch /x 2>/dev/null || echo sealed; "
                                        u"touch /tmp/y && echo writable; ls /sys/class/net"_s};
        const Result<Completed> ran = run(runContainer(m_engine, container), 60s);
        QVERIFY(ran);
        QVERIFY2(ran->exitCode == 0, ran->err.constData());
        QCOMPARE(ran->out, "1000\nkernel yard\nDockerfile\nsealed\nwritable\nlo\n");

        container.command = QStringList{u"sleep"_s, u"60"_s};
        QProcess running;
        const Command sleeping = runContainer(m_engine, container);
        running.start(sleeping.program, sleeping.arguments);
        const Command list = listContainers(m_engine, u"kernelyard=test"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!run(list, 30s)->out.isEmpty(), 20'000);
        QCOMPARE(run(removeContainers(m_engine, {container.name}), 30s)->exitCode, 0);
        QVERIFY(running.waitForFinished(20'000));
        QTRY_VERIFY_WITH_TIMEOUT(run(list, 30s)->out.isEmpty(), 20'000);
    }

    void probesWhatABuilderKeeps_data()
    {
        QTest::addColumn<TestEngineKind>("kind");
        QTest::addColumn<QByteArray>("limit");
        QTest::addColumn<bool>("keepsAll");
        QTest::newRow("docker with buildx as it comes") << TestEngineKind::Docker << QByteArray() << false;
        QTest::newRow("docker with buildx, limits lifted")
            << TestEngineKind::Docker << QByteArray("2147483647") << true;
        QTest::newRow("docker, classic builder") << TestEngineKind::DockerClassic << QByteArray() << true;
        QTest::newRow("podman") << TestEngineKind::Podman << QByteArray() << true;
    }

    void probesWhatABuilderKeeps()
    {
        QFETCH(TestEngineKind, kind);
        QFETCH(QByteArray, limit);
        QFETCH(bool, keepsAll);
        const char *const names[] = {"BUILDKIT_STEP_LOG_MAX_SIZE", "BUILDKIT_STEP_LOG_MAX_SPEED"};
        for (const char *name : names)
            limit.isEmpty() ? qunsetenv(name) : qputenv(name, limit);
        const bool began = begin(kind);
        for (const char *name : names)
            qunsetenv(name);
        if (!began)
            QSKIP("this engine can't be started here");
        QTemporaryDir cache;
        Result<LogCapacity> capacity = probeLogCapacity(m_engine);
        // With its limits lifted a BuildKit of 20.10 sometimes breaks its stream off: that is no answer.
        for (int tries = 0; !capacity && tries < 3; ++tries)
            capacity = probeLogCapacity(m_engine);
        QVERIFY2(capacity, capacity ? "" : qPrintable(capacity.error().message + capacity.error().detail));
        qInfo("kept %lld of %lld", capacity->keptBytes, capacity->writtenBytes);
        QCOMPARE(capacity->keepsAll(), keepsAll);
        QCOMPARE(knownLogCapacity(m_engine, cache.path()), std::nullopt);
        QVERIFY(rememberLogCapacity(m_engine, *capacity, cache.path()));
        QCOMPARE(knownLogCapacity(m_engine, cache.path()), *capacity);
        QVERIFY(!ensureLogCapacity(m_engine, cache.path())); // not a second time
        applyLogCapacity(m_engine, *capacity);
        QCOMPARE(m_engine.has(EngineProblemCode::LogsClipped), !keepsAll);
        QVERIFY(m_engine.isUsable());
        QVERIFY(run(inspectImage(m_engine, u"localhost/kernelyard/log-probe:latest"_s), 30s)->exitCode != 0);
    }

    void killedPodmanBuildsAreCleanedUp_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("terminated") << SIGTERM;
        QTest::newRow("killed") << SIGKILL;
        QTest::newRow("its step ended softly") << 0;
    }

    void killedPodmanBuildsAreCleanedUp()
    {
        QFETCH(int, signal);
        if (!begin(TestEngineKind::Podman))
            QSKIP("Podman can't be started here");
        const ImageBuild image = build("FROM debian:12-slim\nRUN touch /a\nRUN sleep 300\n", u"slow"_s);
        const ImageBuild theirs = build("FROM debian:12-slim\nRUN touch /b\nRUN sleep 301\n", u"theirs"_s);
        const QString temporary = path(u"tmp"_s);
        QVERIFY(QDir().mkpath(temporary + u"/buildah-cache-0"));
        QProcess process;
        QProcess other;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"TMPDIR"_s, temporary);
        for (const auto &[child, what] : {std::pair{&process, &image}, std::pair{&other, &theirs}}) {
            child->setProcessEnvironment(environment);
            const Command command = buildImage(m_engine, *what);
            child->start(command.program, command.arguments);
        }
        const QStringList marks{buildMark(image.tag)};
        const QStringList theirMarks{buildMark(theirs.tag)};
        QTRY_COMPARE_WITH_TIMEOUT(findLeftovers(m_engine, temporary, marks).steps.size(), 1, 30'000);
        QTRY_COMPARE_WITH_TIMEOUT(findLeftovers(m_engine, temporary, theirMarks).steps.size(), 1, 30'000);
        // The second step, that sleeps: the working container of the first stands beside it.
        QTRY_VERIFY_WITH_TIMEOUT(findLeftovers(m_engine, temporary, marks).workingContainers.size() >= 2, 30'000);
        QTRY_VERIFY_WITH_TIMEOUT(findLeftovers(m_engine, temporary, theirMarks).workingContainers.size() >= 2, 30'000);
        QTRY_COMPARE_WITH_TIMEOUT(findLeftovers(m_engine, temporary, marks).steps.size(), 1, 30'000);
        QTRY_COMPARE_WITH_TIMEOUT(findLeftovers(m_engine, temporary, theirMarks).steps.size(), 1, 30'000);
        if (signal != 0) {
            ::kill(static_cast<pid_t>(process.processId()), signal);
            QVERIFY(process.waitForFinished(10'000));
            QCOMPARE(findLeftovers(m_engine, temporary, marks).steps.size(), 1);
            const BuildLeftovers left = cleanUp(m_engine, temporary, marks);
            QVERIFY2(left.isEmpty(), qPrintable((left.steps + left.workingContainers + left.folders).join(u' ')));
        } else {
            // As a canceller does: a step that starts or ends just now can't be killed, so look again.
            for (int tries = 0; tries < 50 && process.state() != QProcess::NotRunning; ++tries) {
                for (const Command &command : killSteps(m_engine, findLeftovers(m_engine, temporary, marks)))
                    QVERIFY(run(command, 10s));
                process.waitForFinished(200);
            }
            QCOMPARE(process.state(), QProcess::NotRunning);
            QVERIFY(process.exitCode() != 0);
            QVERIFY(findLeftovers(m_engine, temporary, marks).isEmpty());
        }
        // Another build, in the same folder and store, goes on untouched.
        QCOMPARE(other.state(), QProcess::Running);
        QCOMPARE(findLeftovers(m_engine, temporary, theirMarks).steps.size(), 1);
        QVERIFY(QDir(temporary + u"/buildah-cache-0").exists());
        ::kill(static_cast<pid_t>(other.processId()), SIGKILL);
        QVERIFY(other.waitForFinished(10'000));
        QVERIFY(cleanUp(m_engine, temporary, theirMarks).isEmpty());
        QCOMPARE(m_real->run({u"ps"_s, u"--all"_s, u"--external"_s, u"--quiet"_s})->out, QByteArray());
    }

    void aDaemonThatStopped()
    {
        if (!begin(TestEngineKind::Docker))
            QSKIP("Docker can't be started here");
        QVERIFY(m_engine.isUsable());
        QVERIFY(m_real->kill());
        QElapsedTimer timer;
        timer.start();
        const QList<Engine> engines = detectEngines().result();
        QVERIFY(timer.elapsed() < 5000);
        const Result<Engine> docker = chooseEngine(engines, u"docker"_s);
        QVERIFY(!docker);
        QCOMPARE(docker.error().kind, ErrorKind::Missing);
        QVERIFY2(docker.error().message.contains(u"No Docker daemon answers"), qPrintable(docker.error().message));
    }
};

QTEST_GUILESS_MAIN(TestEngineSystem)
#include "tst_engine_system.moc"
