// SPDX-License-Identifier: GPL-3.0-or-later
// What a user does first, with a real engine: set the starter environment up from nothing, again, validate, edit, fail,
// cancel, lose the terminal, lose the daemon. The tests go on from one another, in this order.
#include "tests/system/engines/testengines.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

struct Ran
{
    int status = -1;
    QByteArray out;
    QByteArray err;

    QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
};

QByteArray told(const Ran &ran, int wanted)
{
    return "status " + QByteArray::number(ran.status) + " instead of " + QByteArray::number(wanted) + '\n' + ran.out +
           '\n' + ran.err;
}

QByteArray readFile(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qWarning("%s can't be read", qPrintable(path));
    return file.readAll();
}

void writeFile(const QString &path, const QByteArray &bytes)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qWarning("%s can't be written", qPrintable(path));
}

/// Processes whose command line holds \a words.
QStringList processesWith(const QByteArray &words)
{
    QStringList found;
    for (const QString &process : QDir(u"/proc"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile commandLine(u"/proc/"_s + process + u"/cmdline"_s);
        if (process.toInt() > 0 && commandLine.open(QIODevice::ReadOnly)) {
            const QByteArray line = commandLine.readAll().replace('\0', ' ');
            if (line.contains(words))
                found << process + u": "_s + QString::fromLocal8Bit(line);
        }
    }
    return found;
}

} // namespace

/// Fails with both streams when the command did not end with \a wanted.
#define COMPARE_STATUS(ran, wanted) QVERIFY2((ran).status == (wanted), told(ran, wanted).constData())

class TestSetup : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void theEngineIsFound();
    void aValidationBeforeTheSetUpSaysWhatIsMissing();
    void setsUpFromNothing();
    void theSecondSetUpIsCachedWhole();
    void advisesOnTheFork();
    void validates();
    void anEditOfPythonIsSeenWithoutABuild();
    void anEditOfCppIsSeenWithoutABuild();
    void aFailingStepIsExplained();
    void cancelledInTheMiddle();
    void theBuildOutlivesItsTerminal();
    void aDeadDaemonIsNamedWithItsRemedy();

private:
    QProcessEnvironment environment() const;
    void start(QProcess &process, const QStringList &arguments) const;
    Ran ctl(const QStringList &arguments, std::chrono::milliseconds limit = 10min) const;
    QStringList withEngine(const QStringList &arguments) const { return arguments + QStringList{u"--engine"_s, m_id}; }
    QByteArray imageIds() const;
    QString forkFile(const QString &name) const
    {
        return m_folder->filePath(u"data/kernelyard/forks/attention/"_s + name);
    }
    /// An environment of the user's with one layer on the base of the starter.
    void writeEnvironment(const QString &name, const QByteArray &dockerfile) const;
    void editIsSeen(const QString &file, const QByteArray &from, const QByteArray &to);

    std::unique_ptr<TestEngine> m_engine;
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_id;
};

void TestSetup::initTestCase()
{
    const bool podman = QByteArray(KERNELYARD_TEST_ENGINE) == "podman";
    auto engine = TestEngine::start(podman ? TestEngineKind::Podman : TestEngineKind::Docker);
    KERNELYARD_SKIP_WITHOUT(engine);
    m_engine = std::move(*engine);
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

QProcessEnvironment TestSetup::environment() const
{
    // The cache folder is the test's lasting one: the packages of the base image are fetched once per machine.
    QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
    variables.insert(u"XDG_STATE_HOME"_s, m_folder->filePath(u"state"_s));
    variables.insert(u"XDG_DATA_HOME"_s, m_folder->filePath(u"data"_s));
    variables.insert(u"XDG_CONFIG_HOME"_s, m_folder->filePath(u"config"_s));
    return variables;
}

void TestSetup::start(QProcess &process, const QStringList &arguments) const
{
    process.setProcessEnvironment(environment());
    process.start(QStringLiteral(KERNELYARD_CTL), arguments);
    QVERIFY(process.waitForStarted());
}

Ran TestSetup::ctl(const QStringList &arguments, std::chrono::milliseconds limit) const
{
    QProcess process;
    start(process, arguments);
    if (!process.waitForFinished(static_cast<int>(limit.count()))) {
        Ran stuck{-1, process.readAllStandardOutput(), process.readAllStandardError()};
        process.terminate();
        process.waitForFinished(20000);
        return stuck;
    }
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

QByteArray TestSetup::imageIds() const
{
    const auto images = m_engine->run({u"images"_s, u"--no-trunc"_s, u"--format"_s, u"{{.Repository}} {{.ID}}"_s});
    if (!images || images->exitCode != 0)
        return "the images could not be listed";
    QByteArrayList lines = images->out.trimmed().split('\n');
    std::sort(lines.begin(), lines.end());
    return lines.join('\n');
}

void TestSetup::theEngineIsFound()
{
    const Ran ran = ctl({u"engines"_s, u"--json"_s});
    COMPARE_STATUS(ran, 0);
    for (const QJsonValue engine : ran.json().value(u"engines"_s).toArray()) {
        const QString id = engine[u"id"_s].toString();
        if (engine[u"usable"_s].toBool() && id.startsWith(QStringLiteral(KERNELYARD_TEST_ENGINE)) && m_id.isEmpty())
            m_id = id;
    }
    QVERIFY2(!m_id.isEmpty(), ran.out.constData());
}

void TestSetup::aValidationBeforeTheSetUpSaysWhatIsMissing()
{
    const Ran ran = ctl(withEngine({u"validate"_s, u"starter"_s}));
    COMPARE_STATUS(ran, 3);
    QVERIFY(ran.out.isEmpty());
    QVERIFY2(ran.err.contains("next: kernelyardctl setup starter"), ran.err.constData());
    QCOMPARE(ctl({u"builds"_s, u"--json"_s}).json().value(u"builds"_s).toArray().size(), 0);
}

void TestSetup::setsUpFromNothing()
{
    QElapsedTimer timer;
    timer.start();
    const Ran ran = ctl(withEngine({u"setup"_s, u"starter"_s}), 15min);
    COMPARE_STATUS(ran, 0);
    qInfo("setup starter from nothing took %lld ms", timer.elapsed());
    for (const char *word : {"base", "wheels", "builder", "dev", "fork", "validate"})
        QVERIFY2(ran.out.contains(word), QByteArray(QByteArray(word) + " is not in:\n" + ran.out).constData());
    // All cases and all controls.
    const QRegularExpression verdict(uR"(pass: (\d+) of \1 cases passed, .* (\d+) of \2 controls rejected)"_s);
    QVERIFY2(verdict.match(QString::fromUtf8(ran.out)).hasMatch(), ran.out.constData());
    QVERIFY2(ran.err.contains("[builder "), ran.err.constData());
    QVERIFY(ran.err.contains("kernelyardctl validate starter"));
    QVERIFY2(!ran.out.contains('\x1b') && !ran.err.contains('\x1b'), "escape codes off a terminal");
    QVERIFY(QFile::exists(forkFile(u".git/HEAD"_s)));
    for (const char *image : {"starter-wheels", "starter-builder", "starter-dev"})
        QVERIFY2(imageIds().contains(image), imageIds().constData());

    const Ran list = ctl(withEngine({u"environments"_s, u"--json"_s}));
    COMPARE_STATUS(list, 0);
    bool seen = false;
    for (const QJsonValue one : list.json().value(u"environments"_s).toArray()) {
        if (one[u"name"_s] != u"starter"_s)
            continue;
        seen = true;
        QCOMPARE(one[u"readiness"_s].toString(), u"ready"_s);
        QCOMPARE(one[u"lastValidation"_s][u"verdict"_s].toString(), u"pass"_s);
        QVERIFY(one[u"diskBytes"_s].toDouble() > 1e8);
        QCOMPARE(one[u"fork"_s][u"branch"_s].toString(), u"main"_s);
    }
    QVERIFY(seen);
}

/// Against what the builder layer holds, by its image.
void TestSetup::advisesOnTheFork()
{
    const auto advice = [this] { return ctl(withEngine({u"fork"_s, u"advice"_s, u"starter"_s, u"--json"_s})); };
    const Ran unchanged = advice();
    COMPARE_STATUS(unchanged, 0);
    QVERIFY2(unchanged.json().value(u"verdict"_s) == u"none"_s, unchanged.out.constData());

    QFile header(forkFile(u"csrc/cuda/tensor.cuh"_s));
    QVERIFY(header.open(QIODevice::ReadWrite));
    const QByteArray before = header.readAll();
    header.write("// edited\n");
    header.flush();
    const Ran edited = advice();
    header.resize(before.size());
    COMPARE_STATUS(edited, 0);
    const QJsonObject json = edited.json();
    QVERIFY2(json.value(u"verdict"_s) == u"partial"_s, edited.out.constData());
    QCOMPARE(json.value(u"because"_s).toArray(), QJsonArray{u"csrc/cuda/tensor.cuh is included by 6 units."_s});
    QCOMPARE(json.value(u"units"_s).toArray().size(), 6);
    QVERIFY(json.value(u"estimateSeconds"_s).toDouble() > 0);
}

void TestSetup::theSecondSetUpIsCachedWhole()
{
    const QByteArray before = imageIds();
    const Ran ran = ctl(withEngine({u"setup"_s, u"starter"_s, u"--json"_s}));
    COMPARE_STATUS(ran, 0);
    int cached = 0;
    for (const QJsonValue step : ran.json().value(u"steps"_s).toArray()) {
        const QString name = step[u"name"_s].toString();
        if (!name.startsWith(u'[') || name.startsWith(u"[internal]"))
            continue;
        QVERIFY2(step[u"status"_s] == u"cached"_s, qPrintable(name + u": "_s + step[u"status"_s].toString()));
        ++cached;
    }
    QVERIFY2(cached >= 8, ran.out.constData());
    QCOMPARE(imageIds(), before);
    QCOMPARE(ran.json().value(u"validation"_s)[u"verdict"_s].toString(), u"pass"_s);
}

void TestSetup::validates()
{
    const Ran ran = ctl(withEngine({u"validate"_s, u"starter"_s, u"--quick"_s}));
    COMPARE_STATUS(ran, 0);
    QVERIFY2(ran.out.contains("mask-one-short") && ran.out.contains("rejected"), ran.out.constData());
    QVERIFY2(ran.out.contains("Validation pass: "), ran.out.constData());
}

void TestSetup::editIsSeen(const QString &file, const QByteArray &from, const QByteArray &to)
{
    const QByteArray images = imageIds();
    const QByteArray original = readFile(forkFile(file));
    QVERIFY2(original.contains(from), "the sources changed: choose another edit for this test");
    writeFile(forkFile(file), QByteArray(original).replace(from, to));
    const Ran broken = ctl(withEngine({u"validate"_s, u"starter"_s, u"--quick"_s}));
    writeFile(forkFile(file), original);
    COMPARE_STATUS(broken, 1);
    QVERIFY2(broken.out.contains("Validation fail: "), QByteArray(broken.out + broken.err).constData());
    QVERIFY(broken.out.contains("FAIL"));
    const Ran mended = ctl(withEngine({u"validate"_s, u"starter"_s, u"--quick"_s}));
    COMPARE_STATUS(mended, 0);
    QCOMPARE(imageIds(), images);
}

void TestSetup::anEditOfPythonIsSeenWithoutABuild()
{
    editIsSeen(u"python/kernelyard_attention/forward.py"_s, "causal=bool(causal)", "causal=False");
}

void TestSetup::anEditOfCppIsSeenWithoutABuild()
{
    editIsSeen(u"csrc/api.cpp"_s, "args.causal != 0", "args.causal == 0");
}

void TestSetup::writeEnvironment(const QString &name, const QByteArray &dockerfile) const
{
    const QString folder = m_folder->filePath(u"config/kernelyard/environments/"_s);
    writeFile(folder + name + u".Dockerfile"_s, dockerfile);
    QDir().mkpath(folder + name);
    writeFile(folder + name + u".yml"_s, "name: " + name.toUtf8() +
                                             "\ndescription: A test.\nbase:\n  pull: docker.io/library/debian:12-slim\n"
                                             "  make-from-host: true\nlayers:\n  - name: only\n    dockerfile: " +
                                             name.toUtf8() + ".Dockerfile\n    context: " + name.toUtf8() +
                                             "\n    arguments:\n      BASE_IMAGE: ${base}\n");
}

void TestSetup::aFailingStepIsExplained()
{
    writeEnvironment(u"broken"_s, "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo fine\n"
                                  "RUN echo the compiler says no && exit 7\nRUN echo never\n");
    const Ran ran = ctl(withEngine({u"setup"_s, u"broken"_s}));
    COMPARE_STATUS(ran, 1);
    QVERIFY2(ran.err.contains("the compiler says no"), ran.err.constData());
    QVERIFY2(ran.err.contains("FAILED"), ran.err.constData());
    QVERIFY2(ran.err.contains("next: kernelyardctl show"), ran.err.constData());
    const Ran log = ctl({u"log"_s, u"latest"_s, u"--failed"_s});
    COMPARE_STATUS(log, 0);
    QVERIFY2(log.out.contains("the compiler says no"), log.out.constData());
    QVERIFY(!log.out.contains("fine"));
    const Ran show = ctl({u"show"_s, u"--json"_s});
    COMPARE_STATUS(show, 0);
    QCOMPARE(show.json().value(u"status"_s).toString(), u"failed"_s);
    QVERIFY(!show.json().value(u"failure"_s).toString().isEmpty());
}

void TestSetup::cancelledInTheMiddle()
{
    const QByteArray mark = "kernelyard-cancel-" + QByteArray::number(QCoreApplication::applicationPid());
    writeEnvironment(u"slow"_s,
                     "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo begun; sh -c 'sleep 301; : " + mark + "'\n");
    QProcess setup;
    start(setup, withEngine({u"setup"_s, u"slow"_s, u"-v"_s}));
    QByteArray seen;
    QTRY_VERIFY_WITH_TIMEOUT(seen.append(setup.readAllStandardError()).contains("begun\n"), 60000);
    QTRY_VERIFY(!processesWith("sleep 301").isEmpty());
    kill(static_cast<pid_t>(setup.processId()), SIGINT);
    QVERIFY2(setup.waitForFinished(60000), "the cancelled command did not end");
    QCOMPARE(setup.exitCode(), 130);
    QTRY_COMPARE_WITH_TIMEOUT(processesWith(mark), QStringList(), 5000);
    // The runner, by its build's folder: others may run on this machine.
    QTRY_COMPARE_WITH_TIMEOUT(processesWith("run-build " + QFile::encodeName(m_folder->path())), QStringList(), 20000);
    const auto containers = m_engine->run({u"ps"_s, u"--all"_s, u"--quiet"_s});
    QVERIFY(containers && containers->exitCode == 0);
    QCOMPARE(containers->out, QByteArray());
    QCOMPARE(ctl({u"show"_s, u"--json"_s}).json().value(u"status"_s).toString(), u"cancelled"_s);
}

void TestSetup::theBuildOutlivesItsTerminal()
{
    writeEnvironment(u"survivor"_s, "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo begun; sleep 4; echo ended\n");
    QProcess setup;
    start(setup, withEngine({u"setup"_s, u"survivor"_s, u"-v"_s}));
    QByteArray seen;
    QTRY_VERIFY_WITH_TIMEOUT(seen.append(setup.readAllStandardError()).contains("begun\n"), 60000);
    setup.kill();
    QVERIFY(setup.waitForFinished());
    QCOMPARE(ctl({u"show"_s, u"--json"_s}).json().value(u"status"_s).toString(), u"running"_s);
    const Ran follow = ctl({u"follow"_s, u"latest"_s, u"--json"_s});
    COMPARE_STATUS(follow, 0);
    const QByteArrayList lines = follow.out.trimmed().split('\n');
    QCOMPARE(QJsonDocument::fromJson(lines.first()).object().value(u"type"_s).toString(), u"plan"_s);
    const QJsonObject last = QJsonDocument::fromJson(lines.last()).object();
    QCOMPARE(last.value(u"type"_s).toString(), u"ended"_s);
    QCOMPARE(last.value(u"status"_s).toString(), u"done"_s);
    bool begun = false, ended = false;
    for (const QByteArray &line : lines) {
        const QJsonObject object = QJsonDocument::fromJson(line).object();
        QVERIFY2(!object.isEmpty(), line.constData());
        begun = begun || object.value(u"text"_s) == u"begun"_s;
        ended = ended || object.value(u"text"_s) == u"ended"_s;
    }
    QVERIFY2(begun && ended, follow.out.constData());
}

void TestSetup::aDeadDaemonIsNamedWithItsRemedy()
{
    if (m_engine->kind() == TestEngineKind::Podman)
        return; // it has no daemon
    const auto killed = m_engine->kill();
    QVERIFY2(killed, qPrintable(killed ? QString() : killed.error().message));
    const Ran ran = ctl(withEngine({u"setup"_s, u"starter"_s}));
    COMPARE_STATUS(ran, 3);
    QVERIFY2(ran.err.contains("next: "), ran.err.constData());
    QVERIFY(ran.out.isEmpty());
}

QTEST_GUILESS_MAIN(TestSetup)
#include "tst_setup.moc"
