// SPDX-License-Identifier: GPL-3.0-or-later
// The runner on commands of a shell: the process seam. Real engines are in tests/system/build.
#include "core/build/buildfolder.h"
#include "core/build/buildlock.h"
#include "core/build/builds.h"
#include "core/build/journalfile.h"
#include "core/build/processtree.h"
#include "core/build/runner.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
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
    BuildFolder folder(BuildId id) const { return {m_paths.builds() + u'/' + id.folderName()}; }
    BuildState state(BuildId id) const;
    bool ended(BuildId id) const { return !BuildLock::isHeld(folder(id).lock()); }
    bool wrote(BuildId id, const QByteArray &text) const;

    std::unique_ptr<QTemporaryDir> m_home;
    Paths m_paths;
    QByteArray m_mark;
};

void TestRunner::init()
{
    m_home = std::make_unique<QTemporaryDir>();
    m_paths.state = m_home->path();
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
