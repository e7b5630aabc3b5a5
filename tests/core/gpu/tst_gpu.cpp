// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/architecture.h"
#include "core/gpu/kernelgpus.h"
#include "core/gpu/nvidiasmi.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

QByteArray data(const QString &name)
{
    QFile file(QStringLiteral(KERNELYARD_TEST_DATA) + u"/gpu/"_s + name);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("missing test data %s", qPrintable(file.fileName()));
    return file.readAll();
}

/// Puts a program named nvidia-smi alone into PATH for the life of the object.
class FakeTool
{
public:
    explicit FakeTool(const QByteArray &script)
    {
        if (!script.isEmpty()) {
            QFile file(m_folder.filePath(u"nvidia-smi"_s));
            if (!file.open(QIODevice::WriteOnly))
                qFatal("can't write %s", qPrintable(file.fileName()));
            file.write("#!/bin/sh\n" + script);
            file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        }
        qputenv("PATH", QFile::encodeName(m_folder.path()));
    }
    ~FakeTool() { qputenv("PATH", m_path); }

private:
    QByteArray m_path = qgetenv("PATH");
    QTemporaryDir m_folder;
};

} // namespace

class TestGpu : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsDriver390()
    {
        const auto reading = parseNvidiaSmi(data(u"r390.xml"_s));
        QVERIFY(reading);
        QCOMPARE(reading->driver, u"390.157"_s);
        QVERIFY(reading->cuda.isEmpty());
        QCOMPARE(reading->gpus.size(), 1);
        const GpuStatus &gpu = reading->gpus[0];
        QCOMPARE(gpu.name, u"GeForce GTX 1080 Ti"_s);
        QCOMPARE(gpu.busId, u"0000:01:00.0"_s);
        QCOMPARE(gpu.display, std::optional(true));
        QCOMPARE(gpu.persistence, std::optional(false));
        QCOMPARE(gpu.utilisationPercent, std::optional(3));
        QCOMPARE(gpu.memoryUsedBytes, std::optional(610LL << 20));
        QCOMPARE(gpu.temperatureLimitCelsius, std::optional(93));
        QCOMPARE(gpu.powerWatts, std::optional(17.42));
        QCOMPARE(gpu.powerLimitWatts, std::optional(250.0));
        QCOMPARE(gpu.throttleReasons, std::optional(QStringList()));
        QVERIFY(!gpu.eccOn && !gpu.mig);
        QCOMPARE(gpu.pcieGeneration, std::optional(1));
        QCOMPARE(gpu.pcieGenerationMax, std::optional(3));
        QCOMPARE(gpu.pcieWidth, std::optional(16));
        QCOMPARE(gpu.smClockMaxMHz, std::optional(1911));
        QCOMPARE(gpu.processes->size(), 1);
        QCOMPARE(gpu.processes->at(0).pid, 2214);
        QVERIFY(gpu.processes->at(0).graphics);
    }

    void readsMigOfDriver470()
    {
        const auto reading = parseNvidiaSmi(data(u"r470-mig.xml"_s));
        QVERIFY(reading);
        QCOMPARE(reading->cuda, u"11.4"_s);
        const GpuStatus &gpu = reading->gpus.at(0);
        QCOMPARE(gpu.mig, std::optional(true));
        QVERIFY(!gpu.utilisationPercent);
        QCOMPARE(gpu.slices.size(), 2);
        QCOMPARE(gpu.slices[1].gpuInstance, std::optional(2));
        QCOMPARE(gpu.slices[1].memoryUsedBytes, std::optional(8430LL << 20));
        QCOMPARE(gpu.slices[0].multiprocessors, std::optional(42));
        QCOMPARE(gpu.eccCorrected, std::optional(qint64(4)));
        QCOMPARE(gpu.throttleReasons,
                 std::optional(QStringList{u"power cap"_s, u"hardware slowdown"_s, u"hardware thermal"_s}));
        QCOMPARE(gpu.processes->at(0).gpuInstance, std::optional(2));
    }

    void readsDriver580()
    {
        const auto reading = parseNvidiaSmi(data(u"r580.xml"_s));
        QVERIFY(reading);
        QCOMPARE(reading->cuda, u"13.0"_s);
        QCOMPARE(reading->gpus.size(), 2);
        const GpuStatus &first = reading->gpus[0];
        QCOMPARE(first.powerWatts, std::optional(548.3));
        QCOMPARE(first.powerLimitWatts, std::optional(600.0));
        QCOMPARE(first.memoryTotalBytes, std::optional(143771LL << 20));
        QCOMPARE(first.temperatureLimitCelsius, std::optional(85)); // 63, and 22 that are left
        QCOMPARE(first.throttleReasons, std::optional(QStringList()));
        QVERIFY(first.slices.isEmpty());
        QCOMPARE(first.eccCorrected, std::optional(qint64(5))); // of both memories
        QCOMPARE(first.eccUncorrected, std::optional(qint64(3)));
        const GpuStatus &second = reading->gpus[1];
        QCOMPARE(second.index, 1);
        QVERIFY(!second.utilisationPercent && !second.mig && !second.throttleReasons && !second.smClockMHz);
        QCOMPARE(second.powerWatts, std::optional(24.1)); // the average, where there is no other
        QCOMPARE(second.eccOn, std::optional(false));
    }

    void everyCutOfTheDocumentIsSurvived_data()
    {
        QTest::addColumn<QString>("file");
        for (const char *name : {"r390.xml", "r470-mig.xml", "r580.xml"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }
    void everyCutOfTheDocumentIsSurvived()
    {
        QFETCH(QString, file);
        const QByteArray whole = data(file);
        const qsizetype end = whole.lastIndexOf('>');
        for (qsizetype size = 0; size < end; size += 7) {
            const auto reading = parseNvidiaSmi(whole.first(size));
            QVERIFY(!reading);
            QCOMPARE(reading.error().kind, ErrorKind::Failed);
        }
    }

    void refusesWhatIsNoDocument_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("a sentence") << QByteArray("No devices were found\n");
        QTest::newRow("another document") << QByteArray("<html><body/></html>");
        QTest::newRow("nested without end")
            << QByteArray(QByteArray("<nvidia_smi_log>") + QByteArray("<a>").repeated(5000));
    }
    void refusesWhatIsNoDocument()
    {
        QFETCH(QByteArray, text);
        QVERIFY(!parseNvidiaSmi(text));
    }

    void asksTheToolAndItsCapabilities()
    {
        const QTemporaryDir folder;
        const QString asked = folder.filePath(u"asked"_s);
        const FakeTool tool("case \"$1\" in --query-gpu=*) echo once >> " + QFile::encodeName(asked) +
                            "; echo 'GPU-6f0e1a52-0000-0000-0000-000000000581, 8.9'; echo "
                            "'GPU-6f0e1a52-0000-0000-0000-000000000580, 9.0';; *) while IFS= read -r l; do "
                            "printf '%s\\n' \"$l\"; done < " +
                            QFile::encodeName(QStringLiteral(KERNELYARD_TEST_DATA "/gpu/r580.xml")) + ";; esac");
        NvidiaSmi smi;
        QVERIFY(smi.read(10s));
        const auto reading = smi.read(10s);
        QFile times(asked);
        QVERIFY(times.open(QIODevice::ReadOnly));
        QCOMPARE(times.readAll(), QByteArray("once\n")); // what does not change
        QVERIFY(reading);
        QCOMPARE(reading->source, GpuSource::NvidiaSmi);
        QCOMPARE(reading->gpus.at(0).computeCapability, std::optional(u"9.0"_s));
        QCOMPARE(reading->gpus.at(1).computeCapability, std::optional(u"8.9"_s));
    }

    void namesTheToolsFailures_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::addColumn<GpuCondition>("expected");
        QTest::newRow("mismatch") << QByteArray(
                                         "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18")
                                  << GpuCondition::DriverMismatch;
        QTest::newRow("mismatch of an old tool, by its words")
            << QByteArray("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 255")
            << GpuCondition::DriverMismatch;
        QTest::newRow("no device") << QByteArray("echo 'No devices were found'; exit 6") << GpuCondition::NoDevice;
        QTest::newRow("no driver") << QByteArray(
                                          "echo \"NVIDIA-SMI has failed because it couldn't communicate with the "
                                          "NVIDIA driver.\"; exit 9")
                                   << GpuCondition::NoDriver;
        QTest::newRow("off the bus") << QByteArray("echo 'Unable to determine the device handle for GPU'; exit 15")
                                     << GpuCondition::FallenOffBus;
        QTest::newRow("permission") << QByteArray("echo 'Insufficient Permissions'; exit 4")
                                    << GpuCondition::PermissionDenied;
        QTest::newRow("interrupts") << QByteArray("echo 'Interrupt Request Issue'; exit 10")
                                    << GpuCondition::NoInterrupts;
        QTest::newRow("infoROM") << QByteArray("echo 'infoROM is corrupted'; exit 14") << GpuCondition::BrokenInforom;
        QTest::newRow("power cables") << QByteArray("echo 'Insufficient External Power'; exit 8")
                                      << GpuCondition::NoPower;
        QTest::newRow("anything else") << QByteArray("echo 'boom'; exit 255") << GpuCondition::Failed;
    }
    void namesTheToolsFailures()
    {
        QFETCH(QByteArray, script);
        QFETCH(GpuCondition, expected);
        const FakeTool tool(script);
        const auto reading = NvidiaSmi().read(10s);
        QVERIFY(reading);
        QCOMPARE(reading->fault.condition, expected);
        QVERIFY(!reading->fault.evidence.isEmpty());
    }

    void noToolIsMissing()
    {
        const FakeTool none{{}};
        const auto reading = NvidiaSmi().read(10s);
        QVERIFY(!reading);
        QCOMPARE(reading.error().kind, ErrorKind::Missing);
    }

    void aToolThatHangsIsATimeout()
    {
        const FakeTool tool("exec /bin/sleep 1000");
        const auto reading = NvidiaSmi().read(100ms);
        QVERIFY(!reading);
        QCOMPARE(reading.error().kind, ErrorKind::Timeout);
    }

    void readsTheModuleVersion_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("version");
        QTest::newRow("closed") << QByteArray(
                                       "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19\n")
                                << u"535.104.05"_s;
        QTest::newRow("open") << QByteArray(
                                     "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release "
                                     "Build  (user@host)\nGCC version:  gcc version 12.2.0\n")
                              << u"580.95.05"_s;
        QTest::newRow("two parts") << QByteArray(
                                          "NVRM version: NVIDIA UNIX x86_64 Kernel Module  390.157  Wed Oct 12\n")
                                   << u"390.157"_s;
        QTest::newRow("nothing") << QByteArray() << QString();
        QTest::newRow("something else") << QByteArray("GCC version: gcc version 12.2.0\n") << QString();
    }
    void readsTheModuleVersion()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, version);
        QCOMPARE(moduleVersionOf(text), version);
    }

    void findsTheContainerOfAProcess_data()
    {
        QTest::addColumn<QByteArray>("cgroup");
        QTest::addColumn<QString>("kind");
        const QByteArray id(64, 'b');
        QTest::newRow("podman, systemd") << QByteArray("0::/machine.slice/libpod-" + id + ".scope/container\n")
                                         << u"podman"_s;
        QTest::newRow("podman, rootless")
            << QByteArray("0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id + ".scope\n")
            << u"podman"_s;
        QTest::newRow("podman, cgroupfs") << QByteArray("0::/libpod_parent/libpod-" + id + "\n") << u"podman"_s;
        QTest::newRow("podman's monitor")
            << QByteArray("0::/machine.slice/libpod-conmon-" + id + ".scope\n") << QString();
        QTest::newRow("docker, systemd") << QByteArray("0::/system.slice/docker-" + id + ".scope\n") << u"docker"_s;
        QTest::newRow("docker, cgroupfs, version 1")
            << QByteArray("12:devices:/docker/" + id + "\n11:cpu:/docker/" + id + "\n") << u"docker"_s;
        QTest::newRow("kubernetes") << QByteArray("0::/kubepods/burstable/pod12ab/" + id + "\n") << u"kubernetes"_s;
        QTest::newRow("containerd") << QByteArray("0::/kubepods.slice/cri-containerd-" + id + ".scope\n")
                                    << u"kubernetes"_s;
        QTest::newRow("host") << QByteArray("0::/user.slice/user-1000.slice/session-3.scope\n") << QString();
        QTest::newRow("root") << QByteArray("0::/\n") << QString();
        QTest::newRow("nothing") << QByteArray() << QString();
        QTest::newRow("65 digits are no id") << QByteArray("0::/docker/" + id + "b\n") << QString();
    }
    void findsTheContainerOfAProcess()
    {
        QFETCH(QByteArray, cgroup);
        QFETCH(QString, kind);
        const ContainerMark mark = containerOf(cgroup);
        QCOMPARE(mark.kind, kind);
        QCOMPARE(mark.id, kind.isEmpty() ? QString() : QString(64, u'b'));
    }

    void theInnermostContainerCounts()
    {
        const QByteArray outer(64, 'a'), inner(64, 'c');
        QCOMPARE(containerOf("0::/docker/" + outer + "/docker/" + inner + "\n").id, QString(64, u'c'));
        QCOMPARE(containerOf("0::/docker/buildkit/abcdefghij0123456789klmno\n").kind, u"buildkit"_s);
    }

    void readsTheArchitectureTable()
    {
        const auto table = ArchitectureTable::read(QStringLiteral(KERNELYARD_SOURCE_DIR));
        QVERIFY(table);
        // The published table that got these wrong has 8.0 for the 4090 and the 3090.
        const QList<std::pair<QString, QString>> examples{{u"8.9"_s, u"RTX 4090"_s},  {u"8.6"_s, u"RTX 3090"_s},
                                                          {u"9.0"_s, u"H100"_s},      {u"9.0"_s, u"H200"_s},
                                                          {u"10.0"_s, u"B200"_s},     {u"6.1"_s, u"GTX 1080 Ti"_s},
                                                          {u"12.0"_s, u"RTX 5090"_s}, {u"5.2"_s, u"GTX 980 Ti"_s}};
        for (const auto &[capability, example] : examples) {
            const GpuArchitecture *row = table->find(capability);
            QVERIFY2(row, qPrintable(capability));
            QVERIFY2(row->examples.contains(example), qPrintable(example));
        }
        QCOMPARE(table->find(u"12.0"_s)->sm(), u"sm_120"_s);
        QVERIFY(!table->find(u"99.0"_s));
        Version last;
        for (const GpuArchitecture &row : table->rows()) {
            QVERIFY2(Version(row.capability) > last, qPrintable(row.capability)); // in order, none twice
            last = Version(row.capability);
            QVERIFY(!Version(row.cudaFirst).isNull());
            QVERIFY(!row.name.isEmpty());
        }
        QVERIFY(!ArchitectureTable::read(u"/nowhere"_s));
    }

    void comparesVersions()
    {
        QVERIFY(Version(u"12.10") > Version(u"12.9"));
        QVERIFY(Version(u"580.95.05") > Version(u"580.82"));
        QVERIFY(Version(u"13") == Version(u"13.0"));
        QVERIFY(Version(u"2.9.1+cu128") == Version(u"2.9.1"));
        QVERIFY(Version(u"none").isNull());
        QCOMPARE(Version(u"12.8.0").text(), u"12.8.0"_s);
    }
};

QTEST_GUILESS_MAIN(TestGpu)
#include "tst_gpu.moc"
