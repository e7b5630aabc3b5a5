// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpujson.h"
#include "core/process/run.h"
#include "tests/gpu/scenario.h"

#include <QJsonDocument>
#include <QProcess>
#include <QSignalSpy>
#include <QTest>

#include <csignal>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QStringList quick{u"--interval"_s, u"20"_s};

GpuCondition conditionOf(const GpuMonitor &monitor, int gpu)
{
    if (!monitor.reading() || gpu >= monitor.reading()->gpus.size())
        return GpuCondition::NoDevice;
    return monitor.reading()->gpus[gpu].fault.condition;
}

} // namespace

class TestGpuMonitor : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsEveryFactOfANewDriver()
    {
        const Scenario scenario("gpus 2\nprocess 1 4242 900\n");
        const GpuReading reading = once(scenario);
        QCOMPARE(reading.source, GpuSource::Nvml);
        QCOMPARE(reading.fault.condition, GpuCondition::Healthy);
        QCOMPARE(reading.driver, u"580.95.05"_s);
        QCOMPARE(reading.cuda, u"13.0"_s);
        QCOMPARE(reading.libraryVersion, u"13.simulated"_s);
        QVERIFY(reading.atMs > 0);
        QCOMPARE(reading.gpus.size(), 2);
        GpuStatus expected;
        expected.index = 1;
        expected.name = u"Simulated A100"_s;
        expected.driver = u"580.95.05"_s;
        expected.uuid = u"GPU-00000001"_s;
        expected.busId = u"0000:02:00.0"_s;
        expected.computeCapability = u"8.0"_s;
        expected.utilisationPercent = 41;
        expected.memoryUtilisationPercent = 25;
        expected.temperatureCelsius = 55;
        expected.temperatureLimitCelsius = 85;
        expected.memoryUsedBytes = 2LL << 30; // without the driver's own, which version 1 counts in
        expected.memoryTotalBytes = 80LL << 30;
        expected.powerWatts = 187.5;
        expected.powerLimitWatts = 400;
        expected.smClockMHz = 1410;
        expected.smClockMaxMHz = 1980;
        expected.memoryClockMHz = 1593;
        expected.memoryClockMaxMHz = 1593;
        expected.throttleReasons = QStringList{u"power cap"_s, u"hardware thermal"_s};
        expected.eccOn = true;
        expected.eccCorrected = 7;
        expected.eccUncorrected = 0;
        expected.pcieGeneration = 3;
        expected.pcieWidth = 16;
        expected.pcieGenerationMax = 4;
        expected.pcieWidthMax = 16;
        expected.persistence = true;
        expected.display = false;
        expected.mig = false;
        GpuProcess process;
        process.pid = 4242;
        process.memoryBytes = 900LL << 20;
        process.smPercent = 33;
        expected.processes = QList{process};
        QCOMPARE(QJsonDocument(toJson(reading.gpus[1])).toJson(), QJsonDocument(toJson(expected)).toJson());
    }

    void readsOlderGenerations_data()
    {
        QTest::addColumn<int>("generation");
        QTest::addColumn<QString>("driver");
        QTest::addColumn<QString>("cuda");
        QTest::addColumn<qint64>("usedGiB");
        QTest::addColumn<bool>("tellsMig");
        QTest::newRow("R390") << 390 << u"390.157"_s << QString() << qint64(3) << false;
        QTest::newRow("R470") << 470 << u"470.256.02"_s << u"11.4"_s << qint64(3) << true;
        QTest::newRow("R580") << 580 << u"580.95.05"_s << u"13.0"_s << qint64(2) << true;
    }
    void readsOlderGenerations()
    {
        QFETCH(int, generation);
        QFETCH(QString, driver);
        QFETCH(QString, cuda);
        QFETCH(qint64, usedGiB);
        QFETCH(bool, tellsMig);
        const Scenario scenario("process 0 77 12\n", generation);
        const GpuReading reading = once(scenario);
        QCOMPARE(reading.driver, driver);
        QCOMPARE(reading.cuda, cuda);
        QCOMPARE(reading.gpus.size(), 1);
        const GpuStatus &gpu = reading.gpus[0];
        QCOMPARE(gpu.busId, u"0000:01:00.0"_s);
        QCOMPARE(gpu.memoryUsedBytes, std::optional(usedGiB << 30));
        QCOMPARE(gpu.mig.has_value(), tellsMig);
        QCOMPARE(gpu.processes->size(), 1);
        QCOMPARE(gpu.processes->at(0).pid, 77);
        QCOMPARE(gpu.processes->at(0).memoryBytes, std::optional(12LL << 20));
        QVERIFY(gpu.throttleReasons.has_value());
        QCOMPARE(gpu.throttleReasons->isEmpty(), generation != 580); // idle is no reason
    }

    void readsMigSlices()
    {
        const Scenario scenario("mig 0 3\nprocess 0 5 100\n");
        const GpuStatus gpu = once(scenario).gpus.at(0);
        QCOMPARE(gpu.mig, std::optional(true));
        QVERIFY(!gpu.utilisationPercent); // the driver does not tell it of a GPU in slices
        QCOMPARE(gpu.slices.size(), 3);
        QCOMPARE(gpu.slices[2].index, 2);
        QCOMPARE(gpu.slices[2].name, u"1g.10gb"_s);
        QCOMPARE(gpu.slices[2].uuid, u"MIG-0-2"_s);
        QCOMPARE(gpu.slices[2].gpuInstance, std::optional(3));
        QCOMPARE(gpu.slices[2].multiprocessors, std::optional(14));
        QCOMPARE(gpu.slices[2].memoryTotalBytes, std::optional(10LL << 30));
        QCOMPARE(gpu.processes->at(0).gpuInstance, std::optional(1));
    }

    void mapsProcessesToContainers()
    {
        const Scenario scenario("process 0 31 100\nprocess 0 32 100\n");
        const QByteArray id(64, 'a');
        const QString root = scenario.folder() + u"/root"_s;
        write(root + u"/proc/31/cmdline"_s, QByteArray("/usr/bin/python3\0/opt/validate.py\0--quick\0", 42));
        write(root + u"/proc/31/cgroup"_s, "0::/user.slice/libpod-" + id + ".scope/container\n");
        write(root + u"/proc/32/cmdline"_s, QByteArray("/usr/lib/xorg/Xorg\0:0\0", 22));
        write(root + u"/proc/32/cgroup"_s, "0::/user.slice/session-2.scope\n");
        const QList<GpuProcess> processes = once(scenario).gpus.at(0).processes.value();
        QCOMPARE(processes.size(), 2);
        QCOMPARE(processes[0].name, u"python3 validate.py"_s);
        QCOMPARE(processes[0].containerId, QString::fromLatin1(id));
        QCOMPARE(processes[0].containerKind, u"podman"_s);
        QCOMPARE(processes[1].name, u"Xorg :0"_s);
        QVERIFY(processes[1].containerId.isEmpty());
    }

    void namesEveryFault_data()
    {
        QTest::addColumn<QByteArray>("scenario");
        QTest::addColumn<GpuCondition>("whole");
        QTest::addColumn<GpuCondition>("second"); ///< of GPU 1
        const GpuCondition ok = GpuCondition::Healthy;
        QTest::newRow("library and module differ")
            << QByteArray("error nvmlInit_v2 18") << GpuCondition::DriverMismatch << GpuCondition::DriverMismatch;
        QTest::newRow("no permission at all")
            << QByteArray("error nvmlInit_v2 4") << GpuCondition::PermissionDenied << GpuCondition::PermissionDenied;
        QTest::newRow("count fails") << QByteArray("error nvmlDeviceGetCount_v2 999") << GpuCondition::Failed
                                     << GpuCondition::Failed;
        QTest::newRow("one GPU forbidden")
            << QByteArray("gpus 2\nerror nvmlDeviceGetHandleByIndex_v2 4 1") << ok << GpuCondition::PermissionDenied;
        QTest::newRow("one GPU lost when asked for its load")
            << QByteArray("gpus 2\nerror nvmlDeviceGetUtilizationRates 15 1") << ok << GpuCondition::FallenOffBus;
        QTest::newRow("one GPU lost in the middle")
            << QByteArray("gpus 2\nerror nvmlDeviceGetPersistenceMode 15 1") << ok << GpuCondition::FallenOffBus;
        QTest::newRow("one GPU needs a reset")
            << QByteArray("gpus 2\nerror nvmlDeviceGetPowerUsage 16 1") << ok << GpuCondition::ResetRequired;
        QTest::newRow("a call that is not supported is no fault")
            << QByteArray("gpus 2\nerror nvmlDeviceGetPowerUsage 3 1") << ok << ok;
    }
    void namesEveryFault()
    {
        QFETCH(QByteArray, scenario);
        QFETCH(GpuCondition, whole);
        QFETCH(GpuCondition, second);
        const Scenario simulated(scenario);
        // What the kernel tells is there too: two GPUs and a loaded module.
        const QString root = simulated.folder() + u"/root"_s;
        write(root + u"/proc/driver/nvidia/version"_s,
              "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15  Mon Jan 1 00:00:00 UTC 2025\n");
        for (const char *bus : {"0000:01:00.0", "0000:02:00.0"}) {
            const QString folder = root + u"/sys/bus/pci/devices/"_s + QLatin1StringView(bus);
            write(folder + u"/vendor"_s, "0x10de\n");
            write(folder + u"/class"_s, "0x030200\n");
        }
        const GpuReading reading = once(simulated, {u"--no-smi"_s});
        QCOMPARE(reading.fault.condition, whole);
        QCOMPARE(reading.moduleVersion, u"570.86.15"_s);
        QCOMPARE(reading.gpus.size(), 2);
        QCOMPARE(reading.gpus[1].fault.condition, second);
        if (whole == GpuCondition::Healthy) {
            QCOMPARE(reading.gpus[0].fault.condition, GpuCondition::Healthy);
            QCOMPARE(reading.gpus[0].utilisationPercent, std::optional(40));
        } else {
            QCOMPARE(reading.source, GpuSource::Kernel);
            QCOMPARE(reading.gpus[1].busId, u"0000:02:00.0"_s);
        }
        for (const GpuFault &fault : {reading.fault, reading.gpus[1].fault}) {
            if (fault.condition == GpuCondition::Healthy)
                continue;
            const GpuNotice notice = noticeOf(fault, u"GPU 1"_s, u"0000:02:00.0"_s);
            QVERIFY(!notice.message.isEmpty() && !notice.remedy.isEmpty() && !notice.word.isEmpty());
            QVERIFY(!fault.evidence.isEmpty());
        }
    }

    void theCommandNamesTheState_data()
    {
        QTest::addColumn<QByteArray>("scenario");
        QTest::addColumn<GpuCondition>("condition");
        QTest::newRow("off the bus") << QByteArray("gpus 2\nerror nvmlDeviceGetPersistenceMode 15 1")
                                     << GpuCondition::FallenOffBus;
        QTest::newRow("reset") << QByteArray("gpus 2\nerror nvmlDeviceGetPowerUsage 16 1")
                               << GpuCondition::ResetRequired;
    }
    void theCommandNamesTheState()
    {
        QFETCH(QByteArray, scenario);
        QFETCH(GpuCondition, condition);
        const Scenario simulated(scenario);
        Command command = simulated.helper();
        command.arguments = QStringList{u"gpu"_s};
        const Result<Completed> done = run(command, std::chrono::seconds(60));
        QVERIFY(done);
        QCOMPARE(done->exitCode, 1);
        const QString word = noticeOf({condition, {}}, {}).word;
        QVERIFY2(done->out.contains(QString(word + u". GPU 1 (Simulated A100) "_s).toUtf8()), done->out.constData());
    }

    void withoutLibraryTheKernelIsAsked_data()
    {
        QTest::addColumn<bool>("device");
        QTest::addColumn<bool>("module");
        QTest::addColumn<GpuCondition>("expected");
        QTest::newRow("no GPU") << false << false << GpuCondition::NoDevice;
        QTest::newRow("GPU without driver") << true << false << GpuCondition::NoDriver;
        QTest::newRow("driver without library") << true << true << GpuCondition::NoLibrary;
    }
    void withoutLibraryTheKernelIsAsked()
    {
        QFETCH(bool, device);
        QFETCH(bool, module);
        QFETCH(GpuCondition, expected);
        const Scenario scenario("");
        const QString root = scenario.folder() + u"/root"_s;
        if (device) {
            const QString folder = root + u"/sys/bus/pci/devices/0000:65:00.0"_s;
            write(folder + u"/vendor"_s, "0x10de\n");
            write(folder + u"/class"_s, "0x030000\n");
            write(folder + u"/max_link_speed"_s, "16.0 GT/s PCIe\n");
            write(folder + u"/max_link_width"_s, "16\n");
            write(root + u"/sys/bus/pci/devices/0000:66:00.0/vendor"_s, "0x8086\n");
        }
        if (module) {
            write(root + u"/proc/driver/nvidia/version"_s,
                  "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build\n");
            write(root + u"/proc/driver/nvidia/gpus/0000:65:00.0/information"_s,
                  "Model: \t\t NVIDIA L4\nIRQ:   \t\t 71\nGPU UUID: \t GPU-1234\nBus Type: \t PCIe\n");
        }
        const GpuReading reading = once(scenario, {u"--library"_s, u"/nowhere/libnvidia-ml.so.1"_s, u"--no-smi"_s});
        QCOMPARE(reading.fault.condition, expected);
        QCOMPARE(reading.gpus.size(), device ? 1 : 0);
        QVERIFY(reading.detail.contains("nowhere"_L1));
        if (device) {
            QCOMPARE(reading.gpus[0].pcieGenerationMax, std::optional(4));
            QCOMPARE(reading.gpus[0].name, module ? u"NVIDIA L4"_s : QString());
        }
        QCOMPARE(reading.driver, module ? u"580.95.05"_s : QString());
    }

    void anyLibraryThatIsNoneIsRefused()
    {
        const Scenario scenario("");
        const GpuReading reading = once(scenario, {u"--library"_s, u"libc.so.6"_s, u"--no-smi"_s});
        QCOMPARE(reading.fault.condition, GpuCondition::NoDevice);
    }

    void readingsGoOn()
    {
        const Scenario scenario("gpus 8");
        GpuMonitor monitor(scenario.setup(quick));
        QSignalSpy changed(&monitor, &GpuMonitor::readingChanged);
        monitor.start();
        QTRY_VERIFY(changed.size() >= 5);
        QCOMPARE(monitor.reading()->gpus.size(), 8);
        QVERIFY(monitor.history().of(7).size() >= 5);
        QCOMPARE(monitor.history().of(7).last().utilisation, 47.0F);
        QCOMPARE(monitor.replacements(), 0);
        monitor.stop();
        QVERIFY(!monitor.isRunning());
    }

    void aStuckCallIsToldAndTheHelperReplaced()
    {
        Scenario scenario("gpus 3");
        GpuHelperSetup setup = scenario.setup(quick);
        setup.stuckLimit = 1500ms;
        GpuMonitor monitor(setup);
        monitor.start();
        QTRY_COMPARE(conditionOf(monitor, 1), GpuCondition::Healthy);
        scenario.set("gpus 3\nhang nvmlDeviceGetPowerUsage 1");
        QTRY_COMPARE(conditionOf(monitor, 1), GpuCondition::Stuck);
        QVERIFY(monitor.reading()->gpus[1].fault.evidence.contains("nvmlDeviceGetPowerUsage"_L1));
        QCOMPARE(conditionOf(monitor, 0), GpuCondition::Healthy);
        // The new helper leaves that GPU out and reads the others.
        QTRY_COMPARE(monitor.replacements(), 1);
        const qint64 before = monitor.reading()->atMs;
        QTRY_VERIFY(monitor.reading()->atMs > before);
        QCOMPARE(monitor.reading()->gpus.size(), 3);
        QCOMPARE(conditionOf(monitor, 1), GpuCondition::Stuck);
        QCOMPARE(monitor.reading()->gpus[1].name, u"Simulated A100"_s);
        QCOMPARE(monitor.reading()->gpus[2].utilisationPercent, std::optional(42));
    }

    void aGpuThatWasStuckIsAskedAgain()
    {
        Scenario scenario("gpus 2\nhang nvmlDeviceGetTemperature 0");
        GpuHelperSetup setup = scenario.setup(quick);
        setup.stuckLimit = 1000ms;
        setup.skipFor = 300ms;
        GpuMonitor monitor(setup);
        monitor.start();
        QTRY_COMPARE(monitor.replacements(), 1);
        scenario.set("gpus 2");
        QTRY_COMPARE(conditionOf(monitor, 0), GpuCondition::Healthy);
        QCOMPARE(monitor.reading()->gpus[0].temperatureCelsius, std::optional(55));
    }

    void aDriverThatIsStuckAtItsStartIsTold()
    {
        const Scenario scenario("hang nvmlInit_v2");
        GpuHelperSetup setup = scenario.setup(quick);
        setup.startLimit = 2500ms;
        GpuMonitor monitor(setup);
        monitor.start();
        QTRY_VERIFY(monitor.reading() && monitor.reading()->fault.condition == GpuCondition::Starting);
        QTRY_COMPARE(monitor.reading()->fault.condition, GpuCondition::Stuck);
        QVERIFY(monitor.reading()->fault.evidence.contains("nvmlInit"_L1));
        const Result<GpuReading> alone = readGpus(scenario.helper({u"--limit"_s, u"300"_s})).result();
        QVERIFY(alone);
        QCOMPARE(alone->fault.condition, GpuCondition::Stuck);
    }

    void aGpuThatStartsSlowlyIsNotStuck()
    {
        const Scenario scenario("gpus 2\nslow nvmlDeviceGetHandleByIndex_v2 1700");
        GpuHelperSetup setup = scenario.setup(quick + QStringList{u"--limit"_s, u"600"_s});
        setup.stuckLimit = 600ms;
        GpuMonitor monitor(setup);
        QList<GpuCondition> seen;
        connect(&monitor, &GpuMonitor::readingChanged, &monitor, [&] {
            if (!seen.contains(monitor.reading()->fault.condition))
                seen << monitor.reading()->fault.condition;
        });
        monitor.start();
        QTRY_COMPARE_WITH_TIMEOUT(conditionOf(monitor, 1), GpuCondition::Healthy, 20'000);
        QCOMPARE(seen, (QList{GpuCondition::Starting, GpuCondition::Healthy}));
        QCOMPARE(monitor.replacements(), 0);
    }

    void aGpuThatNeverStartsIsStuck()
    {
        const Scenario scenario("gpus 2\nhang nvmlDeviceGetHandleByIndex_v2 1");
        GpuHelperSetup setup = scenario.setup(quick);
        setup.startLimit = 1200ms;
        GpuMonitor monitor(setup);
        monitor.start();
        QTRY_COMPARE(monitor.replacements(), 1);
        QTRY_COMPARE(conditionOf(monitor, 1), GpuCondition::Stuck);
        QTRY_COMPARE(conditionOf(monitor, 0), GpuCondition::Healthy);
    }

    void manyCallsThatAreEachQuickAreNoSilence()
    {
        const Scenario scenario("gpus 5\nslow nvmlDeviceGetHandleByIndex_v2 900");
        GpuHelperSetup setup = scenario.setup(quick);
        setup.silence = 3000ms;
        GpuMonitor monitor(setup);
        monitor.start();
        QTRY_COMPARE_WITH_TIMEOUT(conditionOf(monitor, 4), GpuCondition::Healthy, 20'000);
        QCOMPARE(monitor.replacements(), 0);
    }

    void aSlowToolIsNoSilence()
    {
        const Scenario scenario("");
        const QString tool = scenario.folder() + u"/bin/nvidia-smi"_s;
        write(tool, "#!/bin/sh\n/bin/sleep 4\nexec /bin/cat " KERNELYARD_TEST_DATA "/gpu/r390.xml\n");
        QFile::setPermissions(tool, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        GpuHelperSetup setup = scenario.setup(quick + QStringList{u"--library"_s, u"/nowhere/libnvidia-ml.so.1"_s});
        setup.command.environment << std::pair(u"PATH"_s, scenario.folder() + u"/bin"_s);
        setup.silence = 3000ms;
        GpuMonitor monitor(setup);
        monitor.start();
        QTRY_VERIFY_WITH_TIMEOUT(monitor.reading(), 20'000);
        QCOMPARE(monitor.reading()->source, GpuSource::NvidiaSmi);
        QCOMPARE(monitor.replacements(), 0);
    }

    void aHelperThatCrashesIsTold()
    {
        const Scenario scenario("crash nvmlDeviceGetTemperature");
        GpuMonitor monitor(scenario.setup(quick));
        monitor.start();
        QTRY_VERIFY(monitor.reading());
        QCOMPARE(monitor.reading()->fault.condition, GpuCondition::Failed);
        QVERIFY2(monitor.reading()->fault.evidence.contains("SIGSEGV"_L1),
                 qPrintable(monitor.reading()->fault.evidence));
        const Result<GpuReading> alone = readGpus(scenario.helper()).result();
        QVERIFY(!alone);
        QVERIFY(alone.error().message.contains("SIGSEGV"_L1));
    }

    void aGpuThatRefusedIsNotBlamedForTheNextCall()
    {
        Scenario scenario("gpus 2\nerror nvmlDeviceGetHandleByIndex_v2 4 1");
        GpuMonitor monitor(scenario.setup(quick));
        monitor.start();
        QTRY_COMPARE(conditionOf(monitor, 1), GpuCondition::PermissionDenied);
        scenario.set("gpus 2\nerror nvmlDeviceGetHandleByIndex_v2 4 1\nhang nvmlDeviceGetCount_v2");
        QTRY_COMPARE(monitor.reading()->fault.condition, GpuCondition::Stuck);
        QCOMPARE(conditionOf(monitor, 1), GpuCondition::PermissionDenied);
    }

    void aHelperThatIsStoppedIsReplaced()
    {
        const Scenario scenario("");
        GpuHelperSetup setup = scenario.setup(quick);
        setup.command = {u"/bin/sh"_s, {u"-c"_s, u"exec sleep 1000"_s}, {}, {}}; // says nothing at all
        setup.silence = 100ms;
        GpuMonitor monitor(setup);
        monitor.start();
        QTRY_VERIFY(monitor.replacements() >= 1);
        QCOMPARE(monitor.reading()->fault.condition, GpuCondition::Stuck);
    }

    void aHelperThatCanNotBeStartedIsToldAndTriedAgain()
    {
        GpuHelperSetup setup;
        setup.command = {u"/nowhere/kernelyardctl"_s, {}, {}, {}};
        GpuMonitor monitor(setup);
        monitor.start();
        QTRY_VERIFY(monitor.replacements() >= 2);
        QCOMPARE(monitor.reading()->fault.condition, GpuCondition::Failed);
        QVERIFY(monitor.reading()->fault.evidence.contains(u"/nowhere/kernelyardctl"_s));
        QVERIFY(!readGpus(setup.command).result());
    }

    void aGpuPulledOutFallsOffTheBus()
    {
        Scenario scenario("gpus 3");
        GpuMonitor monitor(scenario.setup(quick));
        monitor.start();
        QTRY_COMPARE(conditionOf(monitor, 2), GpuCondition::Healthy);
        scenario.set("gpus 2");
        QTRY_COMPARE(conditionOf(monitor, 2), GpuCondition::FallenOffBus);
        QCOMPARE(monitor.reading()->gpus[2].name, u"Simulated A100"_s);
        // Also after the driver was initialised again and lists it no more.
        QTRY_VERIFY(monitor.reading()->gpus[2].fault.evidence.contains("no longer"_L1));
        QCOMPARE(conditionOf(monitor, 1), GpuCondition::Healthy);
        scenario.set("gpus 3");
        QTRY_COMPARE(conditionOf(monitor, 2), GpuCondition::Healthy);
        QCOMPARE(monitor.replacements(), 0);
    }

    void aGpuPulledOutOfTheMiddleIsBlamedItself()
    {
        Scenario scenario("gpus 4");
        GpuMonitor monitor(scenario.setup(quick));
        monitor.start();
        QTRY_COMPARE(conditionOf(monitor, 3), GpuCondition::Healthy);
        scenario.set("gpus 4\nremove 1");
        QTRY_COMPARE(conditionOf(monitor, 1), GpuCondition::FallenOffBus);
        QCOMPARE(monitor.reading()->gpus[1].uuid, u"GPU-00000001"_s);
        // Once NVML is initialised again those behind it move up.
        QTRY_COMPARE(monitor.reading()->gpus[1].uuid, u"GPU-00000002"_s);
        QCOMPARE(monitor.reading()->gpus.size(), 4);
        for (int i = 0; i < 3; ++i)
            QCOMPARE(conditionOf(monitor, i), GpuCondition::Healthy);
        const GpuStatus gone = monitor.reading()->gpus[3];
        QCOMPARE(gone.fault.condition, GpuCondition::FallenOffBus);
        QCOMPARE(gone.uuid, u"GPU-00000001"_s);
        QCOMPARE(gone.index, 3);
        QVERIFY2(gone.fault.evidence.contains("it was GPU 1"_L1), qPrintable(gone.fault.evidence));
        for (const GpuPoint &point : monitor.history().of(1))
            QCOMPARE(point.utilisation, 42.0F); // never that of the one that went
        scenario.set("gpus 4");
        QTRY_COMPARE_WITH_TIMEOUT(conditionOf(monitor, 3), GpuCondition::Healthy, 20'000);
        for (int i = 0; i < 4; ++i)
            QCOMPARE(monitor.reading()->gpus[i].uuid, u"GPU-0000000%1"_s.arg(i));
        QCOMPARE(monitor.replacements(), 0);
    }

    void aRemovedGpuIsLookedForEverMoreSeldom()
    {
        Scenario scenario("gpus 2");
        const QString calls = scenario.folder() + u"/calls"_s;
        GpuMonitor monitor(scenario.setup({u"--interval"_s, u"10"_s}));
        monitor.start();
        QTRY_COMPARE(conditionOf(monitor, 1), GpuCondition::Healthy);
        scenario.set("gpus 1\nlog " + QFile::encodeName(calls));
        const auto count = [&calls](const char *function) {
            QFile file(calls);
            return file.open(QIODevice::ReadOnly) ? file.readAll().count(function) : 0;
        };
        QTRY_VERIFY(count("nvmlDeviceGetCount_v2") >= 80);
        QVERIFY(count("nvmlInit_v2") <= 4); // after 10, 20, 40 …
        QVERIFY(count("nvmlInit_v2") >= 2);
    }

    void whatFellOffTheBusStaysSoWithAnyError()
    {
        Scenario scenario("gpus 2");
        GpuMonitor monitor(scenario.setup(quick));
        monitor.start();
        QTRY_COMPARE(conditionOf(monitor, 1), GpuCondition::Healthy);
        scenario.set("gpus 2\nerror nvmlDeviceGetUtilizationRates 15 1\nerror nvmlDeviceGetHandleByIndex_v2 999 1");
        QTRY_COMPARE(conditionOf(monitor, 1), GpuCondition::FallenOffBus);
        QTRY_COMPARE(monitor.reading()->gpus[1].fault.evidence, u"Unknown Error"_s);
        QCOMPARE(conditionOf(monitor, 1), GpuCondition::FallenOffBus);
        QCOMPARE(monitor.reading()->gpus[1].uuid, u"GPU-00000001"_s);
        QCOMPARE(monitor.reading()->gpus.size(), 2);
    }

    void aProcessWithoutANewSampleKeepsItsLoadForAWhile()
    {
        const Scenario scenario("process 0 77 12");
        GpuMonitor monitor(scenario.setup({u"--interval"_s, u"100"_s}));
        QList<int> loads;
        connect(&monitor, &GpuMonitor::readingChanged, &monitor, [&] {
            const auto processes = monitor.reading()->gpus.at(0).processes.value_or(QList<GpuProcess>());
            loads << (processes.isEmpty() ? -1 : processes[0].smPercent.value_or(-1));
        });
        monitor.start();
        QTRY_VERIFY(loads.contains(0));
        QVERIFY(!loads.contains(-1));
        QVERIFY(loads.count(33) > 10);
    }

    void oneStuckGpuHidesNoOther()
    {
        const Scenario scenario("gpus 3\nhang nvmlDeviceGetTemperature 0\nhang nvmlDeviceGetPowerUsage 2");
        const GpuReading reading = once(scenario, {u"--limit"_s, u"300"_s});
        QCOMPARE(reading.fault.condition, GpuCondition::Healthy);
        QCOMPARE(reading.gpus.size(), 3);
        QCOMPARE(reading.gpus[0].fault.condition, GpuCondition::Stuck);
        QVERIFY(reading.gpus[0].fault.evidence.contains("nvmlDeviceGetTemperature"_L1));
        QCOMPARE(reading.gpus[1].fault.condition, GpuCondition::Healthy);
        QCOMPARE(reading.gpus[1].temperatureCelsius, std::optional(55));
        QCOMPARE(reading.gpus[2].fault.condition, GpuCondition::Stuck);
        QVERIFY(reading.gpus[2].fault.evidence.contains("nvmlDeviceGetPowerUsage"_L1));
    }

    void aDriverThatSpeaksIsNoMissingGpu_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<GpuCondition>("condition");
        QTest::newRow("another version") << 18 << GpuCondition::DriverMismatch;
        QTest::newRow("forbidden") << 4 << GpuCondition::PermissionDenied;
        QTest::newRow("off the bus") << 15 << GpuCondition::FallenOffBus;
        QTest::newRow("blocked") << 17 << GpuCondition::Blocked;
        QTest::newRow("no GPU") << 28 << GpuCondition::NoDevice;
        QTest::newRow("no driver") << 9 << GpuCondition::NoDevice;
        QTest::newRow("any other failure") << 999 << GpuCondition::NoDevice;
    }

    /// Where /proc and /sys show no GPU: under WSL, in a container.
    void aDriverThatSpeaksIsNoMissingGpu()
    {
        QFETCH(int, code);
        QFETCH(GpuCondition, condition);
        const Scenario scenario("error nvmlInit_v2 " + QByteArray::number(code));
        QCOMPARE(once(scenario, {u"--no-smi"_s}).fault.condition, condition);
    }

    void theHelperEndsWithAKilledProgram_data()
    {
        QTest::addColumn<QByteArray>("driver");
        QTest::newRow("while it reads") << QByteArray("gpus 2");
        QTest::newRow("while the driver is stuck") << QByteArray("gpus 2\nhang nvmlDeviceGetTemperature 0");
    }

    void theHelperEndsWithAKilledProgram()
    {
        QFETCH(QByteArray, driver);
        const Scenario scenario(driver);
        QProcess program; // has a monitor as the window has
        program.setProgram(QStringLiteral(KERNELYARD_CTL));
        program.setArguments({u"gpu"_s, u"--watch"_s, u"--json"_s});
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const auto &[name, value] : scenario.helper().environment)
            environment.insert(name, value);
        program.setProcessEnvironment(environment);
        program.start();
        QVERIFY(program.waitForStarted());
        const auto parent = static_cast<pid_t>(program.processId());
        QTRY_COMPARE_WITH_TIMEOUT(gpuHelpersOf(parent).size(), 1, 20'000);
        const ProcessEntry helper = gpuHelpersOf(parent).first();
        QTRY_VERIFY_WITH_TIMEOUT(program.bytesAvailable() > 0, 20'000); // a reading, or that it is stuck
        QVERIFY(isAlive(helper));
        program.kill();
        QVERIFY(program.waitForFinished());
        QTRY_VERIFY_WITH_TIMEOUT(!isAlive(helper), 20'000);
    }

    void everyLineCutShortIsSurvived()
    {
        const GpuReading reading = once(Scenario("gpus 2\nmig 0 2\nprocess 1 9 9"));
        const QByteArray line =
            QJsonDocument(QJsonObject{{u"reading"_s, toJson(reading)}}).toJson(QJsonDocument::Compact);
        const auto whole = parseGpuHelperLine(line);
        QVERIFY(std::holds_alternative<GpuHelperReading>(whole));
        QVERIFY(std::get<GpuHelperReading>(whole).reading == reading);
        for (qsizetype size = 0; size < line.size(); ++size)
            QVERIFY(std::holds_alternative<GpuHelperNoise>(parseGpuHelperLine(line.first(size))));
    }
};

QTEST_GUILESS_MAIN(TestGpuMonitor)
#include "tst_gpumonitor.moc"
