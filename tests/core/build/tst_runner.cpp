// SPDX-License-Identifier: GPL-3.0-or-later
// The runner on commands of a shell: the process seam. Real engines are in tests/system/build.
#include "core/build/buildfolder.h"
#include "core/build/buildlock.h"
#include "core/build/builds.h"
#include "core/build/journalfile.h"
#include "core/build/processtree.h"
#include "core/build/queue.h"
#include "core/build/runner.h"
#include "core/build/userscope.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

Task shellTask(const QString &script, const QString &name = u"base"_s)
{
    return {name,
            TaskKind::Base,
            u"Task %1"_s.arg(name),
            {u"/bin/sh"_s, {u"-c"_s, script}, {}, {}},
            OutputFormat::Plain,
            {},
            {}};
}

Plan shellPlan(const QStringList &scripts)
{
    Plan plan;
    plan.environment = u"test"_s;
    plan.purpose = u"build"_s;
    plan.engine.kind = EngineKind::Podman;
    plan.created = QDateTime::currentDateTimeUtc();
    for (qsizetype i = 0; i < scripts.size(); ++i)
        plan.tasks << shellTask(scripts.at(i), u"task%1"_s.arg(i));
    return plan;
}

/// The processes whose environment holds \a mark.
QList<pid_t> processesWith(const QByteArray &mark)
{
    QList<pid_t> found;
    for (const QString &name : QDir(u"/proc"_s).entryList(QDir::Dirs)) {
        QFile file(u"/proc/"_s + name + u"/environ");
        if (name.toInt() > 0 && file.open(QIODevice::ReadOnly) && file.readAll().contains(mark))
            found << name.toInt();
    }
    return found;
}

} // namespace

class TestRunner : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void doneBuildHoldsAllOutput();
    void firstFailureEndsIt();
    void killedTaskHas128More();
    void missingProgramIsNamed();
    void cancelEndsSoftly();
    void cancelEndsHardWhatIgnoresIt();
    void secondBuildWaitsAndCanBeCancelled();
    void queueIsTheUsers();
    void enginesDoNotWaitForOneAnother();
    void settingsAllowMore();
    void memoryIsWaitedFor();
    void heldBuildDoesNotStart();
    void killedWhileQueued();
    void killedWhileItEnds();
    void pausedStandsStill();
    void pauseBetweenTasks();
    void pauseIsRefusedWhereADaemonBuilds();
    void cancelWhilePaused();
    void killedWhilePausedLeavesNothing();
    void retryRunsThePlanAgain();
    void retryWithJobs();
    void runnerInAScope();
    void noScopeIsNoFailure();
    void realScope();
    void killedRunnerLeavesNothing();
    void killedGuardDoesNotHarm();
    void signalsToTheGuardCancel();
    void numbersAreNotUsedTwice();
    void refusedPlanIsTold();
    void noProgramIsTold();
    void fullDiskEndsInOrder();
    void sessionIsItsOwn();

private:
    BuildId launch(const Plan &plan);
    BuildFolder folder(BuildId id) const { return BuildFolder::of(m_paths, id); }
    BuildState state(BuildId id) const;
    bool ended(BuildId id) const { return !BuildLock::isHeld(folder(id).lock()); }
    bool wrote(BuildId id, const QByteArray &text) const;
    void setSetting(const QString &key, const QVariant &value) const;
    /// "1:run 2:turn": who runs and who waits.
    QString queue() const;

    std::unique_ptr<QTemporaryDir> m_home;
    Paths m_paths;
    QByteArray m_mark;
};

void TestRunner::init()
{
    m_home = std::make_unique<QTemporaryDir>();
    m_paths.state = m_home->path();
    m_paths.config = m_home->path() + u"/kernelyard";
    qputenv("XDG_CONFIG_HOME", QFile::encodeName(m_home->path()));
    m_mark = "KERNELYARD_TEST_MARK=" + QFile::encodeName(m_home->path());
    qputenv("KERNELYARD_TEST_MARK", QFile::encodeName(m_home->path()));
}

/// Whatever a test did: in the end no process of its builds is left.
void TestRunner::cleanup()
{
    qunsetenv("KERNELYARD_TEST_MARK");
    QTRY_COMPARE_WITH_TIMEOUT(processesWith(m_mark), QList<pid_t>(), 15'000);
}

BuildId TestRunner::launch(const Plan &plan)
{
    const auto id = launchBuild(m_paths, plan, QCoreApplication::applicationFilePath());
    if (!id)
        qWarning("%s: %s", qPrintable(id.error().message), qPrintable(id.error().detail));
    return id ? *id : BuildId();
}

BuildState TestRunner::state(BuildId id) const
{
    auto read = readBuild(m_paths, id);
    if (!read)
        qFatal("%s", qPrintable(read.error().message));
    return std::move(*read);
}

bool TestRunner::wrote(BuildId id, const QByteArray &text) const
{
    QFile file(folder(id).journal());
    return file.open(QIODevice::ReadOnly) && file.readAll().contains(text);
}

void TestRunner::setSetting(const QString &key, const QVariant &value) const
{
    QDir().mkpath(m_paths.config);
    QSettings ini(m_paths.settingsFile(), QSettings::IniFormat);
    ini.setValue(key, value);
}

QString TestRunner::queue() const
{
    QStringList parts;
    for (const QueueEntry &entry : readQueue(m_paths))
        parts << u"%1:%2"_s.arg(entry.id.number()).arg(entry.isStarted ? u"run"_s : QString::number(entry.place));
    return parts.join(u' ');
}

/// A command that waits until \a file is there.
static QString waitFor(const QString &file)
{
    return u"echo began; while ! test -e %1; do sleep 0.05; done; echo went on"_s.arg(file);
}

static bool touch(const QString &file)
{
    return QFile(file).open(QIODevice::WriteOnly);
}

/// The state letters of proc(5) of the processes that a test's builds run, without their runners and guards.
static QByteArray statesOf(const QList<pid_t> &processes)
{
    QByteArray states;
    for (const pid_t pid : processes) {
        QFile file(u"/proc/%1/stat"_s.arg(pid));
        const QByteArray stat = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        if (stat.contains("(sh)") || stat.contains("(sleep)"))
            states += stat.mid(stat.lastIndexOf(')') + 2, 1);
    }
    return states;
}

void TestRunner::doneBuildHoldsAllOutput()
{
    const BuildId id = launch(shellPlan({u"seq 1 200000; echo oops >&2"_s, u"printf 'no end'; exit 0"_s}));
    QVERIFY(id.isValid());
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    const BuildState build = state(id);
    QCOMPARE(build.status(), BuildStatus::Done);
    QCOMPARE(build.failure(), QString());
    QByteArray expected;
    for (int i = 1; i <= 200'000; ++i)
        expected += QByteArray::number(i) + '\n';
    QCOMPARE(build.taskOutput(0), expected);
    QCOMPARE(build.taskOutput(1), QByteArray("no end"));
    QCOMPARE(build.lines().size(), 200'002);
    QCOMPARE(build.steps().size(), 2);
    QCOMPARE(build.steps().at(0).status, StepStatus::Done);
    QCOMPARE(build.steps().at(0).lines, 200'001);
    QCOMPARE(build.stepsRun(), 2);
    QVERIFY(build.startedAt().secsTo(QDateTime::currentDateTime()) < 60);
    QVERIFY(!QFile::exists(folder(id).path + u"/reserve"));
}

void TestRunner::firstFailureEndsIt()
{
    const BuildId id = launch(shellPlan({u"echo fine"_s, u"echo no such header >&2; exit 3"_s, u"echo never"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    const BuildState build = state(id);
    QCOMPARE(build.status(), BuildStatus::Failed);
    QVERIFY(!wrote(id, "never"));
    QVERIFY2(build.failure().contains(u"ended with status 3"), qPrintable(build.failure()));
    QVERIFY2(build.failure().contains(u"no such header"), qPrintable(build.failure()));
    QVERIFY2(build.failure().contains(u"Kept: task0."), qPrintable(build.failure()));
}

void TestRunner::killedTaskHas128More()
{
    const BuildId id = launch(shellPlan({u"kill -9 $$"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    const BuildState build = state(id);
    QCOMPARE(build.status(), BuildStatus::Failed);
    QVERIFY2(build.failure().contains(u"killed (status 137)"), qPrintable(build.failure()));
    QVERIFY2(build.failure().contains(u"memory"), qPrintable(build.failure()));
}

void TestRunner::missingProgramIsNamed()
{
    Plan plan = shellPlan({u"true"_s});
    plan.tasks[0].command.program = u"no-such-engine"_s;
    const BuildId id = launch(plan);
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QCOMPARE(state(id).status(), BuildStatus::Failed);
    QVERIFY2(state(id).failure().contains(u"no-such-engine is not installed."), qPrintable(state(id).failure()));
}

void TestRunner::cancelEndsSoftly()
{
    const BuildId id =
        launch(shellPlan({u"trap 'echo tidied up; exit 1' TERM; echo began; sleep 100 & wait"_s, u"echo never"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(id, "began"), 20'000);
    QVERIFY(cancelBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 8'000); // sooner than the hard end
    const BuildState build = state(id);
    QCOMPARE(build.status(), BuildStatus::Cancelled);
    QVERIFY(wrote(id, "tidied up"));
    QVERIFY(!wrote(id, "never"));
    QVERIFY2(build.failure().startsWith(u"Cancelled during"), qPrintable(build.failure()));
    const auto again = cancelBuild(m_paths, id);
    QVERIFY(!again);
    QCOMPARE(again.error().kind, ErrorKind::Conflict);
}

void TestRunner::cancelEndsHardWhatIgnoresIt()
{
    const BuildId id = launch(shellPlan({u"trap '' TERM; echo began; while :; do sleep 1; done"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(id, "began"), 20'000);
    QVERIFY(cancelBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QCOMPARE(state(id).status(), BuildStatus::Cancelled);
}

void TestRunner::secondBuildWaitsAndCanBeCancelled()
{
    const BuildId first = launch(shellPlan({u"echo began; sleep 100"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(first, "began"), 20'000);
    const BuildId second = launch(shellPlan({u"echo second"_s}));
    const BuildId third = launch(shellPlan({u"echo third"_s}));
    QCOMPARE(second.number(), first.number() + 1);
    QCOMPARE(state(second).status(), BuildStatus::Queued);
    QVERIFY(cancelBuild(m_paths, third));
    QTRY_VERIFY_WITH_TIMEOUT(ended(third), 5'000);
    QCOMPARE(state(third).status(), BuildStatus::Cancelled);
    QVERIFY(!ended(second));
    QVERIFY(cancelBuild(m_paths, first));
    QTRY_VERIFY_WITH_TIMEOUT(ended(second), 20'000);
    QCOMPARE(state(second).status(), BuildStatus::Done);
    QVERIFY(!wrote(third, "third"));
}

static Plan named(Plan plan, const QString &environment)
{
    plan.environment = environment;
    return plan;
}

void TestRunner::queueIsTheUsers()
{
    const QString gate = m_home->filePath(u"gate"_s);
    const BuildId first = launch(named(shellPlan({waitFor(gate)}), u"a"_s));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(first, "began"), 20'000);
    const QString order = m_home->filePath(u"order"_s);
    QList<BuildId> ids;
    for (const QString &name : {u"b"_s, u"c"_s, u"d"_s})
        ids << launch(named(shellPlan({u"echo %1 >> %2"_s.arg(name, order)}), name));
    QCOMPARE(queue(), u"1:run 2:1 3:2 4:3"_s);
    QVERIFY(moveInQueue(m_paths, ids[2], QueueMove::Front));
    QCOMPARE(queue(), u"1:run 4:1 2:2 3:3"_s);
    QVERIFY(moveInQueue(m_paths, ids[0], QueueMove::Down));
    QCOMPARE(queue(), u"1:run 4:1 3:2 2:3"_s);
    QVERIFY(moveInQueue(m_paths, ids[0], QueueMove::Down)); // it is the last: nothing changes
    QVERIFY(moveInQueue(m_paths, ids[2], QueueMove::Up));
    QCOMPARE(queue(), u"1:run 4:1 3:2 2:3"_s);
    QCOMPARE(moveInQueue(m_paths, first, QueueMove::Up).error().kind, ErrorKind::Conflict);
    QVERIFY(touch(gate));
    for (const BuildId id : std::as_const(ids))
        QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QFile file(order);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("d\nc\nb\n"));
    QCOMPARE(queue(), QString());
    QCOMPARE(QDir(m_paths.builds() + u"/.queue"_s).entryList({u"0*"_s}, QDir::Files), QStringList());
}

void TestRunner::enginesDoNotWaitForOneAnother()
{
    const QString gate = m_home->filePath(u"gate"_s);
    const BuildId first = launch(shellPlan({waitFor(gate)}));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(first, "began"), 20'000);
    Plan other = shellPlan({u"true"_s});
    other.engine.kind = EngineKind::Docker;
    const BuildId second = launch(other);
    QTRY_VERIFY_WITH_TIMEOUT(ended(second), 20'000);
    QCOMPARE(state(second).status(), BuildStatus::Done);
    QVERIFY(!ended(first));
    QVERIFY(touch(gate));
    QTRY_VERIFY_WITH_TIMEOUT(ended(first), 20'000);
}

void TestRunner::settingsAllowMore()
{
    const QString gate = m_home->filePath(u"gate"_s);
    const BuildId first = launch(named(shellPlan({waitFor(gate)}), u"a"_s));
    const BuildId second = launch(named(shellPlan({waitFor(gate)}), u"b"_s));
    const BuildId third = launch(named(shellPlan({waitFor(gate)}), u"a"_s));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(first, "began"), 20'000);
    QCOMPARE(queue(), u"1:run 2:1 3:2"_s);
    setSetting(u"queue/buildsPerEngine"_s, 3); // while they wait
    QTRY_VERIFY_WITH_TIMEOUT(wrote(second, "began"), 20'000);
    QCOMPARE(queue(), u"1:run 2:run 3:1"_s); // never two of one environment
    QVERIFY(touch(gate));
    for (const BuildId id : {first, second, third}) {
        QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
        QCOMPARE(state(id).status(), BuildStatus::Done);
    }
}

void TestRunner::memoryIsWaitedFor()
{
    setSetting(u"queue/buildsPerEngine"_s, 3);
    setSetting(u"queue/memoryBudgetGiB"_s, 8);
    const QString gate = m_home->filePath(u"gate"_s);
    Plan plan = named(shellPlan({waitFor(gate)}), u"a"_s);
    plan.memoryBytes = qint64(6) << 30;
    const BuildId first = launch(plan);
    QTRY_VERIFY_WITH_TIMEOUT(wrote(first, "began"), 20'000);
    plan.environment = u"b"_s;
    const BuildId second = launch(plan);
    const BuildId third = launch(named(shellPlan({u"true"_s}), u"c"_s));
    QTRY_VERIFY_WITH_TIMEOUT(ended(third), 20'000); // takes none that is known
    const auto waiting = readQueue(m_paths);
    QCOMPARE(waiting.size(), 2);
    QCOMPARE(waiting[1].id, second);
    QCOMPARE(waiting[1].waitsFor, QueueWait::Memory);
    QVERIFY(touch(gate));
    QTRY_VERIFY_WITH_TIMEOUT(ended(second), 20'000);
    QCOMPARE(state(second).status(), BuildStatus::Done);
}

void TestRunner::heldBuildDoesNotStart()
{
    const QString gate = m_home->filePath(u"gate"_s);
    const BuildId first = launch(named(shellPlan({waitFor(gate)}), u"a"_s));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(first, "began"), 20'000);
    const BuildId second = launch(named(shellPlan({u"true"_s}), u"b"_s));
    const BuildId third = launch(named(shellPlan({u"true"_s}), u"c"_s));
    QVERIFY(pauseBuild(m_paths, second));
    QCOMPARE(pauseBuild(m_paths, second).error().kind, ErrorKind::Conflict);
    QVERIFY(touch(gate));
    QTRY_VERIFY_WITH_TIMEOUT(ended(third), 20'000);
    QCOMPARE(state(second).status(), BuildStatus::Queued);
    QCOMPARE(queueSentence(readQueue(m_paths).value(0)), u"Queued, paused"_s);
    QVERIFY(resumeBuild(m_paths, second));
    QTRY_VERIFY_WITH_TIMEOUT(ended(second), 20'000);
    QCOMPARE(state(second).status(), BuildStatus::Done);
    QCOMPARE(resumeBuild(m_paths, second).error().kind, ErrorKind::Conflict);
}

void TestRunner::killedWhileQueued()
{
    const QString gate = m_home->filePath(u"gate"_s);
    const BuildId first = launch(named(shellPlan({waitFor(gate)}), u"a"_s));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(first, "began"), 20'000);
    const BuildId second = launch(named(shellPlan({u"echo second"_s}), u"b"_s));
    const BuildId third = launch(named(shellPlan({u"true"_s}), u"c"_s));
    QCOMPARE(::kill(*BuildLock::holder(folder(second).lock()), SIGKILL), 0);
    QTRY_VERIFY_WITH_TIMEOUT(ended(second), 5'000);
    QCOMPARE(state(second).status(), BuildStatus::Interrupted);
    QCOMPARE(queue(), u"1:run 3:1"_s); // its place is given up at once
    QVERIFY(touch(gate));
    QTRY_VERIFY_WITH_TIMEOUT(ended(third), 20'000);
    QCOMPARE(state(third).status(), BuildStatus::Done);
    QVERIFY(!wrote(second, "second"));
    const auto again = retryPlan(m_paths, second);
    QVERIFY(again);
    const BuildId retried = launch(*again);
    QTRY_VERIFY_WITH_TIMEOUT(ended(retried), 20'000);
    QVERIFY(wrote(retried, "second"));
}

/// The engine has been asked to end and takes its time.
void TestRunner::killedWhileItEnds()
{
    const BuildId id = launch(shellPlan({u"trap 'echo ending; sleep 100' TERM; echo began; sleep 100 & wait"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(id, "began"), 20'000);
    QVERIFY(cancelBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(id, "ending"), 20'000);
    const auto runner = BuildLock::holder(folder(id).lock());
    QVERIFY(runner);
    QCOMPARE(::kill(*runner, SIGKILL), 0);
    QTRY_COMPARE_WITH_TIMEOUT(processesWith(m_mark), QList<pid_t>(), 25'000);
    QCOMPARE(state(id).status(), BuildStatus::Interrupted);
    QCOMPARE(queue(), QString());
}

void TestRunner::pausedStandsStill()
{
    const QString gate = m_home->filePath(u"gate"_s);
    const BuildId id = launch(shellPlan({waitFor(gate)}));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(id, "began"), 20'000);
    QVERIFY(pauseBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(state(id).isPaused(), 5'000);
    const QByteArray states = statesOf(processesWith(m_mark));
    QVERIFY(!states.isEmpty());
    QCOMPARE(states, QByteArray(states.size(), 'T'));
    QVERIFY(touch(gate)); // it would end now
    QVERIFY(listBuilds(m_paths)->value(0).isPaused);
    QCOMPARE(state(id).status(), BuildStatus::Running);
    const qint64 bytes = QFileInfo(folder(id).journal()).size();
    QTest::qWait(1500); // samples come every second, but for a paused build
    QCOMPARE(QFileInfo(folder(id).journal()).size(), bytes);
    QVERIFY(resumeBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    const BuildState build = state(id);
    QCOMPARE(build.status(), BuildStatus::Done);
    QVERIFY(wrote(id, "went on"));
    QVERIFY(!build.isPaused());
    using namespace std::chrono_literals;
    QVERIFY(build.clock().paused() >= 1500ms);
    const auto own = std::chrono::floor<std::chrono::milliseconds>(build.elapsed()).count();
    QVERIFY(build.startedAt().msecsTo(build.clock().moment(build.elapsed())) >= own + 1500); // by the clock on the wall
    QCOMPARE(build.startedAt().msecsTo(build.clock().moment(1ms)), 1); // what was before the pause stays where it was
    QStringList notes;
    for (qsizetype i = 0; i < build.lines().size(); ++i)
        if (build.lines().step(i) < 0)
            notes << QString::fromUtf8(build.lines().text(i));
    QCOMPARE(notes, QStringList({u"Paused."_s, u"Resumed."_s}));
}

void TestRunner::pauseBetweenTasks()
{
    const QString gate = m_home->filePath(u"gate"_s);
    Plan plan = shellPlan({waitFor(gate), u"echo second"_s});
    plan.engine.kind = EngineKind::Docker;
    plan.tasks[0].kind = TaskKind::Layer; // a daemon does it
    const BuildId id = launch(plan);
    QTRY_VERIFY_WITH_TIMEOUT(wrote(id, "began"), 20'000);
    QVERIFY(touch(folder(id).pause())); // asked in the moment before it began
    QVERIFY(touch(gate));
    QTRY_VERIFY_WITH_TIMEOUT(state(id).isPaused(), 5'000);
    QVERIFY(wrote(id, "went on"));
    QVERIFY(!wrote(id, "second"));
    QVERIFY(resumeBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QVERIFY(wrote(id, "second"));
}

void TestRunner::pauseIsRefusedWhereADaemonBuilds()
{
    const QString gate = m_home->filePath(u"gate"_s);
    Plan plan = shellPlan({waitFor(gate)});
    plan.engine.kind = EngineKind::Docker;
    plan.tasks[0].kind = TaskKind::Layer;
    const BuildId id = launch(plan);
    QTRY_VERIFY_WITH_TIMEOUT(wrote(id, "began"), 20'000);
    const auto paused = pauseBuild(m_paths, id);
    QVERIFY(!paused);
    QCOMPARE(paused.error().kind, ErrorKind::Unsupported);
    QVERIFY2(paused.error().message.contains(u"daemon of docker"), qPrintable(paused.error().message));
    QVERIFY(touch(gate));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QCOMPARE(state(id).clock().paused().count(), 0);
}

void TestRunner::cancelWhilePaused()
{
    const BuildId id = launch(shellPlan({u"trap 'echo tidied up; exit 1' TERM; echo began; sleep 100 & wait"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(id, "began"), 20'000);
    QVERIFY(pauseBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(state(id).isPaused(), 5'000);
    QVERIFY(cancelBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 8'000); // softly, which a frozen process could not do
    QCOMPARE(state(id).status(), BuildStatus::Cancelled);
    QVERIFY(wrote(id, "tidied up"));
    QVERIFY(!QFile::exists(folder(id).pause()));
}

void TestRunner::killedWhilePausedLeavesNothing()
{
    const BuildId id = launch(shellPlan({u"echo began; setsid sleep 1000 & sleep 1000"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(id, "began"), 20'000);
    QVERIFY(pauseBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(state(id).isPaused(), 5'000);
    QCOMPARE(::kill(*BuildLock::holder(folder(id).lock()), SIGKILL), 0);
    QTRY_COMPARE_WITH_TIMEOUT(processesWith(m_mark), QList<pid_t>(), 15'000);
    QCOMPARE(state(id).status(), BuildStatus::Interrupted);
    QVERIFY(!state(id).isPaused());
    QVERIFY(!QFile::exists(folder(id).pause()));
}

void TestRunner::retryRunsThePlanAgain()
{
    const QString built = m_home->filePath(u"built"_s);
    Plan plan = shellPlan({u"echo first"_s, u"test -e %1"_s.arg(built), u"true"_s});
    for (Task &task : plan.tasks)
        task.command.arguments << u"--no-cache"_s; // positional parameters of the shell
    const BuildId id = launch(plan);
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QCOMPARE(state(id).status(), BuildStatus::Failed);
    QVERIFY(touch(built));
    const auto again = retryPlan(m_paths, id);
    QVERIFY(again);
    QCOMPARE(again->retryOf, id.number());
    QVERIFY(!again->tasks[0].command.arguments.contains(u"--no-cache"_s));
    QVERIFY(
        !again->tasks[1].command.arguments.contains(u"--no-cache"_s)); // it had begun: its own steps are in the cache
    QVERIFY(again->tasks[2].command.arguments.contains(u"--no-cache"_s));
    const BuildId retried = launch(*again);
    QTRY_VERIFY_WITH_TIMEOUT(ended(retried), 20'000);
    QCOMPARE(state(retried).status(), BuildStatus::Done);
    QCOMPARE(state(retried).plan().retryOf, id.number());
    for (int reading = 0; reading < 2; ++reading) // from the journal, then from the summary
        QCOMPARE(listBuilds(m_paths)->value(0).retryOf, id.number());
    QCOMPARE(retryPlan(m_paths, BuildId(99)).error().kind, ErrorKind::NotFound);
}

void TestRunner::retryWithJobs()
{
    QFile file(m_home->filePath(u"Dockerfile"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("FROM scratch\nARG MAX_JOBS=\n");
    file.close();
    Plan plan = shellPlan({u"true"_s, u"true"_s});
    const BuildId none = launch(plan);
    QTRY_VERIFY_WITH_TIMEOUT(ended(none), 20'000);
    QCOMPARE(retryPlan(m_paths, none, 2).error().kind, ErrorKind::Unsupported);
    plan.tasks[1].kind = TaskKind::Layer;
    plan.tasks[1].command.arguments << u"--file"_s << file.fileName() << u"context"_s;
    const BuildId one = launch(plan);
    QTRY_VERIFY_WITH_TIMEOUT(ended(one), 20'000);
    const auto two = retryPlan(m_paths, one, 2);
    QVERIFY(two);
    QVERIFY(!two->tasks[0].command.arguments.contains(u"MAX_JOBS=2"_s));
    QCOMPARE(two->tasks[1].command.arguments.mid(2),
             QStringList({u"--file"_s, file.fileName(), u"--build-arg"_s, u"MAX_JOBS=2"_s, u"context"_s}));
    const BuildId again = launch(*two);
    QTRY_VERIFY_WITH_TIMEOUT(ended(again), 20'000);
    QCOMPARE(retryPlan(m_paths, again, 1)->tasks[1].command.arguments.count(u"MAX_JOBS=1"_s), 1);
    QCOMPARE(retryPlan(m_paths, again, 1)->tasks[1].command.arguments.count(u"--build-arg"_s), 1);
}

/// A stand-in for systemd-run, and the socket by which the user's manager is known.
static void fakeScope(const QString &home, const QByteArray &script)
{
    QDir().mkpath(home + u"/run/systemd");
    QVERIFY(touch(home + u"/run/systemd/private"));
    QDir().mkpath(home + u"/bin");
    QFile file(home + u"/bin/systemd-run");
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("#!/bin/sh\n" + script);
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    qputenv("XDG_RUNTIME_DIR", QFile::encodeName(home + u"/run"));
    qputenv("PATH", QFile::encodeName(home + u"/bin:") + qgetenv("PATH"));
}

void TestRunner::runnerInAScope()
{
    const auto restore = qScopeGuard([path = qgetenv("PATH"), run = qgetenv("XDG_RUNTIME_DIR")] {
        qputenv("PATH", path);
        qputenv("XDG_RUNTIME_DIR", run);
    });
    fakeScope(m_home->path(), "echo \"$@\" > " + QFile::encodeName(m_home->path()) +
                                  "/words\nwhile test \"$1\" != --; do shift; done; shift; exec \"$@\"\n");
    const BuildId id = launch(shellPlan({u"true"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QCOMPARE(state(id).status(), BuildStatus::Done);
    QFile words(m_home->filePath(u"words"_s));
    QVERIFY(words.open(QIODevice::ReadOnly));
    QCOMPARE(words.readAll().trimmed(), "--user --scope --quiet --collect --unit=kernelyard-0001-" +
                                            QByteArray::number(QCoreApplication::applicationPid()) +
                                            " --description=Kernelyard build #0001 -- " +
                                            QFile::encodeName(QCoreApplication::applicationFilePath()) + " run-build " +
                                            QFile::encodeName(folder(id).path));
    words.close();
    setSetting(u"queue/userScope"_s, false);
    QVERIFY(words.remove());
    const BuildId plain = launch(shellPlan({u"true"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(ended(plain), 20'000);
    QVERIFY(!words.exists());
}

void TestRunner::noScopeIsNoFailure()
{
    const auto restore = qScopeGuard([path = qgetenv("PATH"), run = qgetenv("XDG_RUNTIME_DIR")] {
        qputenv("PATH", path);
        qputenv("XDG_RUNTIME_DIR", run);
    });
    fakeScope(m_home->path(), "echo 'Failed to connect to bus' >&2; exit 1\n");
    const BuildId id = launch(shellPlan({u"true"_s}));
    QVERIFY(id.isValid());
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QCOMPARE(state(id).status(), BuildStatus::Done);
}

void TestRunner::realScope()
{
    if (!UserScope::find())
        QSKIP("needs a systemd manager of the user (XDG_RUNTIME_DIR/systemd/private) and systemd-run");
    const BuildId id = launch(shellPlan({u"cat /proc/self/cgroup"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QVERIFY(wrote(id, "kernelyard-0001-"));
}

void TestRunner::killedRunnerLeavesNothing()
{
    // One that leaves the engine's process group and session, as a container's monitor does.
    const BuildId id =
        launch(shellPlan({u"echo began; setsid sh -c 'trap \"\" TERM HUP; sleep 1000' & sleep 1000"_s, u"true"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(id, "began"), 20'000);
    const auto runner = BuildLock::holder(folder(id).lock());
    QVERIFY(runner);
    QVERIFY(processesWith(m_mark).size() >= 5);
    QCOMPARE(::kill(*runner, SIGKILL), 0);
    QTRY_COMPARE_WITH_TIMEOUT(processesWith(m_mark), QList<pid_t>(), 15'000);
    const BuildState build = state(id);
    QCOMPARE(build.status(), BuildStatus::Interrupted);
    QCOMPARE(build.taskOutput(0), QByteArray("began\n"));
    QVERIFY2(build.failure().contains(u"cut off"), qPrintable(build.failure()));
    QVERIFY(!QFile::exists(folder(id).path + u"/reserve"));
    // and the engines are free for the next
    const BuildId next = launch(shellPlan({u"true"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(ended(next), 20'000);
    QCOMPARE(state(next).status(), BuildStatus::Done);
}

static pid_t parentOf(pid_t pid)
{
    QFile file(u"/proc/%1/stat"_s.arg(pid));
    const QByteArray text = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    return text.mid(text.lastIndexOf(')') + 2).split(' ').value(1).toInt();
}

void TestRunner::killedGuardDoesNotHarm()
{
    const BuildId id = launch(shellPlan({u"echo began; sleep 2; echo went on"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(id, "began"), 20'000);
    QCOMPARE(::kill(parentOf(*BuildLock::holder(folder(id).lock())), SIGKILL), 0);
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QCOMPARE(state(id).status(), BuildStatus::Done);
    QVERIFY(wrote(id, "went on"));
}

void TestRunner::signalsToTheGuardCancel()
{
    const BuildId id = launch(shellPlan({u"echo began; sleep 1000"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(id, "began"), 20'000);
    const pid_t guard = parentOf(*BuildLock::holder(folder(id).lock()));
    QCOMPARE(::kill(guard, SIGHUP), 0);
    QCOMPARE(::kill(guard, SIGTERM), 0);
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    QCOMPARE(state(id).status(), BuildStatus::Cancelled);
}

void TestRunner::numbersAreNotUsedTwice()
{
    QVERIFY(QDir().mkpath(m_paths.builds() + u"/0041"));
    QCOMPARE(launch(shellPlan({u"true"_s})), BuildId(42));
    QTRY_VERIFY_WITH_TIMEOUT(ended(BuildId(42)), 20'000);
    QCOMPARE(*findBuild(m_paths, u"latest"_s), BuildId(42));
    QCOMPARE(*findBuild(m_paths, u"#0042"_s), BuildId(42));
    QCOMPARE(findBuild(m_paths, u"41"_s).error().kind, ErrorKind::NotFound); // it has no plan
    QCOMPARE(findBuild(m_paths, u"newest"_s).error().kind, ErrorKind::Invalid);
    QCOMPARE(listBuilds(m_paths)->size(), 1);
}

void TestRunner::refusedPlanIsTold()
{
    Plan plan = shellPlan({u"true"_s});
    plan.tasks[0].command.program.clear();
    const auto id = launchBuild(m_paths, plan, QCoreApplication::applicationFilePath());
    QVERIFY(!id);
    QCOMPARE(id.error().kind, ErrorKind::Invalid);
    QVERIFY2(id.error().message.contains(u"tasks[0].command.program"), qPrintable(id.error().message));
    QCOMPARE(listBuilds(m_paths)->size(), 0);
}

void TestRunner::noProgramIsTold()
{
    const auto id = launchBuild(m_paths, shellPlan({u"true"_s}), u"/no/such/kernelyardctl"_s);
    QVERIFY(!id);
    QVERIFY(id.error().message.contains(u"/no/such/kernelyardctl"));
    QCOMPARE(id.error().detail, u"exec failed"_s);
    QVERIFY(QDir(m_paths.builds()).isEmpty());
}

void TestRunner::fullDiskEndsInOrder()
{
    if (::mount("tmpfs", QFile::encodeName(m_home->path()).constData(), "tmpfs", 0, "size=4m") != 0)
        QSKIP("needs the right to mount a tmpfs");
    const auto unmount = qScopeGuard([&] { ::umount2(QFile::encodeName(m_home->path()).constData(), MNT_DETACH); });
    const BuildId id = launch(shellPlan({u"trap 'exit 5' TERM; yes 'a line of a log that fills the disk'"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
    const BuildState build = state(id);
    QCOMPARE(build.status(), BuildStatus::Failed);
    QVERIFY2(build.failure().contains(folder(id).path), qPrintable(build.failure()));
    QVERIFY2(build.failure().contains(u"No space left"), qPrintable(build.failure()));
    QVERIFY2(build.failure().contains(u"Free space"), qPrintable(build.failure()));
    QVERIFY(build.lines().size() > 50'000);
    for (qsizetype i = 0; i + 2 < build.lines().size(); ++i)
        QCOMPARE(build.lines().text(i).toByteArray(), QByteArray("a line of a log that fills the disk"));
}

void TestRunner::sessionIsItsOwn()
{
    const BuildId id = launch(shellPlan({u"echo began; sleep 1000"_s}));
    QTRY_VERIFY_WITH_TIMEOUT(wrote(id, "began"), 20'000);
    const pid_t runner = *BuildLock::holder(folder(id).lock());
    const pid_t guard = parentOf(runner);
    QVERIFY(::getsid(runner) != ::getsid(0));
    QCOMPARE(::getsid(runner), runner);
    QVERIFY(::getsid(guard) != runner);
    QCOMPARE(QFile::symLinkTarget(u"/proc/%1/cwd"_s.arg(guard)), u"/"_s);
    for (const pid_t pid : {runner, guard})
        for (int descriptor = 0; descriptor <= 2; ++descriptor)
            QCOMPARE(QFile::symLinkTarget(u"/proc/%1/fd/%2"_s.arg(pid).arg(descriptor)), u"/dev/null"_s);
    QVERIFY(cancelBuild(m_paths, id));
    QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
}

int main(int argc, char **argv)
{
    if (argc == 3 && qstrcmp(argv[1], "run-build") == 0)
        return runBuild(QFile::decodeName(argv[2]));
    QCoreApplication app(argc, argv);
    TestRunner test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_runner.moc"
