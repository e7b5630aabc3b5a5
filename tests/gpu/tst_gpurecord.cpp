// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildfolder.h"
#include "core/build/buildlock.h"
#include "core/build/builds.h"
#include "core/build/gpurecord.h"
#include "core/build/runnerchild.h"
#include "core/gpu/gpurecordfile.h"
#include "core/process/run.h"
#include "tests/gpu/scenario.h"

#include <QFileInfo>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <csignal>

using namespace kernelyard;
using namespace Qt::StringLiterals;

/// Without the breaks between two tasks.
static qsizetype readings(const GpuRecord &record, int gpu)
{
    const QList<GpuPoint> &points = record.history.of(gpu);
    return std::ranges::count_if(points, [](const GpuPoint &point) { return !std::isnan(point.utilisation); });
}

/// What a runner keeps of the GPUs beside a build's journal, read from the simulated library.
class TestGpuRecord : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        for (const auto &[name, value] : m_scenario.helper().environment)
            qputenv(name.toUtf8().constData(), value.toUtf8());
    }

    void isKeptWhileTheChildRuns()
    {
        const QString file = m_scenario.folder() + u"/gpu.jsonl"_s;
        QVERIFY(readGpuRecord(file).isEmpty());
        RunnerChild child;
        child.start(QStringLiteral(KERNELYARD_CTL), {u"gpu-helper"_s, u"--append"_s, file, u"--interval"_s, u"20"_s});
        const pid_t process = child.process();
        QVERIFY(process > 0);
        child.start(QStringLiteral(KERNELYARD_CTL), {u"gpu-helper"_s}); // there is one
        QCOMPARE(child.process(), process);
        QTRY_VERIFY(readGpuRecord(file).history.of(1).size() >= 3);
        child.stop();
        QCOMPARE(child.process(), 0);
        QTRY_VERIFY(::kill(process, 0) != 0); // it is gone
        const GpuRecord record = readGpuRecord(file);
        QCOMPARE(record.last.gpus.size(), 2);
        QCOMPARE(record.last.gpus[1].powerLimitWatts, std::optional(400.0));
        QCOMPARE(record.history.nameOf(1), u"Simulated A100"_s);
        QCOMPARE(record.history.of(0).size(), record.history.of(1).size());

        // a task that has the GPUs again goes on in the same file, after a break
        child.start(QStringLiteral(KERNELYARD_CTL), {u"gpu-helper"_s, u"--append"_s, file, u"--interval"_s, u"20"_s});
        QTRY_VERIFY(readings(readGpuRecord(file), 1) > readings(record, 1));
        const GpuRecord longer = readGpuRecord(file);
        QCOMPARE(longer.history.of(1).size(), readings(longer, 1) + 1);
    }

    void aGpuThatSticksItIsLeftOut()
    {
        const Scenario scenario("gpus 2\nhang nvmlDeviceGetTemperature 1\n");
        const QString file = scenario.folder() + u"/stuck.jsonl"_s;
        qputenv("SIMULATED_NVML", QFile::encodeName(scenario.path()));
        const auto back = qScopeGuard([this] { qputenv("SIMULATED_NVML", QFile::encodeName(m_scenario.path())); });
        RunnerChild child;
        child.start(QStringLiteral(KERNELYARD_CTL),
                    {u"gpu-helper"_s, u"--append"_s, file, u"--interval"_s, u"20"_s, u"--limit"_s, u"300"_s});
        const pid_t process = child.process();
        QTRY_VERIFY_WITH_TIMEOUT(readings(readGpuRecord(file), 0) >= 3, 20'000);
        QCOMPARE(readGpuRecord(file).last.gpus.at(1).fault.condition, GpuCondition::Stuck);
        QCOMPARE(child.process(), process);
        QCOMPARE(::kill(process, 0), 0);
        child.stop();
    }

    void aCutLineIsLeftOut()
    {
        const QString file = m_scenario.folder() + u"/cut.jsonl"_s;
        RunnerChild child;
        child.start(QStringLiteral(KERNELYARD_CTL), {u"gpu-helper"_s, u"--append"_s, file, u"--once"_s});
        QTRY_COMPARE(readings(readGpuRecord(file), 0), 1);
        child.stop();
        QFile whole(file);
        QVERIFY(whole.open(QIODevice::ReadOnly));
        const QByteArray line = whole.readAll();
        for (qsizetype cut = 0; cut + 1 < line.size(); cut += 7) {
            QFile damaged(m_scenario.folder() + u"/damaged.jsonl"_s);
            QVERIFY(damaged.open(QIODevice::WriteOnly | QIODevice::Truncate));
            damaged.write(line + line.first(cut));
            damaged.close();
            QCOMPARE(readings(readGpuRecord(damaged.fileName()), 0), 1);
        }
    }

    void halfALineDoesNotSpoilTheNext()
    {
        const QString file = m_scenario.folder() + u"/half.jsonl"_s;
        GpuReading reading;
        reading.gpus.emplaceBack().utilisationPercent = 40;
        for (int i = 0; i < 3; ++i) {
            QVERIFY(GpuRecordFile(file).add(reading));
            QFile killed(file);
            QVERIFY(killed.open(QIODevice::Append));
            killed.write("{\"reading\":{\"gpus\":[");
        }
        QCOMPARE(readings(readGpuRecord(file), 0), 3);
    }

    void aLongRecordGetsCoarserNotLonger()
    {
        const QString file = m_scenario.folder() + u"/long.jsonl"_s;
        constexpr qint64 most = 32 << 10;
        GpuRecordFile record(file, most);
        GpuReading reading;
        reading.gpus.resize(2);
        for (GpuStatus &gpu : reading.gpus)
            gpu.utilisationPercent = 40;
        reading.gpus[1].index = 1;
        reading.gpus[1].processes.emplace().emplaceBack().name = u"python secret.py"_s;
        constexpr int seconds = 20'000;
        for (int second = 0; second < seconds; second += record.stride()) {
            reading.atMs = second * 1000LL;
            QVERIFY(record.add(reading));
            QVERIFY(QFileInfo(file).size() <= most);
        }
        QVERIFY(record.stride() >= 16);
        const GpuRecord kept = readGpuRecord(file);
        const QList<GpuPoint> &points = kept.history.of(1);
        QVERIFY(points.size() > 20);
        QCOMPARE(points.first().atMs, 0);
        QVERIFY(points.last().atMs > (seconds - 2LL * record.stride()) * 1000);
        for (qsizetype i = 1; i < points.size(); ++i)
            QVERIFY(points[i].atMs - points[i - 1].atMs <= 2000LL * record.stride());
        QFile text(file);
        QVERIFY(text.open(QIODevice::ReadOnly));
        QVERIFY(!text.readAll().contains("secret"));
        QVERIFY(!QFile::exists(file + u".next"_s));
        QVERIFY(!GpuRecordFile(u"/nowhere/gpu.jsonl"_s).add(reading));
    }

    void withoutAGpuNothingIsKept()
    {
        const QString file = m_scenario.folder() + u"/none.jsonl"_s;
        Command helper = m_scenario.helper({u"--append"_s, file, u"--no-smi"_s, u"--library"_s, u"/nowhere/nvml.so"_s});
        const Result<Completed> done = run(helper, std::chrono::seconds(60));
        QVERIFY(done);
        QCOMPARE(done->exitCode, 0);
        QCOMPARE(done->out, QByteArray());
        QVERIFY(!QFile::exists(file));
    }

    void aProgramThatIsNotThereIsNoHarm()
    {
        RunnerChild child;
        child.start(u"/nowhere/kernelyardctl"_s, {});
        QCOMPARE(child.process(), 0);
        child.stop();
    }

    void aBuildKeepsWhatItsTasksSaw()
    {
        const QTemporaryDir home;
        const Paths paths = pathsBelow(home);
        const QString file = paths.builds() + u"/0001/gpu.jsonl"_s;
        // Each ends well only where the file is as it should be.
        const Result<BuildId> id =
            launch(paths, {task(u"dev"_s, TaskKind::Layer, {u"test ! -e \"$0\""_s, file}),
                           task(u"validate"_s, TaskKind::Validation,
                                {u"until grep -q reading \"$0\"; do sleep 0.05; done"_s, file, u"--gpus-here"_s})});
        QVERIFY2(id, id ? "" : qPrintable(id.error().message));
        const auto status = [&] {
            const Result<BuildState> state = readBuild(paths, *id);
            return state ? state->status() : BuildStatus::Queued;
        };
        QTRY_VERIFY_WITH_TIMEOUT(isEnded(status()), 60000);
        QCOMPARE(status(), BuildStatus::Done);
        const GpuRecord record = readGpuRecord(file);
        QCOMPARE(record.last.gpus.size(), 2);
        QVERIFY(!record.history.of(0).isEmpty());
    }

    void endsWithAKilledRunner_data()
    {
        QTest::addColumn<QByteArray>("driver");
        QTest::newRow("while it reads") << QByteArray("gpus 2\n");
        QTest::newRow("while the driver is stuck") << QByteArray("gpus 2\nhang nvmlDeviceGetTemperature 0\n");
    }

    void endsWithAKilledRunner()
    {
        QFETCH(QByteArray, driver);
        m_scenario.set(driver);
        const auto answering = qScopeGuard([this] { m_scenario.set("gpus 2\n"); });
        const QTemporaryDir home;
        const Paths paths = pathsBelow(home);
        const Result<BuildId> id = launch(
            paths, {task(u"validate"_s, TaskKind::Validation, {u"sleep 1000"_s, u"validate"_s, u"--gpus-here"_s})});
        QVERIFY2(id, id ? "" : qPrintable(id.error().message));
        const QString lock = BuildFolder::of(paths, *id).lock();
        QTRY_VERIFY_WITH_TIMEOUT(BuildLock::holder(lock), 20'000);
        const pid_t runner = *BuildLock::holder(lock);
        QTRY_COMPARE_WITH_TIMEOUT(gpuHelpersOf(runner).size(), 1, 20'000);
        const ProcessEntry helper = gpuHelpersOf(runner).first();
        if (driver.contains("hang"))
            QVERIFY(isAlive(helper));
        else
            QTRY_VERIFY_WITH_TIMEOUT(!readGpuRecord(paths.builds() + u"/0001/gpu.jsonl"_s).isEmpty(), 20'000);
        QCOMPARE(::kill(runner, SIGKILL), 0);
        QTRY_VERIFY_WITH_TIMEOUT(!isAlive(helper), 20'000);
        QTRY_COMPARE_WITH_TIMEOUT(readBuild(paths, *id)->status(), BuildStatus::Interrupted, 20'000);
    }

    void onlyTasksWithTheGpusAreWatched()
    {
        Engine engine;
        engine.gpuArguments = QStringList{u"--device"_s, u"nvidia.com/gpu=all"_s};
        Task task;
        task.command = {u"podman"_s, {u"run"_s, u"--device"_s, u"nvidia.com/gpu=all"_s, u"image"_s}, {}, {}};
        QVERIFY(takesGpus(engine, task));
        task.command.arguments.removeAt(2);
        QVERIFY(!takesGpus(engine, task));
        engine.gpuArguments.clear();
        QVERIFY(!takesGpus(engine, task));
    }

private:
    static Paths pathsBelow(const QTemporaryDir &home)
    {
        Paths paths;
        paths.state = paths.data = paths.cache = paths.config = home.path();
        return paths;
    }

    /// A shell's script and its arguments; "--gpus-here" among them gives it the GPUs.
    static Task task(const QString &name, TaskKind kind, const QStringList &script)
    {
        Task made;
        made.name = name;
        made.kind = kind;
        made.command = {u"/bin/sh"_s, QStringList{u"-c"_s} + script, {}, {}};
        return made;
    }

    static Result<BuildId> launch(const Paths &paths, const QList<Task> &tasks)
    {
        Plan plan;
        plan.environment = u"starter"_s;
        plan.purpose = u"validate"_s;
        plan.engine.program = u"/bin/false"_s;
        plan.engine.gpuArguments = QStringList{u"--gpus-here"_s};
        plan.tasks = tasks;
        return launchBuild(paths, plan, QStringLiteral(KERNELYARD_CTL));
    }

    Scenario m_scenario{"gpus 2\n"};
};

QTEST_GUILESS_MAIN(TestGpuRecord)
#include "tst_gpurecord.moc"
