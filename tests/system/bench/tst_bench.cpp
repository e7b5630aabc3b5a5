// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/system/engines/testengines.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;

static constexpr int unitCount = 3;

/// `kernelyardctl bench` on real Podman with a real registry on loopback, on a small environment: killed after its
/// first repetition, resumed, and what it counted. `starter` itself is measured by make bench.
class TestBench : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (QStandardPaths::findExecutable(u"docker-registry"_s).isEmpty() &&
            QStandardPaths::findExecutable(u"registry"_s).isEmpty())
            QSKIP("no registry is installed");
        auto engine = TestEngine::start(TestEngineKind::Podman);
        KERNELYARD_SKIP_WITHOUT(engine);
        m_engine = std::move(*engine);
        const auto base = m_engine->provideBase();
        QVERIFY2(base, qPrintable(base ? QString() : base.error().message));
        copyEnvironment();
    }

    void goesOnAfterItWasKilled()
    {
        QProcess first;
        start(first, {u"bench"_s, u"small"_s, u"--repetitions"_s, u"2"_s});
        QTRY_VERIFY_WITH_TIMEOUT(
            !benchmark().value(u"repetitions"_s).toArray().isEmpty() || first.state() == QProcess::NotRunning, 300'000);
        QVERIFY2(first.state() == QProcess::Running, first.readAllStandardError().constData());
        first.kill();
        QVERIFY(first.waitForFinished());
        const QJsonArray before = benchmark().value(u"repetitions"_s).toArray();
        QCOMPARE(before[0][u"scenario"_s].toString(), u"A"_s);
        QVERIFY(before.size() < 6);

        QProcess second;
        start(second, {u"bench"_s, u"small"_s, u"--resume"_s, u"--json"_s});
        QVERIFY(second.waitForFinished(300'000));
        const QByteArray err = second.readAllStandardError();
        QVERIFY2(second.exitCode() == 0, err.constData());
        m_report = QJsonDocument::fromJson(second.readAllStandardOutput()).object();
        QVERIFY(m_report.value(u"isComplete"_s).toBool());
        const QJsonArray repetitions = m_report.value(u"repetitions"_s).toArray();
        QCOMPARE(repetitions.size(), 6);
        for (qsizetype i = 0; i < before.size(); ++i)
            QCOMPARE(repetitions[i], before[i]); // not done again
        QString order;
        for (const QJsonValue one : repetitions)
            order += one[u"scenario"_s].toString() + QString::number(one[u"round"_s].toInt());
        QCOMPARE(order, u"A1C1B1A2C2B2"_s);
    }

    /// The second A had images and a full compiler cache before it.
    void onlyTheBaselineCompilesAndEachTimeAll()
    {
        const QJsonArray repetitions = m_report.value(u"repetitions"_s).toArray();
        QCOMPARE(repetitions.size(), 6);
        for (const QJsonValue one : repetitions) {
            const bool isBaseline = one[u"scenario"_s].toString() == u"A";
            const QJsonArray compilations = one[u"timing"_s][u"compilations"_s].toArray();
            QCOMPARE(compilations.size(), isBaseline ? 1 : 0);
            if (!isBaseline)
                continue;
            QCOMPARE(compilations[0][u"task"_s].toString(), u"builder"_s);
            QCOMPARE(compilations[0][u"units"_s].toInt(), unitCount);
            QCOMPARE(compilations[0][u"cached"_s].toInt(), 0);
        }
        const QJsonArray summary = m_report.value(u"summary"_s).toArray();
        QVERIFY(summary[1][u"phaseSeconds"_s][u"pull"_s][u"median"_s].toDouble() > 0);
        QVERIFY(summary[2][u"phaseSeconds"_s][u"validate"_s][u"median"_s].toDouble() > 0);
        QCOMPARE(summary[0][u"factor"_s].toDouble(), 1.0);
    }

    void leavesLogsAndReportsAndNothingElse()
    {
        const QString folder = m_folder.filePath(u"state/kernelyard/benchmarks/0001/"_s);
        for (const char *name : {"A-1.log", "B-2.log", "C-1.log", "report.json", "report.csv", "report.md"})
            QVERIFY2(QFile::exists(folder + QString::fromLatin1(name)), name);
        QFile log(folder + u"B-2.log"_s);
        QVERIFY(log.open(QIODevice::ReadOnly));
        const QByteArray text = log.readAll();
        QVERIFY2(text.contains(" pull --tls-verify=false 127.0.0.1:") && text.contains("before: $ ") &&
                     text.contains("result: pass"),
                 text.constData());
        QVERIFY(!QFile::exists(folder + u"registry"_s));
        QVERIFY(!QFile::exists(folder + u"data"_s));
        const auto images = m_engine->run({u"images"_s, u"--format"_s, u"{{.Repository}}"_s});
        QVERIFY(images && images->exitCode == 0);
        QVERIFY2(!images->out.contains("bench"), images->out.constData());
    }

private:
    void copyEnvironment() const
    {
        const QString from = QStringLiteral(KERNELYARD_SOURCE_DIR) + u"/tests/system/bench/small/"_s;
        const QString to = m_folder.filePath(u"config/kernelyard/environments/"_s);
        QVERIFY(QDir().mkpath(to + u"source"_s));
        for (const QString &folder : {QString(), u"source/"_s})
            for (const QString &name : QDir(from + folder).entryList(QDir::Files))
                QVERIFY2(QFile::copy(from + folder + name, to + folder + name), qPrintable(name));
    }

    void start(QProcess &process, const QStringList &arguments) const
    {
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        for (const char *name : {"STATE", "DATA", "CONFIG", "CACHE"})
            variables.insert(u"XDG_%1_HOME"_s.arg(QString::fromLatin1(name)),
                             m_folder.filePath(QString::fromLatin1(name).toLower()));
        process.setProcessEnvironment(variables);
        process.start(QStringLiteral(KERNELYARD_CTL), arguments);
        QVERIFY(process.waitForStarted());
    }

    QJsonObject benchmark() const
    {
        QFile file(m_folder.filePath(u"state/kernelyard/benchmarks/0001/benchmark.json"_s));
        return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
    }

    QTemporaryDir m_folder;
    std::unique_ptr<TestEngine> m_engine;
    QJsonObject m_report;
};

int main(int argc, char *argv[])
{
    qputenv("QTEST_FUNCTION_TIMEOUT", "900000"); // on a busy machine
    QCoreApplication app(argc, argv);
    TestBench test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_bench.moc"
