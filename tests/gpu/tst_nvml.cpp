// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpujson.h"
#include "core/gpu/gpureader.h"
#include "core/process/run.h"
#include "tests/gpu/scenario.h"

#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

/// What a reading tells of drivers, slices, and GPUs that NVML says little or nothing of.
class TestNvml : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void processesAreReadWhateverTheirRecordsSize_data()
    {
        QTest::addColumn<int>("generation");
        QTest::addColumn<int>("processes");
        QTest::newRow("R470") << 470 << 3;
        QTest::newRow("R535.54, whose version 3 has larger records") << 535 << 3;
        QTest::newRow("R535.54, more than one list has room for") << 535 << 700;
        QTest::newRow("R580") << 580 << 3;
        QTest::newRow("R390, more than one list has room for") << 390 << 700;
    }
    void processesAreReadWhateverTheirRecordsSize()
    {
        QFETCH(int, generation);
        QFETCH(int, processes);
        QByteArray lines;
        for (int i = 0; i < processes; ++i)
            lines += "process 0 " + QByteArray::number(1'000'000 + i) + " " + QByteArray::number(10 + i) + "\n";
        const auto told = once(Scenario(lines, generation)).gpus.at(0).processes;
        QVERIFY(told);
        QCOMPARE(told->size(), processes);
        for (int i = 0; i < processes; ++i) {
            QCOMPARE(told->at(i).pid, 1'000'000 + i);
            QCOMPARE(told->at(i).memoryBytes, std::optional(qint64(10 + i) << 20));
            QVERIFY(!told->at(i).gpuInstance);
        }
    }

    void slicesTellAUserWhatTheirGpuDoesNot()
    {
        const GpuStatus gpu = once(Scenario("mig 0 3\nunprivileged\nprocess 0 5 100\n")).gpus.at(0);
        QCOMPARE(gpu.fault.condition, GpuCondition::Healthy);
        QVERIFY(gpu.processes);
        QCOMPARE(gpu.processes->size(), 1);
        QCOMPARE(gpu.processes->at(0).gpuInstance, std::optional(1));
        QCOMPARE(gpu.memoryTotalBytes, std::optional(30LL << 30));
        QCOMPARE(gpu.memoryUsedBytes, std::optional(6LL << 30));
    }

    void slicesTellTheirUtilisationWhereGpmDoes_data()
    {
        QTest::addColumn<int>("generation");
        QTest::addColumn<QByteArray>("lines");
        QTest::addColumn<std::optional<int>>("first"); ///< of GPU instance 1
        QTest::addColumn<std::optional<int>>("last");  ///< of GPU instance 7
        const std::optional<int> unknown;
        QTest::newRow("R580 and Hopper") << 580 << QByteArray("gpm 0 40") << std::optional(40) << std::optional(41);
        QTest::newRow("R535 and Hopper") << 535 << QByteArray("gpm 0 0") << std::optional(0) << std::optional(1);
        QTest::newRow("a little over all of it")
            << 580 << QByteArray("gpm 0 100") << std::optional(100) << std::optional(100);
        QTest::newRow("R470, before GPM") << 470 << QByteArray("gpm 0 40") << unknown << unknown;
        QTest::newRow("Ampere") << 580 << QByteArray() << unknown << unknown;
        QTest::newRow("another GPU has it") << 580 << QByteArray("gpus 2\ngpm 1 40") << unknown << unknown;
        QTest::newRow("the metric alone is untold") << 580 << QByteArray("gpm 0 -1") << unknown << unknown;
        for (const char *function :
             {"nvmlGpmQueryDeviceSupport", "nvmlGpmSampleAlloc", "nvmlGpmMigSampleGet", "nvmlGpmMetricsGet"})
            for (const char *code : {"3", "4", "999"})
                QTest::addRow("%s returns %s", function, code)
                    << 580 << "gpm 0 40\nerror " + QByteArray(function) + " " + code << unknown << unknown;
    }
    void slicesTellTheirUtilisationWhereGpmDoes()
    {
        QFETCH(int, generation);
        QFETCH(QByteArray, lines);
        QFETCH(std::optional<int>, first);
        QFETCH(std::optional<int>, last);
        const GpuStatus gpu = once(Scenario("mig 0 7\n" + lines, generation)).gpus.at(0);
        QCOMPARE(gpu.fault.condition, GpuCondition::Healthy);
        QCOMPARE(gpu.slices.size(), 7);
        QCOMPARE(gpu.slices[0].utilisationPercent, first);
        QCOMPARE(gpu.slices[6].utilisationPercent, last);
        QCOMPARE(gpu.slices[6].memoryTotalBytes, std::optional(10LL << 30));
    }

    void theTemperatureLimitIsTheMarginsWhereThereIsNoThreshold()
    {
        const auto limit = [](const QByteArray &lines, int generation = 580) {
            return once(Scenario(lines, generation)).gpus.at(0).temperatureLimitCelsius;
        };
        const QByteArray noThreshold = "error nvmlDeviceGetTemperatureThreshold 3\n";
        QCOMPARE(limit({}), std::optional(85));
        QCOMPARE(limit(noThreshold), std::optional(55 + 32));
        QVERIFY(!limit(noThreshold, 535)); // which has no such call
        QVERIFY(!limit(noThreshold + "error nvmlDeviceGetMarginTemperature 3\n"));
    }

    void aGpuLostWhenItsSlicesAreSampledIsSaidToBe()
    {
        const GpuReading reading = once(Scenario("gpus 2\nmig 1 2\ngpm 1 40\nerror nvmlGpmMigSampleGet 15 1"));
        QCOMPARE(reading.gpus[0].fault.condition, GpuCondition::Healthy);
        QCOMPARE(reading.gpus[1].fault.condition, GpuCondition::FallenOffBus);
    }

    void samplesAreKeptForTheNextReadingAndGivenBack()
    {
        Scenario scenario({});
        const QString log = scenario.folder() + u"/log"_s;
        const QByteArray begin = "gpus 2\ngpm 0 40\nlog " + QFile::encodeName(log) + '\n';
        scenario.set(begin + "mig 0 3\n");
        qputenv("SIMULATED_NVML", QFile::encodeName(scenario.path()));
        const auto calls = [&log] {
            QFile file(log);
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        const auto kept = [&calls] {
            const QByteArray all = calls();
            return all.count("nvmlGpmSampleAlloc") - all.count("nvmlGpmSampleFree");
        };
        CallWatch watch;
        {
            GpuReader reader(watch, {QStringLiteral(SIMULATED_NVML_FOLDER "/simulated-nvml-580.so"),
                                     scenario.folder() + u"/root"_s,
                                     {},
                                     false});
            const auto slices = [&reader] { return reader.read().gpus.at(0).slices; };
            QVERIFY(!slices().at(2).utilisationPercent); // of one sample nothing can be told
            QCOMPARE(kept(), 3);
            QTRY_COMPARE(slices().at(2).utilisationPercent, std::optional(40));
            QCOMPARE(kept(), 3);
            scenario.set(begin + "mig 0 1\n");
            QCOMPARE(slices().size(), 1);
            QCOMPARE(kept(), 1);
            scenario.set(begin + "mig 0 1\nremove 0\n");
            QCOMPARE(reader.read().gpus.at(0).fault.condition, GpuCondition::FallenOffBus);
            QCOMPARE(kept(), 0);
            scenario.set(begin + "mig 0 2\n"); // it comes back with the next initialisation
            QTRY_COMPARE(slices().value(1).utilisationPercent, std::optional(40));
            QCOMPARE(kept(), 2);
        }
        QCOMPARE(kept(), 0);
        QVERIFY(calls().endsWith("nvmlShutdown -1\n")); // the samples were given back before
    }

    void theCommandTellsTheUtilisationOfSlices()
    {
        const Scenario scenario("gpus 2\nmig 0 1\nmig 1 1\ngpm 0 61");
        Command command = scenario.helper();
        command.arguments = QStringList{u"gpu"_s};
        const Result<Completed> done = run(command, std::chrono::seconds(60));
        QVERIFY(done);
        QVERIFY2(done->out.contains("slice 0  1g.10gb  61 %  2.0 of 10.0 GiB"), done->out.constData());
        QVERIFY2(done->out.contains("slice 0  1g.10gb  \u2013  2.0 of 10.0 GiB"), done->out.constData());
    }

    void noProcessIsNotTheSameAsNotTold()
    {
        const GpuStatus none = once(Scenario("")).gpus.at(0);
        QVERIFY(none.processes && none.processes->isEmpty());
        QVERIFY(toJson(none).contains("processes"_L1));
        const GpuStatus forbidden = once(Scenario("error nvmlDeviceGetComputeRunningProcesses_v2 4")).gpus.at(0);
        QVERIFY(!forbidden.processes);
        QVERIFY(!toJson(forbidden).contains("processes"_L1));
    }

    void aGpuThatAnswersNothingIsNotHealthy_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("config");
        QTest::addColumn<GpuCondition>("condition");
        const QByteArray there("\xde\x10\x84\x26", 4), off(4, '\xff');
        QTest::newRow("unknown error") << 999 << there << GpuCondition::Failed;
        QTest::newRow("unknown error, and off the bus") << 999 << off << GpuCondition::FallenOffBus;
        QTest::newRow("blocked") << 17 << there << GpuCondition::Blocked;
        QTest::newRow("not initialised") << 1 << there << GpuCondition::Failed;
        QTest::newRow("forbidden") << 4 << there << GpuCondition::PermissionDenied;
        QTest::newRow("offers none of it") << 3 << there << GpuCondition::Healthy;
    }
    void aGpuThatAnswersNothingIsNotHealthy()
    {
        QFETCH(int, code);
        QFETCH(QByteArray, config);
        QFETCH(GpuCondition, condition);
        QByteArray lines = "gpus 2\n";
        for (const char *function :
             {"nvmlDeviceGetUtilizationRates", "nvmlDeviceGetMemoryInfo_v2", "nvmlDeviceGetMemoryInfo",
              "nvmlDeviceGetTemperature", "nvmlDeviceGetPowerUsage", "nvmlDeviceGetEnforcedPowerLimit",
              "nvmlDeviceGetClockInfo", "nvmlDeviceGetCurrentClocksEventReasons"})
            lines += QByteArray("error ") + function + " " + QByteArray::number(code) + " 1\n";
        const Scenario scenario(lines);
        addKernelGpu(scenario, u"0000:01:00.0"_s);
        addKernelGpu(scenario, u"0000:02:00.0"_s, {}, config);
        const GpuReading reading = once(scenario);
        QCOMPARE(reading.gpus.size(), 2);
        QCOMPARE(reading.gpus[0].fault.condition, GpuCondition::Healthy);
        QCOMPARE(reading.gpus[1].fault.condition, condition);
        QCOMPARE(reading.gpus[1].name, u"Simulated A100"_s);
    }

    void oneThatNvmlHasNoHandleOfIsNamedByTheKernel()
    {
        const Scenario scenario("gpus 2\nerror nvmlDeviceGetHandleByIndex_v2 999 0");
        addKernelGpu(scenario, u"0000:00:02.0"_s, u"vfio-pci"_s);
        addKernelGpu(scenario, u"0000:01:00.0"_s, {}, QByteArray(4, '\xff'));
        addKernelGpu(scenario, u"0000:02:00.0"_s);
        const GpuReading reading = once(scenario);
        QCOMPARE(reading.gpus.size(), 2);
        QCOMPARE(reading.gpus[0].busId, u"0000:01:00.0"_s);
        QCOMPARE(reading.gpus[0].fault.condition, GpuCondition::FallenOffBus);
        QCOMPARE(reading.gpus[1].fault.condition, GpuCondition::Healthy);
    }

    void whatNvmlDoesNotListIsShown()
    {
        const Scenario scenario("gpus 1");
        const QString root = scenario.folder() + u"/root"_s;
        addKernelGpu(scenario, u"0000:01:00.0"_s, u"nvidia"_s);
        addKernelGpu(scenario, u"0000:02:00.0"_s);                                     // no driver took it
        addKernelGpu(scenario, u"0000:03:00.0"_s, u"vfio-pci"_s);                      // a virtual machine's
        addKernelGpu(scenario, u"0000:04:00.0"_s, u"nvidia"_s);                        // another container's
        addKernelGpu(scenario, u"0000:05:00.0"_s, u"nvidia"_s, QByteArray(4, '\xff')); // ours
        for (int minor : {4, 5})
            write(root + u"/proc/driver/nvidia/gpus/0000:0%1:00.0/information"_s.arg(minor),
                  "Model: \t\t NVIDIA L4\nDevice Minor: \t " + QByteArray::number(minor) + "\n");
        write(root + u"/dev/nvidia5"_s, "");
        const GpuReading reading = once(scenario);
        QCOMPARE(reading.fault.condition, GpuCondition::Healthy);
        QCOMPARE(reading.gpus.size(), 3);
        QCOMPARE(reading.gpus[1].busId, u"0000:02:00.0"_s);
        QCOMPARE(reading.gpus[1].index, 1);
        QCOMPARE(reading.gpus[1].fault.condition, GpuCondition::NotTaken);
        QCOMPARE(reading.gpus[2].name, u"NVIDIA L4"_s);
        QCOMPARE(reading.gpus[2].fault.condition, GpuCondition::FallenOffBus);
    }

    void theOnlyGpuMayBeUnlisted()
    {
        const Scenario scenario("gpus 0");
        addKernelGpu(scenario, u"0000:01:00.0"_s);
        write(scenario.folder() + u"/root/proc/driver/nvidia/version"_s,
              "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15  Mon Jan 1 00:00:00 UTC 2025\n");
        const GpuReading reading = once(scenario, {u"--no-smi"_s});
        QCOMPARE(reading.fault.condition, GpuCondition::NotTaken);
        QCOMPARE(reading.gpus.size(), 1);
        QCOMPARE(reading.gpus[0].fault.condition, GpuCondition::NotTaken);
    }

    void aDriverWithoutItsNodesIsNamed_data()
    {
        QTest::addColumn<bool>("node");
        QTest::addColumn<GpuCondition>("condition");
        QTest::newRow("missing, as after a start without a display") << false << GpuCondition::NoDeviceNodes;
        QTest::newRow("there") << true << GpuCondition::NoDriver;
    }
    void aDriverWithoutItsNodesIsNamed()
    {
        QFETCH(bool, node);
        QFETCH(GpuCondition, condition);
        const Scenario scenario("error nvmlInit_v2 9");
        addKernelGpu(scenario, u"0000:01:00.0"_s, u"nvidia"_s);
        const QString root = scenario.folder() + u"/root"_s;
        write(root + u"/proc/driver/nvidia/version"_s,
              "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15  Mon Jan 1 00:00:00 UTC 2025\n");
        if (node)
            write(root + u"/dev/nvidiactl"_s, "");
        const GpuFault fault = once(scenario, {u"--no-smi"_s}).fault;
        QCOMPARE(fault.condition, condition);
        QCOMPARE(noticeOf(fault, {}).fix->display().contains("nvidia-modprobe -c 255 -c 0"_L1), !node);
    }

    void underWslTheDriverIsWindows()
    {
        const Scenario scenario("error nvmlInit_v2 999");
        QCOMPARE(once(scenario, {u"--no-smi"_s}).fault.condition, GpuCondition::NoDevice);
        write(scenario.folder() + u"/root/dev/dxg"_s, "");
        QCOMPARE(once(scenario, {u"--no-smi"_s}).fault.condition, GpuCondition::Failed);
        const QStringList none{u"--no-smi"_s, u"--library"_s, u"/nowhere/libnvidia-ml.so.1"_s};
        QCOMPARE(once(scenario, none).fault.condition, GpuCondition::NoDevice); // another vendor's GPU
    }

    void theLoaderFindsTheLibrary_data()
    {
        QTest::addColumn<QString>("first");
        QTest::newRow("by its usual name") << QStringLiteral(SIMULATED_NVML_FOLDER "/simulated-nvml-580.so");
        QTest::newRow("by the next one, where that is none") << QStringLiteral(SIMULATED_NVML_FOLDER "/nothing.so");
    }
    void theLoaderFindsTheLibrary()
    {
        QFETCH(QString, first);
        const Scenario scenario("gpus 3");
        QDir().mkpath(scenario.folder() + u"/lib"_s);
        QFile::link(first, scenario.folder() + u"/lib/libnvidia-ml.so.1"_s);
        QFile::link(QStringLiteral(SIMULATED_NVML_FOLDER "/simulated-nvml-580.so"),
                    scenario.folder() + u"/lib/libnvidia-ml.so"_s);
        Command helper = scenario.helper();
        helper.environment.last().second.clear(); // KERNELYARD_NVML_LIBRARY
        helper.environment << std::pair(u"LD_LIBRARY_PATH"_s, scenario.folder() + u"/lib"_s);
        const Result<GpuReading> reading = readGpus(helper).result();
        QVERIFY(reading);
        QCOMPARE(reading->source, GpuSource::Nvml);
        QCOMPARE(reading->gpus.size(), 3);
    }

    void aResetNamesTheGpuByWhatDoesNotChange()
    {
        const GpuReading reading = once(Scenario("gpus 2\nerror nvmlDeviceGetPowerUsage 16 1"));
        const GpuStatus &gpu = reading.gpus.at(1);
        const GpuNotice notice = noticeOf(gpu.fault, u"GPU 1"_s, gpu.id());
        QVERIFY(notice.fix->arguments.contains(u"--id=0000:02:00.0"_s));
        QVERIFY(notice.remedy.contains("Kernelyard"_L1));
        QVERIFY(!noticeOf(gpu.fault, u"GPU 1"_s).fix); // better none than another GPU
    }
};

QTEST_GUILESS_MAIN(TestNvml)
#include "tst_nvml.moc"
