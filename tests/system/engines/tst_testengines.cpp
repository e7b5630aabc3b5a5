// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/system/engines/testengines.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

/// The fixture itself: that it is real, private, and leaves nothing behind.
class TestTestEngines : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void buildsAnImage_data() { kinds(); }
    void buildsAnImage();
    void runsAContainer_data() { kinds(); }
    void runsAContainer();
    void leavesNothing_data() { kinds(); }
    void leavesNothing();
    void leavesNothingWhenTheTestIsKilled_data() { kinds(); }
    void leavesNothingWhenTheTestIsKilled();
    void killedDaemonIsGone();

private:
    static void kinds();
};

void TestTestEngines::kinds()
{
    QTest::addColumn<TestEngineKind>("kind");
    QTest::newRow("Podman") << TestEngineKind::Podman;
    QTest::newRow("Docker with buildx") << TestEngineKind::Docker;
    QTest::newRow("Docker, classic builder") << TestEngineKind::DockerClassic;
}

/// Mounts, and processes other than this one whose command line or working folder names \a folder.
static QStringList tracesOf(const QString &folder)
{
    QStringList traces;
    if (QFileInfo::exists(folder))
        traces << folder;
    QFile mounts(u"/proc/self/mounts"_s);
    if (mounts.open(QIODevice::ReadOnly) && mounts.readAll().contains(folder.toLocal8Bit()))
        traces << u"a mount below "_s + folder;
    for (const QString &process : QDir(u"/proc"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile commandLine(u"/proc/"_s + process + u"/cmdline"_s);
        if (process.toInt() > 0 && commandLine.open(QIODevice::ReadOnly)) {
            const QByteArray words = commandLine.readAll().replace('\0', ' ');
            if (words.contains(folder.toLocal8Bit()))
                traces << process + u": "_s + QString::fromLocal8Bit(words);
        }
    }
    return traces;
}

static QString words(const Result<Completed> &completed)
{
    return completed ? QString::fromLocal8Bit(completed->out + completed->err) : completed.error().message;
}

void TestTestEngines::buildsAnImage()
{
    QFETCH(const TestEngineKind, kind);
    const auto engine = TestEngine::start(kind);
    KERNELYARD_SKIP_WITHOUT(engine);
    const auto base = (*engine)->provideBase();
    QVERIFY2(base, qPrintable(base ? QString() : base.error().message));

    const QString context = (*engine)->folder() + u"/context"_s;
    QVERIFY(QDir().mkpath(context));
    QFile file(context + u"/Dockerfile"_s);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(
        "FROM docker.io/library/debian:12-slim\nRUN echo made-$((6 * 7)) > /made && cat /made /etc/debian_version\n");
    file.close();
    const QStringList command = kind == TestEngineKind::Docker
                                    ? QStringList{u"buildx"_s, u"build"_s, u"--progress=plain"_s, u"--load"_s}
                                    : QStringList{u"build"_s};
    const auto built = (*engine)->run(command + QStringList{u"--tag"_s, u"made:1"_s, context});
    QVERIFY2(built && built->exitCode == 0 && words(built).contains(u"made-42"), qPrintable(words(built)));
    const auto images = (*engine)->run({u"images"_s, u"--format"_s, u"{{.Repository}}"_s});
    QCOMPARE(words(images).count(u"made"), 1);
}

void TestTestEngines::runsAContainer()
{
    QFETCH(const TestEngineKind, kind);
    const auto engine = TestEngine::start(kind);
    KERNELYARD_SKIP_WITHOUT(engine);
    const auto base = (*engine)->provideBase(u"localhost/base:1"_s);
    QVERIFY2(base, qPrintable(base ? QString() : base.error().message));
    const auto ran =
        (*engine)->run(QStringList{u"run"_s, u"--rm"_s} + (*engine)->runArguments() +
                       QStringList{u"localhost/base:1"_s, u"sh"_s, u"-c"_s, u"echo in-$((6 * 7)); exit 9"_s});
    QVERIFY2(ran && ran->exitCode == 9 && ran->out == "in-42\n", qPrintable(words(ran)));
}

void TestTestEngines::leavesNothing()
{
    QFETCH(const TestEngineKind, kind);
    QString folder;
    const QByteArray before = qgetenv("DOCKER_HOST") + qgetenv("CONTAINERS_STORAGE_CONF");
    {
        const auto engine = TestEngine::start(kind);
        KERNELYARD_SKIP_WITHOUT(engine);
        folder = (*engine)->folder();
        QVERIFY(!tracesOf(folder).isEmpty());
        QVERIFY(qgetenv("DOCKER_HOST") + qgetenv("CONTAINERS_STORAGE_CONF") != before);
    }
    QTRY_COMPARE(tracesOf(folder), QStringList());
    QCOMPARE(qgetenv("DOCKER_HOST") + qgetenv("CONTAINERS_STORAGE_CONF"), before);
}

/// In the child of a fork: starts an engine with a container in it, tells its folder, and waits to be killed.
[[noreturn]] static void serveUntilKilled(TestEngineKind kind, int pipe)
{
    auto engine = TestEngine::start(kind);
    QByteArray answer;
    if (!engine) {
        answer = "error " + engine.error().message.toLocal8Bit();
    } else {
        const auto base = (*engine)->provideBase(u"localhost/base:1"_s);
        const auto ran = (*engine)->run(QStringList{u"run"_s, u"--detach"_s} + (*engine)->runArguments() +
                                        QStringList{u"localhost/base:1"_s, u"sleep"_s, u"987654"_s});
        answer =
            base && ran && ran->exitCode == 0 ? (*engine)->folder().toLocal8Bit() : "error " + words(ran).toLocal8Bit();
    }
    answer += '\n';
    if (::write(pipe, answer.constData(), size_t(answer.size())) != answer.size())
        ::_exit(1);
    for (;;)
        ::pause();
}

static int processesRunning(QByteArrayView commandLine)
{
    int count = 0;
    for (const QString &process : QDir(u"/proc"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile file(u"/proc/"_s + process + u"/cmdline"_s);
        if (process.toInt() > 0 && file.open(QIODevice::ReadOnly))
            count += file.readAll().replace('\0', ' ').startsWith(commandLine) ? 1 : 0;
    }
    return count;
}

void TestTestEngines::leavesNothingWhenTheTestIsKilled()
{
    QFETCH(const TestEngineKind, kind);
    {
        const auto engine = TestEngine::start(kind);
        KERNELYARD_SKIP_WITHOUT(engine);
    }
    int pipe[2];
    QCOMPARE(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0)
        serveUntilKilled(kind, pipe[1]);
    ::close(pipe[1]);
    QByteArray folder;
    for (char c = 0; ::read(pipe[0], &c, 1) == 1 && c != '\n';)
        folder += c;
    ::close(pipe[0]);
    const int running = processesRunning("sleep 987654");
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    QVERIFY2(folder.startsWith('/'), folder.constData());
    QCOMPARE(running, 1);
    const QString store = QString::fromLocal8Bit(folder) + u"/store"_s;
    QTRY_COMPARE_WITH_TIMEOUT(tracesOf(store), QStringList(), 30'000);
    QTRY_COMPARE(processesRunning("sleep 987654"), 0);
    QDir(QString::fromLocal8Bit(folder)).removeRecursively(); // what the killed test's QTemporaryDir could not
}

void TestTestEngines::killedDaemonIsGone()
{
    const auto engine = TestEngine::start(TestEngineKind::Docker);
    KERNELYARD_SKIP_WITHOUT(engine);
    QCOMPARE((*engine)->run({u"version"_s})->exitCode, 0);
    QVERIFY((*engine)->kill());
    QVERIFY((*engine)->run({u"version"_s})->exitCode != 0);
}

QTEST_GUILESS_MAIN(TestTestEngines)
#include "tst_testengines.moc"
