// SPDX-License-Identifier: GPL-3.0-or-later
// A build seen from outside while it runs, by several at once and under a clock that jumps.
#include "core/build/buildfolder.h"
#include "core/build/buildfollower.h"
#include "core/build/buildlock.h"
#include "core/build/runner.h"
#include "tests/core/build/followingwindow.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <cstring>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

class TestReattach : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void allWindowsSeeTheSame();
    void allWindowsSeeTheRunnerKilled();
    void aClockThatJumps();

private:
    /// Task by task, each of which begins when the one before has ended and its gate is open.
    BuildId launch(const QStringList &scripts);
    BuildFolder folder(BuildId id) const { return BuildFolder::of(m_paths, id); }
    bool ended(BuildId id) const { return !BuildLock::isHeld(folder(id).lock()); }
    QString gate(int number) const { return m_home->filePath(u"gate%1"_s.arg(number)); }
    QString waitFor(int number) const { return u"while ! test -e %1; do sleep 0.05; done"_s.arg(gate(number)); }
    void open(int number) const { write(gate(number), {}); }
    static void write(const QString &name, const QByteArray &bytes)
    {
        QFile file(name);
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("%s: %s", qPrintable(name), qPrintable(file.errorString()));
    }
    void setClock(qint64 seconds) const
    {
        write(m_home->filePath(u"clock.new"_s), QByteArray::number(seconds));
        std::rename(qPrintable(m_home->filePath(u"clock.new"_s)), qPrintable(m_home->filePath(u"clock"_s)));
    }

    std::unique_ptr<QTemporaryDir> m_home;
    Paths m_paths;
};

void TestReattach::init()
{
    m_home = std::make_unique<QTemporaryDir>();
    m_paths.state = m_home->filePath(u"state"_s);
    m_paths.config = m_home->filePath(u"config"_s);
}

void TestReattach::cleanup()
{
    qunsetenv("LD_PRELOAD");
    for (int number = 1; number <= 4; ++number)
        open(number);
    for (const QString &name : QDir(m_paths.builds()).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        if (const BuildId id = BuildId::fromText(name); id.isValid())
            QTRY_VERIFY_WITH_TIMEOUT(ended(id), 20'000);
}

BuildId TestReattach::launch(const QStringList &scripts)
{
    Plan plan;
    plan.environment = u"test"_s;
    plan.purpose = u"build"_s;
    for (const QString &script : scripts)
        plan.tasks << Task{u"task%1"_s.arg(plan.tasks.size()),
                           TaskKind::Base,
                           u"Task"_s,
                           {u"/bin/sh"_s, {u"-c"_s, script}, {}, {}},
                           OutputFormat::Plain,
                           {},
                           {}};
    const auto id = launchBuild(m_paths, plan, QCoreApplication::applicationFilePath());
    if (!id)
        qWarning("%s: %s", qPrintable(id.error().message), qPrintable(id.error().detail));
    return id ? *id : BuildId();
}

void TestReattach::allWindowsSeeTheSame()
{
    const BuildId id =
        launch({u"echo began; seq 1 5000; printf 'half a\\rli'; "_s + waitFor(1) + u"; echo ne; echo e >&2"_s,
                u"echo second; "_s + waitFor(2)});
    QVERIFY(id.isValid());
    FollowingWindow first(m_paths, id);
    QTRY_VERIFY_WITH_TIMEOUT(first.shows("half a\rli"), 20'000);
    FollowingWindow second(m_paths, id); // opened in the middle of it
    QTRY_VERIFY_WITH_TIMEOUT(second.shows("half a\rli"), 20'000);
    QCOMPARE(second.lines.size(), first.lines.size());
    open(1);
    QTRY_VERIFY_WITH_TIMEOUT(first.shows("second") && second.shows("second"), 20'000);
    open(2);
    QTRY_VERIFY_WITH_TIMEOUT(first.end && second.end, 20'000);
    FollowingWindow third(m_paths, id); // long after
    QTRY_VERIFY_WITH_TIMEOUT(third.end, 20'000);
    for (const FollowingWindow *window : {&first, &second, &third}) {
        QCOMPARE(*window->end, BuildStatus::Done);
        QCOMPARE(window->last.status, BuildStatus::Done);
        QVERIFY(window->shows("half a\rline"));
        QCOMPARE(window->lines.size(), 5004);
        QVERIFY(window->lines == first.lines); // text, step, time and stream
        QCOMPARE(window->last.elapsed, first.last.elapsed);
        QCOMPARE(window->last.clock.start, first.last.clock.start);
        QVERIFY(window->last.steps == first.last.steps);
        QVERIFY(window->samples == first.samples);
    }
}

void TestReattach::allWindowsSeeTheRunnerKilled()
{
    const BuildId id = launch({u"echo began; "_s + waitFor(1)});
    FollowingWindow first(m_paths, id), second(m_paths, id);
    QTRY_VERIFY_WITH_TIMEOUT(first.shows("began") && second.shows("began"), 20'000);
    QCOMPARE(::kill(*BuildLock::holder(folder(id).lock()), SIGKILL), 0);
    QTRY_VERIFY_WITH_TIMEOUT(first.end && second.end, 20'000);
    QCOMPARE(*first.end, BuildStatus::Interrupted);
    QCOMPARE(*second.end, BuildStatus::Interrupted);
    QVERIFY(first.lines == second.lines);
}

/// The machine's clock is set back by a day and then ahead by a year, as after a sleep or by hand, while a build runs.
void TestReattach::aClockThatJumps()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("a sanitizer's run time wants to be the first library");
#endif
    QElapsedTimer clock;
    clock.start();
    setClock(0);
    qputenv("KERNELYARD_TEST_CLOCK", QFile::encodeName(m_home->filePath(u"clock"_s)));
    qputenv("LD_PRELOAD", KERNELYARD_JUMPING_CLOCK);
    const BuildId id = launch({u"date +began\\ %s; "_s + waitFor(1) + u"; date +back\\ %s"_s,
                               u"echo second; "_s + waitFor(2) + u"; date +ahead\\ %s; seq 1 100"_s});
    qunsetenv("LD_PRELOAD"); // it is the runner's, and of what it runs
    QVERIFY(id.isValid());
    FollowingWindow window(m_paths, id);
    const auto told = [&](const char *word) -> qint64 {
        for (const LogLine &line : std::as_const(window.lines))
            if (line.text.startsWith(word))
                return line.text.mid(qsizetype(std::strlen(word)) + 1).toLongLong();
        return 0;
    };
    QTRY_VERIFY_WITH_TIMEOUT(told("began") > 0, 20'000);
    setClock(-86'400);
    open(1);
    QTRY_VERIFY_WITH_TIMEOUT(window.shows("second"), 20'000);
    setClock(365LL * 86'400);
    open(2);
    QTRY_VERIFY_WITH_TIMEOUT(window.end.has_value(), 20'000);
    // it did jump
    QVERIFY2(told("back") < told("began") - 80'000, qPrintable(QString::number(told("back"))));
    QVERIFY2(told("ahead") > told("began") + 360LL * 86'400, qPrintable(QString::number(told("ahead"))));
    QCOMPARE(*window.end, BuildStatus::Done);
    QVERIFY(window.shows("100"));
    QVERIFY(window.last.elapsed > 0us);
    QVERIFY(window.last.elapsed <= std::chrono::milliseconds(clock.elapsed() + 1));
    for (qsizetype i = 1; i < window.lines.size(); ++i)
        QVERIFY(window.lines[i].at >= window.lines[i - 1].at);
    for (const LogLine &line : std::as_const(window.lines))
        QVERIFY(line.at >= 0us && line.at <= window.last.elapsed);
    for (const Step &step : std::as_const(window.last.steps))
        QVERIFY(step.started && step.ended && *step.started <= *step.ended && *step.ended <= window.last.elapsed);

    // One that is begun a day before the first, by the clock, comes after it all the same.
    setClock(-86'400);
    qputenv("LD_PRELOAD", KERNELYARD_JUMPING_CLOCK);
    const BuildId next = launch({u"true"_s});
    qunsetenv("LD_PRELOAD");
    QTRY_VERIFY_WITH_TIMEOUT(ended(next), 20'000);
    const auto builds = listBuilds(m_paths);
    QVERIFY(builds);
    QCOMPARE(builds->size(), 2);
    QCOMPARE(builds->at(0).id, next);
    QVERIFY(builds->at(0).started < builds->at(1).started);
    QCOMPARE(builds->at(0).status, BuildStatus::Done);
}

int main(int argc, char **argv)
{
    if (argc == 3 && qstrcmp(argv[1], "run-build") == 0)
        return runBuild(QFile::decodeName(argv[2]));
    QCoreApplication app(argc, argv);
    TestReattach test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_reattach.moc"
