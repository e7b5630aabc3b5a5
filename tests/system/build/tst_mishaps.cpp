// SPDX-License-Identifier: GPL-3.0-or-later
// What befalls a build of a real engine from outside: windows that come, go and are killed, a runner killed in each
// phase, a clock that jumps, a full disk in the middle of the log, a daemon that is restarted. Each time the build's
// log is whole up to there, nothing is left behind, and a retry goes on.
#include "core/base/settings.h"
#include "core/build/buildfolder.h"
#include "core/build/buildfollower.h"
#include "core/build/buildlock.h"
#include "core/build/runner.h"
#include "core/engine/argv.h"
#include "tests/core/build/followingwindow.h"
#include "tests/system/engines/testengines.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QScopeGuard>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <sys/mount.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto baseName = "docker.io/library/debian:12-slim";
constexpr int patienceMs = 60'000;

/// A window in a process of its own: says how many lines it has, for as long as it lives.
int followAlone(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    Paths paths;
    paths.state = QFile::decodeName(argv[2]);
    BuildFollower follower(paths, BuildId::fromText(QString::fromLatin1(argv[3])));
    qint64 lines = 0;
    QObject::connect(&follower, &BuildFollower::updated, &follower, [&lines](const BuildUpdate &update) {
        lines += update.newLines.size() - (update.lastLineGrew ? 1 : 0);
        std::printf("%lld\n", static_cast<long long>(lines));
        std::fflush(stdout);
    });
    return QCoreApplication::exec();
}

} // namespace

class TestMishaps : public QObject
{
    Q_OBJECT

public:
    explicit TestMishaps(TestEngineKind kind)
        : m_kind(kind)
    {}

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void allWindowsSeeTheSame();
    void killedRunner_data();
    void killedRunner();
    void aClockThatJumps();
    void aFullDiskInMidLog();
    void aDaemonThatIsRestarted();

private:
    /// Whose steps may hold `sleep <m_sleep>`, which ends by release() alone.
    Task layer(const QString &name, const QStringList &steps,
               const QString &from = QString::fromLatin1(baseName)) const;
    static Task script(const QString &name, const QString &text);
    /// Quietly: what a shell says of a killed command the classic builder colours, and the line behind it.
    QString gate() const { return u"(sleep %1 || true) 2> /dev/null"_s.arg(QString::fromLatin1(m_sleep)); }
    BuildId launch(const QList<Task> &tasks);
    BuildFolder folder(BuildId id) const { return {m_paths.builds() + u'/' + id.folderName()}; }
    bool ended(BuildId id) const { return !BuildLock::isHeld(folder(id).lock()); }
    BuildState state(BuildId id) const;
    bool shows(BuildId id, const QByteArray &line) const;
    bool hasStep(BuildId id, const QString &part) const;
    bool isWaiting() const { return !processesWith(m_sleep, true).isEmpty(); }
    void release() const; ///< ends the sleep that a step waits in
    QList<pid_t> processesWith(const QByteArray &mark, bool asSleep = false) const;
    QStringList containers() const;
    void checkNothingLeft() const;
    void setClock(qint64 seconds) const;

    TestEngineKind m_kind;
    std::unique_ptr<TestEngine> m_testEngine;
    Engine m_engine;
    std::unique_ptr<QTemporaryDir> m_home;
    Paths m_paths;
    QByteArray m_sleep; ///< an argument that no other process has
};

void TestMishaps::initTestCase()
{
    auto engine = TestEngine::start(m_kind);
    KERNELYARD_SKIP_WITHOUT(engine);
    m_testEngine = std::move(*engine);
    const auto base = m_testEngine->provideBase();
    QVERIFY2(base, base ? "" : qPrintable(base.error().message));
    m_engine.kind = m_kind == TestEngineKind::Podman ? EngineKind::Podman : EngineKind::Docker;
    m_engine.program = QStandardPaths::findExecutable(m_testEngine->program());
    m_engine.globalArguments = m_testEngine->globalArguments();
    if (m_kind == TestEngineKind::Docker)
        m_engine.buildxVersion = u"0.13.1"_s;
    if (m_kind == TestEngineKind::Podman)
        m_engine.storageDriver = u"overlay"_s;
}

void TestMishaps::init()
{
    static int run = 0;
    m_home = std::make_unique<QTemporaryDir>();
    m_paths = {};
    m_paths.state = m_home->filePath(u"state"_s);
    m_paths.config = m_home->filePath(u"config"_s);
    QVERIFY(QDir().mkpath(m_paths.state) && QDir().mkpath(m_home->filePath(u"context"_s)));
    m_sleep = QByteArray::number(200'000'000 + QCoreApplication::applicationPid() * 100LL + ++run);
    qputenv("XDG_CACHE_HOME", QFile::encodeName(m_home->path()));
}

void TestMishaps::cleanup()
{
    qunsetenv("LD_PRELOAD");
    qunsetenv("KERNELYARD_TEST_CLOCK");
    const auto builds = listBuilds(m_paths).value_or(QList<BuildSummary>());
    for (const BuildSummary &build : builds)
        if (QTest::currentTestFailed())
            qInfo("%s: %d %s", qPrintable(build.id.display()), int(build.status), qPrintable(build.failure));
    for (const BuildSummary &build : builds)
        if (!ended(build.id))
            QVERIFY(cancelBuild(m_paths, build.id));
    for (const BuildSummary &build : builds)
        QTRY_VERIFY_WITH_TIMEOUT(ended(build.id), patienceMs);
}

Task TestMishaps::layer(const QString &name, const QStringList &steps, const QString &from) const
{
    const QString dockerfile = m_home->filePath(name + u".Dockerfile");
    QFile file(dockerfile);
    const QByteArray text = "FROM " + from.toUtf8() + "\nRUN " + steps.join(u"\nRUN "_s).toUtf8() + '\n';
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("%s can't be written", qPrintable(dockerfile));
    ImageBuild build;
    build.dockerfile = dockerfile;
    build.context = m_home->filePath(u"context"_s);
    build.tag = u"localhost/kernelyard-test/%1:%2"_s.arg(name, QString::fromLatin1(m_sleep));
    const OutputFormat format = m_kind == TestEngineKind::Podman   ? OutputFormat::Podman
                                : m_kind == TestEngineKind::Docker ? OutputFormat::RawJson
                                                                   : OutputFormat::Classic;
    return {name, TaskKind::Layer, name, buildImage(m_engine, build), format, build.tag, {}};
}

Task TestMishaps::script(const QString &name, const QString &text)
{
    return {name, TaskKind::Base, name, {u"/bin/sh"_s, {u"-c"_s, text}, {}, {}}, OutputFormat::Plain, {}, {}};
}

BuildId TestMishaps::launch(const QList<Task> &tasks)
{
    Plan plan;
    plan.environment = u"test"_s;
    plan.purpose = u"build"_s;
    plan.engine = m_engine;
    plan.tasks = tasks;
    plan.created = QDateTime::currentDateTimeUtc();
    const auto id = launchBuild(m_paths, plan, QCoreApplication::applicationFilePath());
    if (!id)
        qWarning("%s: %s", qPrintable(id.error().message), qPrintable(id.error().detail));
    return id ? *id : BuildId();
}

BuildState TestMishaps::state(BuildId id) const
{
    auto read = readBuild(m_paths, id);
    if (!read)
        qFatal("%s", qPrintable(read.error().message));
    return std::move(*read);
}

bool TestMishaps::shows(BuildId id, const QByteArray &line) const
{
    const BuildState build = state(id);
    for (qsizetype i = 0; i < build.lines().size(); ++i)
        if (build.lines().text(i) == line)
            return true;
    return false;
}

bool TestMishaps::hasStep(BuildId id, const QString &part) const
{
    const BuildState build = state(id);
    return std::any_of(build.steps().begin(), build.steps().end(),
                       [&](const Step &step) { return step.started && step.name.contains(part); });
}

QList<pid_t> TestMishaps::processesWith(const QByteArray &mark, bool asSleep) const
{
    const QByteArray asleep = "sleep" + QByteArray(1, '\0') + mark + '\0';
    QList<pid_t> found;
    for (const QString &name : QDir(u"/proc"_s).entryList(QDir::Dirs)) {
        QFile file(u"/proc/"_s + name + u"/cmdline");
        if (name.toInt() <= 0 || !file.open(QIODevice::ReadOnly))
            continue;
        const QByteArray words = file.readAll();
        if (asSleep ? words == asleep : words.contains(mark))
            found << name.toInt();
    }
    return found;
}

void TestMishaps::release() const
{
    for (const pid_t pid : processesWith(m_sleep, true))
        ::kill(pid, SIGKILL);
}

QStringList TestMishaps::containers() const
{
    QStringList arguments{u"ps"_s, u"--all"_s, u"--quiet"_s};
    if (m_kind == TestEngineKind::Podman)
        arguments << u"--external"_s;
    const auto listed = m_testEngine->run(arguments);
    return listed ? QString::fromLocal8Bit(listed->out).split(u'\n', Qt::SkipEmptyParts) : QStringList{u"no answer"_s};
}

void TestMishaps::checkNothingLeft() const
{
    QTRY_COMPARE_WITH_TIMEOUT(processesWith(m_sleep), QList<pid_t>(), patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(processesWith(QFile::encodeName(m_home->path())), QList<pid_t>(), patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(containers(), QStringList(), patienceMs);
}

void TestMishaps::setClock(qint64 seconds) const
{
    const QString made = m_home->filePath(u"clock.new"_s);
    QFile file(made);
    if (!file.open(QIODevice::WriteOnly) || file.write(QByteArray::number(seconds)) <= 0)
        qFatal("%s can't be written", qPrintable(made));
    file.close();
    QVERIFY(std::rename(qPrintable(made), qPrintable(m_home->filePath(u"clock"_s))) == 0);
}

/// Windows opened before, in the middle of and after a build, and one killed meanwhile.
void TestMishaps::allWindowsSeeTheSame()
{
    const BuildId id =
        launch({layer(u"windows"_s, {u"seq 1 5000; "_s + gate() + u"; echo on; "_s + gate(), u"echo second"_s})});
    QVERIFY(id.isValid());
    FollowingWindow first(m_paths, id);
    QTRY_VERIFY_WITH_TIMEOUT(first.shows("5000"), patienceMs);
    QProcess alone;
    alone.start(QCoreApplication::applicationFilePath(), {u"window"_s, m_paths.state, id.folderName()});
    QByteArray told;
    QTRY_VERIFY_WITH_TIMEOUT((told += alone.readAllStandardOutput()).trimmed().split('\n').last().toInt() >= 5000,
                             patienceMs);
    FollowingWindow second(m_paths, id);
    QTRY_VERIFY_WITH_TIMEOUT(second.shows("5000"), patienceMs);
    alone.kill();
    QVERIFY(alone.waitForFinished());
    QCOMPARE(alone.exitStatus(), QProcess::CrashExit);
    QTRY_VERIFY_WITH_TIMEOUT(isWaiting(), patienceMs);
    release();
    QTRY_VERIFY_WITH_TIMEOUT(first.shows("on") && second.shows("on"), patienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(isWaiting(), patienceMs);
    release();
    QTRY_VERIFY_WITH_TIMEOUT(first.end && second.end, patienceMs);
    FollowingWindow third(m_paths, id);
    QTRY_VERIFY_WITH_TIMEOUT(third.end, patienceMs);
    for (const FollowingWindow *window : {&first, &second, &third}) {
        QCOMPARE(*window->end, BuildStatus::Done);
        QVERIFY(window->shows("second"));
        QVERIFY(window->lines == first.lines); // text, step, time and stream
        QVERIFY(window->samples == first.samples);
        QVERIFY(window->last.steps == first.last.steps);
        QCOMPARE(window->last.elapsed, first.last.elapsed);
        QCOMPARE(window->last.startedAt, first.last.startedAt);
    }
    int next = 1;
    for (const LogLine &line : std::as_const(first.lines))
        next += line.text == QByteArray::number(next);
    QCOMPARE(next, 5001);
    checkNothingLeft();
}

void TestMishaps::killedRunner_data()
{
    QTest::addColumn<QString>("when"); // "step …": it has begun; "line …": it stands in the log; empty: at once
    QTest::newRow("at once") << QString();
    QTest::newRow("before the first step") << u"step "_s;
    QTest::newRow("in a step") << u"line one"_s;
    QTest::newRow("while a large layer is stored") << u"line written"_s;
    QTest::newRow("in the second layer") << u"line two"_s;
}

void TestMishaps::killedRunner()
{
    QFETCH(QString, when);
    const QString mark = QString::fromLatin1(m_sleep);
    const Task below =
        layer(u"below"_s, {u"echo one; true %1"_s.arg(mark), u"head -c 60000000 /dev/zero > /large; echo written"_s});
    const Task above = layer(u"above"_s, {u"echo two; "_s + gate() + u"; echo three"_s}, below.image);
    const BuildId id = launch({below, above});
    QVERIFY(id.isValid());
    const auto isThen = [&] {
        if (when.startsWith(u"line "))
            return shows(id, when.mid(5).toLatin1());
        return when.isEmpty() ? BuildLock::holder(folder(id).lock()).has_value() : !state(id).steps().isEmpty();
    };
    QTRY_VERIFY_WITH_TIMEOUT(isThen(), patienceMs);
    const auto runner = BuildLock::holder(folder(id).lock()); // it can't end before the gate is opened
    QVERIFY(runner);
    QCOMPARE(::kill(*runner, SIGKILL), 0);
    checkNothingLeft();
    QCOMPARE(state(id).status(), BuildStatus::Interrupted);
    const auto again = retryPlan(m_paths, id);
    QVERIFY2(again, again ? "" : qPrintable(again.error().message));
    const BuildId retried = launch(again->tasks);
    QTRY_VERIFY_WITH_TIMEOUT(isWaiting(), patienceMs);
    release();
    QTRY_VERIFY_WITH_TIMEOUT(ended(retried), patienceMs);
    QCOMPARE(state(retried).failure(), QString());
    QCOMPARE(state(retried).status(), BuildStatus::Done);
    QVERIFY(shows(retried, "three"));
    if (when == u"line two") // what had been stored is not made again
        QVERIFY(!shows(retried, "written"));
    const auto made = m_testEngine->run({u"image"_s, u"inspect"_s, above.image});
    QVERIFY(made && made->exitCode == 0);
    checkNothingLeft();
}

/// The clock of the wall, as the runner and its scripts see it, is set back by a day and ahead by a year.
void TestMishaps::aClockThatJumps()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("a sanitizer's run time wants to be the first library");
#endif
    QElapsedTimer clock;
    clock.start();
    setClock(0);
    const QStringList steps{u"echo one; "_s + gate() + u"; seq 1 100"_s, u"echo two; "_s + gate() + u"; seq 101 200"_s};
    const QList<Task> tasks{script(u"before"_s, u"date +began\\ %s"_s), layer(u"clock"_s, steps),
                            script(u"after"_s, u"date +ahead\\ %s"_s)};
    qputenv("KERNELYARD_TEST_CLOCK", QFile::encodeName(m_home->filePath(u"clock"_s)));
    qputenv("LD_PRELOAD", KERNELYARD_JUMPING_CLOCK);
    const BuildId id = launch(tasks);
    qunsetenv("LD_PRELOAD"); // it is the runner's, and of what it runs
    QVERIFY(id.isValid());
    FollowingWindow window(m_paths, id);
    QTRY_VERIFY_WITH_TIMEOUT(window.shows("one"), patienceMs);
    setClock(-86'400);
    QTRY_VERIFY_WITH_TIMEOUT(isWaiting(), patienceMs);
    release();
    QTRY_VERIFY_WITH_TIMEOUT(window.shows("two"), patienceMs);
    setClock(365 * 86'400);
    QTRY_VERIFY_WITH_TIMEOUT(isWaiting(), patienceMs);
    release();
    QTRY_VERIFY_WITH_TIMEOUT(window.end.has_value(), patienceMs);
    QCOMPARE(*window.end, BuildStatus::Done);
    const auto told = [&](const char *word) -> qint64 {
        for (const LogLine &line : std::as_const(window.lines))
            if (line.text.startsWith(word))
                return line.text.mid(qsizetype(std::strlen(word)) + 1).toLongLong();
        return 0;
    };
    QVERIFY(told("ahead") > told("began") + 360 * 86'400); // it did jump
    QVERIFY(window.last.elapsed > 0us);
    QVERIFY(window.last.elapsed <= std::chrono::milliseconds(clock.elapsed() + 1));
    QHash<int, BuildTime> newest; // by step
    for (const LogLine &line : std::as_const(window.lines)) {
        QVERIFY(line.at >= newest.value(line.step, 0us) && line.at <= window.last.elapsed);
        newest.insert(line.step, line.at);
    }
    for (const Step &step : std::as_const(window.last.steps)) {
        if (!step.started || !step.ended)
            continue;
        QVERIFY2(0us <= *step.started && *step.started <= *step.ended && *step.ended <= window.last.elapsed,
                 qPrintable(step.name));
    }
    checkNothingLeft();
}

void TestMishaps::aFullDiskInMidLog()
{
    const QByteArray disk = QFile::encodeName(m_paths.state);
    if (::mount("tmpfs", disk.constData(), "tmpfs", 0, "size=1100k") != 0)
        QSKIP("needs the right to mount a tmpfs");
    const auto unmount = qScopeGuard([&] { ::umount2(disk.constData(), MNT_DETACH); });
    // No faster than 200 KiB a second, for more is clipped by the builder inside an old Docker daemon.
    const Task task = layer(u"full"_s, {u"for i in 0 1 2 3 4 5 6 7 8 9; do seq $((i*20000+1)) $((i*20000+20000)); "
                                        "sleep 1; done; "_s +
                                        gate()});
    const BuildId id = launch({task});
    QVERIFY(id.isValid());
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), patienceMs);
    const auto numbers = [&](const BuildState &build) { // how far they go without one missing
        qint64 next = 1;
        for (qsizetype i = 0; i < build.lines().size(); ++i)
            next += build.lines().text(i) == QByteArrayView(QByteArray::number(next));
        return next - 1;
    };
    const BuildState build = state(id);
    QCOMPARE(build.status(), BuildStatus::Failed);
    QVERIFY2(build.failure().contains(folder(id).path) && build.failure().contains(u"No space left"),
             qPrintable(build.failure()));
    qInfo("%lld lines kept", numbers(build));
    QVERIFY(numbers(build) > 20'000);
    checkNothingLeft();
    QCOMPARE(::mount("tmpfs", disk.constData(), "tmpfs", MS_REMOUNT, "size=400m"), 0); // space was made
    const BuildId retried = launch({task});
    QVERIFY(retried.isValid());
    QTRY_VERIFY_WITH_TIMEOUT(isWaiting(), patienceMs);
    release();
    QTRY_VERIFY_WITH_TIMEOUT(ended(retried), patienceMs);
    QCOMPARE(state(retried).failure(), QString());
    QCOMPARE(state(retried).status(), BuildStatus::Done);
    QCOMPARE(numbers(state(retried)), 200'000);
}

/// Last: other tests would see what the daemon forgot.
void TestMishaps::aDaemonThatIsRestarted()
{
    if (m_kind == TestEngineKind::Podman)
        return; // has none
    const QString mark = QString::fromLatin1(m_sleep);
    const Task task =
        layer(u"daemon"_s, {u"echo before; true "_s + mark, u"echo one; "_s + gate() + u"; echo three"_s});
    const BuildId id = launch({task});
    QVERIFY(id.isValid());
    QTRY_VERIFY_WITH_TIMEOUT(shows(id, "one"), patienceMs);
    QVERIFY(m_testEngine->kill());
    const auto again = m_testEngine->restart();
    QVERIFY2(again, again ? "" : qPrintable(again.error().message));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), patienceMs);
    QCOMPARE(state(id).status(), BuildStatus::Failed);
    qInfo("%s", qPrintable(state(id).failure()));
    QVERIFY(shows(id, "one"));
    const auto plan = retryPlan(m_paths, id);
    QVERIFY(plan);
    const BuildId retried = launch(plan->tasks);
    QTRY_VERIFY_WITH_TIMEOUT(isWaiting(), patienceMs);
    release();
    QTRY_VERIFY_WITH_TIMEOUT(ended(retried), patienceMs);
    QCOMPARE(state(retried).failure(), QString());
    QCOMPARE(state(retried).status(), BuildStatus::Done);
    QVERIFY(shows(retried, "three"));
    QVERIFY(hasStep(retried, u"echo one"_s));
    checkNothingLeft();
}

int main(int argc, char **argv)
{
    if (argc == 3 && qstrcmp(argv[1], "run-build") == 0)
        return runBuild(QFile::decodeName(argv[2]));
    if (argc == 4 && qstrcmp(argv[1], "window") == 0)
        return followAlone(argc, argv);
    QCoreApplication app(argc, argv);
    const QString name = QString::fromLocal8Bit(argv[0]).section(u'/', -1);
    TestMishaps test(name.endsWith(u"podman")    ? TestEngineKind::Podman
                     : name.endsWith(u"classic") ? TestEngineKind::DockerClassic
                                                 : TestEngineKind::Docker);
    return QTest::qExec(&test, argc, argv);
}

#include "tst_mishaps.moc"
