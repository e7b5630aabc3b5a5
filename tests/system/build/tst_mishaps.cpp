// SPDX-License-Identifier: GPL-3.0-or-later
// What befalls a build of a real engine from outside: windows that come, go and are killed, a runner killed in each
// phase, a clock that jumps, a full disk in the middle of the log, a daemon that is restarted. Each time the build's
// log is whole up to there, nothing is left behind, and a retry goes on.
#include "core/build/buildfollower.h"
#include "core/build/buildlock.h"
#include "core/build/runner.h"
#include "tests/core/build/followingwindow.h"
#include "tests/system/build/enginebuilds.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QScopeGuard>
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

class TestMishaps : public EngineBuilds
{
    Q_OBJECT

public:
    using EngineBuilds::EngineBuilds;

private Q_SLOTS:
    void allWindowsSeeTheSame();
    void killedRunner_data();
    void killedRunner();
    void aClockThatJumps();
    void aFullDiskInMidLog();
    void aDaemonThatIsRestarted();

private:
    /// Whose steps may hold `sleep <m_mark>`, which ends by release() alone.
    Task layerOf(const QString &name, const QStringList &steps,
                 const QString &from = QString::fromLatin1(baseName)) const;
    static Task script(const QString &name, const QString &text);
    /// Quietly: what a shell says of a killed command the classic builder colours, and the line behind it.
    QString gate() const { return u"(sleep %1 || true) 2> /dev/null"_s.arg(QString::fromLatin1(m_mark)); }
    bool hasStep(BuildId id, const QString &part) const;
    QList<pid_t> sleepers() const; ///< the steps that wait
    bool isWaiting() const { return !sleepers().isEmpty(); }
    void release() const; ///< ends the sleep that a step waits in
    void setClock(qint64 seconds) const;
};

Task TestMishaps::layerOf(const QString &name, const QStringList &steps, const QString &from) const
{
    return layer(name, "FROM " + from.toUtf8() + "\nRUN " + steps.join(u"\nRUN "_s).toUtf8() + '\n');
}

Task TestMishaps::script(const QString &name, const QString &text)
{
    return {name, TaskKind::Base, name, {u"/bin/sh"_s, {u"-c"_s, text}, {}, {}}, OutputFormat::Plain, {}, {}};
}

bool TestMishaps::hasStep(BuildId id, const QString &part) const
{
    const BuildState build = state(id);
    return std::any_of(build.steps().begin(), build.steps().end(),
                       [&](const Step &step) { return step.started && step.name.contains(part); });
}

QList<pid_t> TestMishaps::sleepers() const
{
    QList<pid_t> found = processesWith("sleep" + QByteArray(1, '\0') + m_mark + '\0');
    found.removeIf([](pid_t pid) { // the shell around it has the words too
        QFile file(u"/proc/%1/cmdline"_s.arg(pid));
        return !file.open(QIODevice::ReadOnly) || !file.readAll().startsWith("sleep");
    });
    return found;
}

void TestMishaps::release() const
{
    for (const pid_t pid : sleepers())
        ::kill(pid, SIGKILL);
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
    const BuildId id = launch({layerOf(
        u"windows"_s, {u"seq 1 5000; printf 'go '; "_s + gate() + u"; echo on; "_s + gate(), u"echo second"_s})});
    QVERIFY(id.isValid());
    FollowingWindow first(m_paths, id);
    QTRY_VERIFY_WITH_TIMEOUT(first.shows("5000"), patienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(first.shows("go "), patienceMs); // as a prompt: its line has no end yet
    QProcess alone;
    alone.start(QCoreApplication::applicationFilePath(), {u"window"_s, m_paths.state, id.folderName()});
    QByteArray told;
    QTRY_VERIFY_WITH_TIMEOUT(told.append(alone.readAllStandardOutput()).trimmed().split('\n').last().toInt() >= 5000,
                             patienceMs);
    FollowingWindow second(m_paths, id);
    QTRY_VERIFY_WITH_TIMEOUT(second.shows("5000"), patienceMs);
    alone.kill();
    QVERIFY(alone.waitForFinished());
    QCOMPARE(alone.exitStatus(), QProcess::CrashExit);
    QTRY_VERIFY_WITH_TIMEOUT(isWaiting(), patienceMs);
    release();
    QTRY_VERIFY_WITH_TIMEOUT(first.shows("go on") && second.shows("go on"), patienceMs);
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
        QCOMPARE(window->last.clock.start, first.last.clock.start);
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
    const QString mark = QString::fromLatin1(m_mark);
    const Task below =
        layerOf(u"below"_s, {u"echo one; true %1"_s.arg(mark), u"head -c 60000000 /dev/zero > /large; echo written"_s});
    const Task above = layerOf(u"above"_s, {u"echo two; "_s + gate() + u"; echo three"_s}, below.image);
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
    const QList<Task> tasks{script(u"before"_s, u"date +began\\ %s"_s), layerOf(u"clock"_s, steps),
                            script(u"after"_s, u"date +ahead\\ %s"_s)};
    qputenv("KERNELYARD_TEST_CLOCK", QFile::encodeName(m_home->filePath(u"clock"_s)));
    qputenv("LD_PRELOAD", KERNELYARD_JUMPING_CLOCK);
    const BuildId id = launch(tasks);
    qunsetenv("LD_PRELOAD"); // it is the runner's, and of what it runs
    qunsetenv("KERNELYARD_TEST_CLOCK");
    QVERIFY(id.isValid());
    FollowingWindow window(m_paths, id);
    QTRY_VERIFY_WITH_TIMEOUT(window.shows("one"), patienceMs);
    setClock(-86'400);
    QTRY_VERIFY_WITH_TIMEOUT(isWaiting(), patienceMs);
    release();
    QTRY_VERIFY_WITH_TIMEOUT(window.shows("two"), patienceMs);
    setClock(365LL * 86'400);
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
    QVERIFY(told("ahead") > told("began") + 360LL * 86'400); // it did jump
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
    const Task task = layerOf(u"full"_s, {u"for i in 0 1 2 3 4 5 6 7 8 9; do seq $((i*20000+1)) $((i*20000+20000)); "
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
    const QString mark = QString::fromLatin1(m_mark);
    const Task task =
        layerOf(u"daemon"_s, {u"echo before; true "_s + mark, u"echo one; "_s + gate() + u"; echo three"_s});
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
    if (argc == 4 && qstrcmp(argv[1], "window") == 0)
        return followAlone(argc, argv);
    return runEngineTest<TestMishaps>(argc, argv);
}

#include "tst_mishaps.moc"
