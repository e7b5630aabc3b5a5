// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpureader.h"
#include "tests/gpu/scenario.h"

#include <QProcess>
#include <QTest>

#include <sys/stat.h>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

const QString bus = u"0000:01:00.0"_s;

/// Two GPUs of a driver that is loaded, and a log of what NVML is asked.
struct Laptop
{
    Laptop()
    {
        scenario.set("log " + QFile::encodeName(log) + '\n');
        qputenv("SIMULATED_NVML", QFile::encodeName(scenario.path()));
        write(root + u"/proc/driver/nvidia/version"_s,
              "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15  Mon Jan 1 00:00:00 UTC 2025\n");
        write(root + u"/proc/driver/nvidia/gpus/%1/information"_s.arg(bus),
              "Model: \t\t NVIDIA GeForce RTX 4060 Laptop GPU\nGPU UUID: \t GPU-????????\n");
        write(root + u"/sys/bus/pci/devices/%1/current_link_speed"_s.arg(bus), "2.5 GT/s PCIe\n");
        addKernelGpu(scenario, bus, u"nvidia"_s);
    }
    void setStatus(const QByteArray &status, const QString &of = bus) const
    {
        write(root + u"/sys/bus/pci/devices/%1/power/runtime_status"_s.arg(of), status + '\n');
    }
    GpuReaderOptions options(bool mayWake) const
    {
        return {QStringLiteral(SIMULATED_NVML_FOLDER "/simulated-nvml-580.so"), root, {}, false, mayWake};
    }
    QByteArray calls() const
    {
        QFile file(log);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    bool wasAsked() const { return QFile::exists(log); }

    Scenario scenario{{}};
    QString root = scenario.folder() + u"/root"_s;
    QString log = scenario.folder() + u"/log"_s;
};

} // namespace

/// GPUs that runtime power management has switched off.
class TestGpuSleep : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void onlyGpusThatAllSleepAreLeftAsleep_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second"); ///< of another GPU; empty: there is none
        QTest::addColumn<QString>("driver");    ///< of that
        QTest::addColumn<bool>("mayWake");
        QTest::addColumn<bool>("asked");
        const QByteArray asleep("suspended"), awake("active"), none;
        const QString nvidia = u"nvidia"_s;
        QTest::newRow("asleep") << asleep << none << nvidia << false << false;
        QTest::newRow("both asleep") << asleep << asleep << nvidia << false << false;
        QTest::newRow("one awake") << asleep << awake << nvidia << false << true;
        QTest::newRow("awake") << awake << none << nvidia << false << true;
        QTest::newRow("falling asleep") << QByteArray("suspending") << none << nvidia << false << true;
        QTest::newRow("power management is not compiled in") << none << none << nvidia << false << true;
        QTest::newRow("one without a driver is no sleeper") << asleep << asleep << QString() << false << true;
        QTest::newRow("asked by the user") << asleep << none << nvidia << true << true;
    }
    void onlyGpusThatAllSleepAreLeftAsleep()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        QFETCH(QString, driver);
        QFETCH(bool, mayWake);
        QFETCH(bool, asked);
        const Laptop laptop;
        if (!first.isEmpty())
            laptop.setStatus(first);
        if (!second.isEmpty()) {
            addKernelGpu(laptop.scenario, u"0000:02:00.0"_s, driver);
            laptop.setStatus(second, u"0000:02:00.0"_s);
        }
        CallWatch watch;
        const GpuReading reading = GpuReader(watch, laptop.options(mayWake)).read();
        QCOMPARE(laptop.wasAsked(), asked);
        QCOMPARE(reading.source, asked ? GpuSource::Nvml : GpuSource::Kernel);
        QCOMPARE(reading.fault.condition, GpuCondition::Healthy);
        QCOMPARE(reading.moduleVersion, u"570.86.15"_s);
        if (asked)
            return;
        for (const GpuStatus &gpu : reading.gpus)
            QCOMPARE(gpu.fault.condition, GpuCondition::Asleep);
        QCOMPARE(reading.gpus[0].driver, u"570.86.15"_s);
        QVERIFY(
            reading.gpus[0].name.isEmpty()); // to ask the driver for it, or the bus for the link, would wake the GPU
        QVERIFY(!reading.gpus[0].pcieGeneration);
        QVERIFY(!reading.gpus[0].processes);
    }

    void aWatchReadsItWhenItWakes()
    {
        const Laptop laptop;
        laptop.setStatus("suspended");
        GpuMonitor monitor(laptop.scenario.setup({u"--interval"_s, u"20"_s}));
        const auto condition = [&monitor] {
            return monitor.reading() && !monitor.reading()->gpus.isEmpty() ? monitor.reading()->gpus[0].fault.condition
                                                                           : GpuCondition::NoDevice;
        };
        monitor.start();
        QTRY_COMPARE(condition(), GpuCondition::Asleep);
        QVERIFY(!laptop.wasAsked());
        laptop.setStatus("active");
        QTRY_COMPARE(condition(), GpuCondition::Healthy);
        QCOMPARE(monitor.reading()->source, GpuSource::Nvml);
        QCOMPARE(monitor.replacements(), 0);
    }

    void aRecordBeginsWhenItWakes()
    {
        const Laptop laptop;
        const QString status = laptop.root + u"/sys/bus/pci/devices/%1/power/runtime_status"_s.arg(bus);
        QDir().mkpath(status.section(u'/', 0, -2));
        QCOMPARE(::mkfifo(QFile::encodeName(status).constData(), 0600), 0); // its reader waits for us
        const QString record = laptop.scenario.folder() + u"/gpu.jsonl"_s;
        const Command helper = laptop.scenario.helper({u"--interval"_s, u"20"_s, u"--append"_s, record, u"--no-smi"_s});
        QProcess process;
        process.setProgram(helper.program);
        process.setArguments(helper.arguments);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const auto &[name, value] : helper.environment)
            environment.insert(name, value);
        process.setProcessEnvironment(environment);
        process.start();
        QVERIFY(process.waitForStarted());
        QFile first(status);
        QVERIFY(first.open(QIODevice::WriteOnly));
        QVERIFY(QFile::remove(status));
        laptop.setStatus("active"); // for the next reading
        QVERIFY(first.write("suspended\n") > 0);
        first.close();
        QTRY_VERIFY(QFileInfo(record).size() > 0);
        QVERIFY(laptop.wasAsked());
        process.kill();
        QVERIFY(process.waitForFinished());
    }

    void aWatchLetsGoOfWhatCouldSleep_data()
    {
        QTest::addColumn<QByteArray>("lines");
        QTest::addColumn<QByteArray>("control");
        QTest::addColumn<QByteArray>("power");
        QTest::addColumn<bool>("mayWake");
        QTest::addColumn<bool>("letsGo");
        const QByteArray idle("idle\n"), on("on"), automatic("auto"),
            enabled("Runtime D3 status:          Enabled (fine-grained)\nVideo Memory:               Active\n"),
            disabled("Runtime D3 status:          Disabled by default\n");
        QTest::newRow("idle") << idle << automatic << enabled << false << true;
        QTest::newRow("used") << QByteArray() << automatic << enabled << false << false;
        QTest::newRow("a process waits") << idle + "process 0 31 100\n" << automatic << enabled << false << false;
        QTest::newRow("processes are not told") << idle + "error nvmlDeviceGetComputeRunningProcesses_v2 4\n"
                                                << automatic << enabled << false << false;
        QTest::newRow("the kernel keeps it awake") << idle << on << enabled << false << false;
        QTest::newRow("the driver keeps it awake") << idle << automatic << disabled << false << false;
        QTest::newRow("the driver says nothing of it") << idle << automatic << QByteArray() << false << false;
        QTest::newRow("asked by the user") << idle << automatic << enabled << true << false;
    }
    void aWatchLetsGoOfWhatCouldSleep()
    {
        QFETCH(QByteArray, lines);
        QFETCH(QByteArray, control);
        QFETCH(QByteArray, power);
        QFETCH(bool, mayWake);
        QFETCH(bool, letsGo);
        Laptop laptop;
        laptop.scenario.set(lines + "log " + QFile::encodeName(laptop.log) + '\n');
        laptop.setStatus("active");
        write(laptop.root + u"/sys/bus/pci/devices/%1/power/control"_s.arg(bus), control + '\n');
        write(laptop.root + u"/proc/driver/nvidia/gpus/%1/power"_s.arg(bus), power);
        CallWatch watch;
        GpuReaderOptions options = laptop.options(mayWake);
        options.idle = std::chrono::milliseconds(0); // so that the first reading decides
        GpuReader reader(watch, options);
        QCOMPARE(reader.read().source, GpuSource::Nvml);
        QCOMPARE(laptop.calls().contains("nvmlShutdown"), letsGo);
        QCOMPARE(reader.read().source, GpuSource::Nvml); // it did not fall asleep
        QCOMPARE(laptop.calls().count("nvmlInit_v2"), letsGo ? 2 : 1);
        if (!letsGo)
            return;
        laptop.setStatus("suspended");
        const GpuStatus asleep = reader.read().gpus.at(0);
        QCOMPARE(asleep.fault.condition, GpuCondition::Asleep);
        QCOMPARE(asleep.name, u"NVIDIA GeForce RTX 4060 Laptop GPU"_s); // from when it was awake
        laptop.setStatus("active");
        const GpuReading woken = reader.read();
        QCOMPARE(woken.gpus.size(), 1);
        QCOMPARE(woken.gpus[0].fault.condition, GpuCondition::Healthy);
        QCOMPARE(laptop.calls().count("nvmlInit_v2"), 3);
    }

    void whatWouldWakeIsAskedOnlyWhereItMay()
    {
        const Laptop laptop;
        laptop.setStatus("active"); // and about to fall asleep
        const GpuStatus asked = readKernelGpus(laptop.root, Waking::Allowed).gpus.at(0);
        QCOMPARE(asked.name, u"NVIDIA GeForce RTX 4060 Laptop GPU"_s);
        QCOMPARE(asked.pcieGeneration, std::optional(1));
        const GpuStatus avoided = readKernelGpus(laptop.root, Waking::Avoided).gpus.at(0);
        QCOMPARE(avoided.busId, bus);
        QVERIFY(avoided.name.isEmpty() && !avoided.pcieGeneration);
    }

    void itIsTriedEverMoreRarelyWhetherTheyFallAsleep()
    {
        using namespace std::chrono_literals;
        GpuRest rest(60s);
        const GpuRest::Clock::time_point begin{};
        const auto at = [begin](std::chrono::seconds seconds) { return begin + 1h + seconds; };
        QVERIFY(!rest.letsGo(true, at(0s)));
        QVERIFY(!rest.letsGo(true, at(59s)));
        QVERIFY(!rest.letsGo(false, at(59s))); // used for a moment
        QVERIFY(!rest.letsGo(true, at(60s)));
        QVERIFY(!rest.letsGo(true, at(119s)));
        QVERIFY(rest.letsGo(true, at(120s)));
        QVERIFY(rest.isTried(at(149s)));
        QVERIFY(!rest.isTried(at(150s))); // something else keeps them awake
        const auto nextAfter = [&](std::chrono::seconds from) {
            std::chrono::seconds next = from;
            while (!rest.letsGo(true, at(next)))
                next += 1s;
            return next;
        };
        std::chrono::seconds last = 150s;
        for (const std::chrono::seconds pause : {600s, 1200s, 2400s, 4800s, 9600s, 9600s}) {
            QVERIFY(nextAfter(last) - last == pause);
            last += pause + 30s;
            QVERIFY(!rest.isTried(at(last)));
        }
        last = nextAfter(last);
        rest.slept();
        QVERIFY(!rest.isTried(at(last + 1s))); // woken by something else, to be seen at once
        QVERIFY(nextAfter(last + 1s) - last == 61s);
    }

    void sleepIsNoTrouble()
    {
        for (int i = 0; i <= static_cast<int>(GpuCondition::Failed); ++i) {
            const auto condition = static_cast<GpuCondition>(i);
            const bool calm = condition == GpuCondition::Healthy || condition == GpuCondition::NoDevice ||
                              condition == GpuCondition::Asleep;
            QVERIFY2(isTrouble(condition) == !calm, qPrintable(conditionName(condition)));
        }
        const GpuNotice notice = noticeOf({GpuCondition::Asleep, {}}, u"GPU 0"_s);
        QVERIFY(notice.message.startsWith("GPU 0 "_L1) && !notice.remedy.isEmpty() && !notice.fix);
    }
};

QTEST_GUILESS_MAIN(TestGpuSleep)
#include "tst_gpusleep.moc"
