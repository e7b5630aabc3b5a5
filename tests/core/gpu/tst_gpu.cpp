// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpu.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

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
    void readsAWorkstation()
    {
        const auto gpus = parseGpuCsv(data(u"workstation.csv"_s));
        QVERIFY(gpus);
        QCOMPARE(gpus->size(), 2);
        const GpuStatus &first = gpus->at(0);
        QCOMPARE(first.index, 0);
        QCOMPARE(first.name, u"NVIDIA GeForce RTX 4090"_s);
        QCOMPARE(first.driver, u"550.54.14"_s);
        QCOMPARE(first.computeCapability, std::optional(u"8.9"_s));
        QCOMPARE(first.utilisationPercent, std::optional(37));
        QCOMPARE(first.temperatureCelsius, std::optional(61));
        QCOMPARE(first.memoryUsedBytes, std::optional(qint64(2190) << 20));
        QCOMPARE(first.memoryTotalBytes, std::optional(qint64(24564) << 20));
        QCOMPARE(gpus->at(1).utilisationPercent, std::optional(0));
        QCOMPARE(gpus->at(1).computeCapability, std::optional(u"8.6"_s));
    }

    void keepsUnknownValuesAbsent()
    {
        const auto gpus = parseGpuCsv(data(u"unsupported.csv"_s));
        QVERIFY(gpus);
        QCOMPARE(gpus->size(), 2);
        QCOMPARE(gpus->at(0).computeCapability, std::optional(u"9.0"_s));
        QVERIFY(!gpus->at(0).utilisationPercent);
        QVERIFY(!gpus->at(0).memoryUsedBytes);
        QCOMPARE(gpus->at(0).memoryTotalBytes, std::optional(qint64(81559) << 20));
        QCOMPARE(gpus->at(1).driver, u"535.104.05"_s);
        QVERIFY(!gpus->at(1).computeCapability);
        QVERIFY(!gpus->at(1).temperatureCelsius);
        QVERIFY(!gpus->at(1).memoryTotalBytes);
    }

    void readsAnOldDriverWithoutCapability()
    {
        const auto gpus = parseGpuCsv(data(u"old-driver.csv"_s));
        QVERIFY(gpus);
        QCOMPARE(gpus->size(), 1);
        QCOMPARE(gpus->at(0).name, u"GeForce GTX 1080 Ti"_s);
        QCOMPARE(gpus->at(0).driver, u"390.157"_s);
        QVERIFY(!gpus->at(0).computeCapability);
        QCOMPARE(gpus->at(0).memoryUsedBytes, std::optional(qint64(610) << 20));
    }

    void readsAnything_data()
    {
        QTest::addColumn<QByteArray>("csv");
        QTest::addColumn<bool>("good");
        QTest::addColumn<int>("count");
        QTest::newRow("nothing") << QByteArray() << true << 0;
        QTest::newRow("empty lines") << QByteArray("\n\r\n\n") << true << 0;
        QTest::newRow("a sentence instead of a table") << QByteArray("No devices were found\n") << false << 0;
        QTest::newRow("too few fields") << QByteArray("0, GPU, 550\n") << false << 0;
        QTest::newRow("index is no number") << QByteArray("x, G, 5, 8.9, 1, 2, 3, 4\n") << false << 0;
        QTest::newRow("windows line ends") << QByteArray("0, G, 5.1, 8.9, 1, 2, 3, 4\r\n") << true << 1;
        QTest::newRow("memory beyond 64 bits")
            << QByteArray("0, G, 5.1, 8.9, 1, 2, 99999999999999999999, 9223372036854775807\n") << true << 1;
        QTest::newRow("a comma in the name") << QByteArray("0, A, B, 550.1.2, 8.9, 1, 2, 3, 4\n") << true << 1;
    }
    void readsAnything()
    {
        QFETCH(QByteArray, csv);
        QFETCH(bool, good);
        QFETCH(int, count);
        const auto gpus = parseGpuCsv(csv);
        QCOMPARE(gpus.has_value(), good);
        if (!good) {
            QVERIFY(!gpus.error().message.isEmpty());
            return;
        }
        QCOMPARE(gpus->size(), count);
        if (csv.contains("A, B"))
            QCOMPARE(gpus->first().name, u"A, B"_s);
        if (csv.contains("9999"))
            QVERIFY(!gpus->first().memoryUsedBytes && !gpus->first().memoryTotalBytes);
    }

    void everyCutOfTheTableIsSurvived()
    {
        const QByteArray whole = data(u"workstation.csv"_s);
        for (qsizetype size = 0; size <= whole.size(); ++size) {
            const auto gpus = parseGpuCsv(whole.first(size));
            if (gpus)
                QVERIFY(gpus->size() <= 2);
            else
                QCOMPARE(gpus.error().kind, ErrorKind::Failed);
        }
    }

    void noToolAndNoDriverIsNoGpu()
    {
        if (QFile::exists(u"/proc/driver/nvidia/version"_s))
            QSKIP("this machine has an NVIDIA driver");
        const FakeTool none{{}};
        const auto gpus = probeGpus().result();
        QVERIFY(gpus);
        QVERIFY(gpus->isEmpty());
    }

    void asksTheTool()
    {
        const FakeTool tool("echo '0, Test GPU, 550.1.2, 9.0, 5, 40, 1, 1024'");
        const auto gpus = probeGpus().result();
        QVERIFY(gpus);
        QCOMPARE(gpus->size(), 1);
        QCOMPARE(gpus->first().name, u"Test GPU"_s);
    }

    void asksAnOldToolAgainWithoutCapability()
    {
        const FakeTool tool(
            "case \"$1\" in *compute_cap*) echo 'Field \"compute_cap\" is not a valid field to query.'; "
            "exit 2;; esac\necho '0, Old GPU, 390.157, 5, 40, 1, 1024'");
        const auto gpus = probeGpus().result();
        QVERIFY(gpus);
        QCOMPARE(gpus->size(), 1);
        QCOMPARE(gpus->first().driver, u"390.157"_s);
    }

    void aBrokenDriverIsAnErrorWithItsWords()
    {
        const FakeTool tool("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18");
        const auto gpus = probeGpus().result();
        QVERIFY(!gpus);
        QCOMPARE(gpus.error().kind, ErrorKind::Failed);
        QVERIFY(gpus.error().detail.contains(u"version mismatch"));
        QVERIFY(!gpus.error().remedy.isEmpty());
    }

    void noDeviceIsNoError()
    {
        const FakeTool tool("echo 'No devices were found'; exit 6");
        const auto gpus = probeGpus().result();
        QVERIFY(gpus);
        QVERIFY(gpus->isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestGpu)
#include "tst_gpu.moc"
