// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/linekind.h"
#include "ui/models/buildlistmodel.h"
#include "ui/models/buildlog.h"
#include "ui/models/stepmodel.h"
#include "ui/models/wording.h"
#include "ui/widgets/statedelegate.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestBuildModels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void listChangesOnlyWhatDiffers();
    void listFollowsAnyChange();
    void listTexts();
    void aDamagedPlanIsSaid();
    void runningDurationTicks();
    void stepsByTask();
    void stepsGrow();
    void stepsOfADamagedJournal();
    void stepStates();
    void stepTitles_data();
    void stepTitles();
    void lineKinds_data();
    void lineKinds();
    void logAppends();
    void durations();
};

static BuildSummary summary(int number, BuildStatus status = BuildStatus::Done)
{
    BuildSummary build;
    build.id = BuildId(number);
    build.environment = u"starter"_s;
    build.purpose = u"setup"_s;
    build.engine = u"Podman 4.3.1"_s;
    build.status = status;
    build.started = QDateTime(QDate(2026, 11, 21), QTime(13, 7));
    build.elapsed = 4s;
    build.stepsCached = 14;
    build.stepsRun = 6;
    return build;
}

static Plan plan()
{
    Plan made;
    made.environment = u"starter"_s;
    made.purpose = u"setup"_s;
    for (const auto &name : {u"wheels"_s, u"builder"_s, u"dev"_s}) {
        Task task;
        task.name = name;
        task.title = u"Layer "_s + name;
        made.tasks.append(task);
    }
    return made;
}

static Step step(int task, const QString &key, const QString &name, StepStatus status)
{
    Step made;
    made.task = task;
    made.key = key;
    made.name = name;
    made.status = status;
    return made;
}

void TestBuildModels::listChangesOnlyWhatDiffers()
{
    BuildListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setBuilds({summary(3), summary(2), summary(1)});
    QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset);

    model.setBuilds({summary(3), summary(2), summary(1)});
    QCOMPARE(inserted.count() + removed.count() + changed.count(), 0);

    model.setBuilds({summary(4, BuildStatus::Running), summary(3), summary(2, BuildStatus::Failed)});
    QCOMPARE(inserted.count(), 1);
    QCOMPARE(removed.count(), 1);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(reset.count(), 0);
    QCOMPARE(model.rowOf(BuildId(2)), 2);
    QCOMPARE(model.idAt(0), BuildId(4));
    QCOMPARE(model.idAt(9), BuildId());
}

void TestBuildModels::listFollowsAnyChange()
{
    BuildListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    quint32 seed = 7;
    for (int round = 0; round < 200; ++round) {
        QList<BuildSummary> builds;
        for (int number = 12; number > 0; --number) {
            seed = seed * 1664525 + 1013904223;
            if ((seed >> 24) % 3 != 0)
                builds.append(summary(number, BuildStatus((seed >> 16) % 6)));
        }
        model.setBuilds(builds);
        QCOMPARE(model.builds(), builds);
    }
}

void TestBuildModels::listTexts()
{
    BuildListModel model;
    model.setNow(QDateTime(QDate(2026, 11, 21), QTime(15, 0)));
    BuildSummary failed = summary(7, BuildStatus::Failed);
    failed.failure = u"The layer builder, in its step “RUN make”, failed."_s;
    failed.cause = u"RUN make:\nexit status 1"_s;
    BuildSummary queued = summary(8, BuildStatus::Queued);
    model.setBuilds({queued, failed});
    const auto text = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(text(1, BuildListModel::BuildColumn), u"#0007"_s);
    QCOMPARE(text(1, BuildListModel::WhatColumn), u"starter · setup"_s);
    QCOMPARE(text(1, BuildListModel::StartedColumn), u"13:07 today"_s);
    QCOMPARE(text(1, BuildListModel::DurationColumn), u"0:04"_s);
    QCOMPARE(text(1, BuildListModel::ResultColumn), u"Failed · RUN make: exit status 1"_s);
    QCOMPARE(text(0, BuildListModel::DurationColumn), QString());
    QCOMPARE(model.index(1, 0).data(StateRole).toInt(), int(State::Failed));
    QCOMPARE(model.index(1, 0).data(Qt::AccessibleTextRole).toString(), u"#0007, Failed"_s);
}

void TestBuildModels::aDamagedPlanIsSaid()
{
    BuildSummary build = summary(7, BuildStatus::Failed);
    build.environment = build.purpose = build.engine = QString();
    build.failure = u"Task 1 failed."_s;
    build.planProblem = u"The plan of build #0007 can't be read: plan.json:1:1: not JSON."_s;
    BuildListModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setNow(QDateTime(QDate(2026, 11, 21), QTime(15, 0)));
    model.setBuilds({build});
    const auto at = [&](int column, int role) { return model.index(0, column).data(role).toString(); };
    QCOMPARE(at(BuildListModel::WhatColumn, Qt::DisplayRole), u"unknown"_s);
    QCOMPARE(at(BuildListModel::StartedColumn, Qt::DisplayRole), u"13:07 today"_s);
    QCOMPARE(at(BuildListModel::ResultColumn, Qt::DisplayRole), u"Failed · its plan can't be read"_s);
    QCOMPARE(at(BuildListModel::ResultColumn, Qt::ToolTipRole), build.planProblem + u"\n\nTask 1 failed."_s);
}

void TestBuildModels::runningDurationTicks()
{
    BuildListModel model;
    model.setBuilds({summary(2, BuildStatus::Running), summary(1)});
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    model.setNow(QDateTime(QDate(2026, 11, 21), QTime(13, 31, 18)));
    QCOMPARE(model.index(0, BuildListModel::DurationColumn).data().toString(), u"24:18"_s);
    QCOMPARE(model.index(1, BuildListModel::DurationColumn).data().toString(), u"0:04"_s);
    for (const QList<QVariant> &arguments : changed) {
        if (arguments[0].toModelIndex().column() == BuildListModel::DurationColumn)
            QCOMPARE(arguments[0].toModelIndex().row(), 0);
    }
    BuildSummary running = summary(2, BuildStatus::Running);
    running.pausedTime = 20min;
    model.setBuilds({running, summary(1)});
    QCOMPARE(model.index(0, BuildListModel::DurationColumn).data().toString(), u"4:18"_s);
    running.isPaused = true; // it stands still
    model.setBuilds({running, summary(1)});
    QCOMPARE(model.index(0, BuildListModel::DurationColumn).data().toString(), durationText(running.elapsed));
}

void TestBuildModels::stepsByTask()
{
    StepModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setPlan(plan());
    QCOMPARE(model.rowCount(), 3);
    model.setSteps({step(0, u"1/1"_s, u"FROM base"_s, StepStatus::Cached),
                    step(1, u"1/2"_s, u"FROM base"_s, StepStatus::Cached),
                    step(1, u"2/2"_s, u"[builder 2/2] RUN  make\n  -j2"_s, StepStatus::Running)},
                   BuildStatus::Running, 5s);
    QCOMPARE(model.rowCount(), 6);
    QCOMPARE(model.index(4).data().toString(), u"make -j2"_s);
    QCOMPARE(model.index(4).data(StepModel::NumberRole).toInt(), 2);
    QCOMPARE(model.index(4).data(StepModel::StepRole).toInt(), 2);
    QVERIFY(model.index(0).data(StepModel::IsTaskRole).toBool());
    QVERIFY(!(model.flags(model.index(0)) & Qt::ItemIsSelectable));
    QCOMPARE(model.index(0).data(StateRole).toInt(), int(State::Cached));
    QCOMPARE(model.index(2).data(StateRole).toInt(), int(State::Running));
    QCOMPARE(model.index(5).data(StepModel::DurationRole).toString(), u"waits"_s);
    QCOMPARE(model.titleOf(2), u"builder 2 RUN make -j2"_s);
    QCOMPARE(model.runningStep(), 2);
    QCOMPARE(model.failedStep(), -1);
    QCOMPARE(model.counts().cached, 2);
    QCOMPARE(model.counts().known, 3);
}

void TestBuildModels::stepsGrow()
{
    StepModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setPlan(plan());
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    QList<Step> steps;
    for (int i = 0; i < 12; ++i) { // tasks in parallel: 0 1 2 0 1 2 …
        steps.append(step(i % 3, QString::number(i), u"RUN %1"_s.arg(i), StepStatus::Running));
        steps.last().started = i * 1s;
        if (i > 0) {
            steps[i - 1].status = StepStatus::Done;
            steps[i - 1].ended = i * 1s;
        }
        model.setSteps(steps, BuildStatus::Running, i * 1s);
    }
    QCOMPARE(reset.count(), 0);
    QCOMPARE(inserted.count(), 12);
    QCOMPARE(model.rowCount(), 15);
    QStringList numbers;
    for (int row = 0; row < model.rowCount(); ++row)
        numbers.append(QString::number(model.index(row).data(StepModel::NumberRole).toInt()));
    QCOMPARE(numbers.join(u""), u"012340123401234"_s);
    model.setElapsed(73s);
    QCOMPARE(model.index(model.rowOfStep(11)).data(StepModel::DurationRole).toString(), u"1:02"_s);
    QCOMPARE(model.index(model.rowOfStep(3)).data(StepModel::DurationRole).toString(), u"0:01"_s);
    model.setSteps({}, BuildStatus::Running, 0s); // another source
    QCOMPARE(reset.count(), 1);
    QCOMPARE(model.rowCount(), 3);
}

void TestBuildModels::stepsOfADamagedJournal()
{
    StepModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setPlan(plan());
    model.setSteps({step(9, u"x"_s, u"RUN x"_s, StepStatus::Done)}, BuildStatus::Failed, 1s);
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(model.rowOfStep(0), -1);
    QCOMPARE(model.titleOf(0), u"RUN x"_s);
}

void TestBuildModels::stepStates()
{
    StepModel model;
    model.setPlan(plan());
    Step running = step(0, u"a"_s, u"RUN a"_s, StepStatus::Running);
    running.started = 2s;
    model.setSteps({running, step(0, u"b"_s, u"RUN b"_s, StepStatus::Waiting)}, BuildStatus::Interrupted, 9s);
    QCOMPARE(model.index(1).data(StateRole).toInt(), int(State::Interrupted));
    QCOMPARE(model.index(1).data(StepModel::DurationRole).toString(), u"0:07"_s);
    QCOMPARE(model.index(2).data(StateRole).toInt(), int(State::Stopped));
    QCOMPARE(model.index(2).data(StepModel::DurationRole).toString(), u"not run"_s);
    QCOMPARE(model.index(3).data(StepModel::DurationRole).toString(), u"not run"_s);
}

void TestBuildModels::stepTitles_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("title");
    QTest::newRow("BuildKit") << u"[builder 4/8] RUN git clone x"_s << u"RUN git clone x"_s;
    QTest::newRow("BuildKit internal") << u"[internal] load build definition"_s << u"load build definition"_s;
    QTest::newRow("Podman") << u"RUN make"_s << u"RUN make"_s;
    QTest::newRow("exec form is no stage") << u"[\"/bin/sh\"]"_s << u"[\"/bin/sh\"]"_s;
    QTest::newRow("many lines") << u"RUN a \\\n    && b"_s << u"RUN a \\ && b"_s;
}

void TestBuildModels::stepTitles()
{
    QFETCH(QString, name);
    QTEST(stepTitle(name), "title");
    QCOMPARE(shortStepTitle(u"[a 1/2] RUN --mount=type=cache,target=/x --network=none make"_s), u"make"_s);
    QCOMPARE(shortStepTitle(u"RUN"_s), u"RUN"_s);
    QCOMPARE(shortStepTitle(u"COPY --from=a /x /x"_s), u"COPY --from=a /x /x"_s);
}

void TestBuildModels::lineKinds_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<int>("kind");
    const auto row = [](const char *name, const char *line, LogKind kind) {
        QTest::newRow(name) << QByteArray(line) << int(kind);
    };
    row("gcc", "a.cu:12:3: error: 'x' was not declared", LogKind::Error);
    row("gcc, fatal", "a.cpp:1:10: fatal error: torch/extension.h: No such file", LogKind::Error);
    row("gcc, warning", "a.cpp:4:7: warning: unused variable 'x' [-Wunused-variable]", LogKind::Warning);
    row("nvcc", "nvcc error   : 'cicc' died due to signal 9 (Kill signal)", LogKind::Error);
    row("nvcc warning", "warning #177-D: variable \"kIter\" was declared but never referenced", LogKind::Warning);
    row("python", "ModuleNotFoundError: No module named 'torch'", LogKind::Error);
    row("python, called process", "subprocess.CalledProcessError: Command '['ninja']'", LogKind::Error);
    row("pip", "ERROR: Failed building wheel for xformers", LogKind::Error);
    row("pip warning", "WARNING: Running pip as the 'root' user", LogKind::Warning);
    row("apt", "E: Unable to locate package libfoo", LogKind::Error);
    row("apt warning", "W: GPG error: http://x InRelease", LogKind::Warning);
    row("git", "fatal: unable to access 'https://x/': Could not resolve host", LogKind::Error);
    row("ninja", "FAILED: build/x.o", LogKind::Error);
    row("make", "make: *** [Makefile:3: all] Error 1", LogKind::Error);
    row("cmake", "CMake Error at CMakeLists.txt:3 (find_package):", LogKind::Error);
    row("rust", "error[E0425]: cannot find value", LogKind::Error);
    row("kill", "Killed", LogKind::Error);
    row("disk", "cp: error writing 'x': No space left on device", LogKind::Error);
    row("coloured by GCC", "\x1b[01m\x1b[Kx.cpp:3:1:\x1b[m\x1b[K \x1b[01;31m\x1b[Kerror: \x1b[m\x1b[Kno",
        LogKind::Error);
    row("flag is no error", "g++ -Werror=format -Wno-error -c a.cpp", LogKind::Output);
    row("summary is no error", "0 errors, 0 warnings", LogKind::Output);
    row("file name is no error", "copying build/lib/error.py", LogKind::Output);
    row("package is no error", "Unpacking libgpg-error0:amd64 (1.46-1) ...", LogKind::Output);
    row("function is no error", "checking for strerror: yes", LogKind::Output);
    row("class in prose", "raises RuntimeError when empty", LogKind::Output);
    row("plain", "[52/73] nvcc -O3 -c flash.cu -o flash.o", LogKind::Output);
    row("short", "ok", LogKind::Output);
}

void TestBuildModels::lineKinds()
{
    QFETCH(QByteArray, line);
    QTEST(int(lineKind(line)), "kind");
}

void TestBuildModels::logAppends()
{
    BuildLog log;
    QSignalSpy changed(&log, &LogSource::changed);
    const auto line = [](const char *text, int stepIndex, bool isNote = false) {
        return LogLine{stepIndex, 1s, false, isNote, text};
    };
    log.append({line("a", 0), line("par", 0)});
    log.append({line("partial error: x", 0), line("fatal: y", 1)}, true);
    log.append({}, true);
    QCOMPARE(log.count(), 3);
    QCOMPARE(log.text(1), QByteArrayView("partial error: x"));
    QCOMPARE(log.kind(1), LogKind::Error);
    QCOMPARE(changed.count(), 2);
    QCOMPARE(changed[1][0].toLongLong(), 1); // the line that had no end is another one now
    QCOMPARE(log.firstError(-1), 1);
    QCOMPARE(log.firstError(1), 2);
    QCOMPARE(log.firstError(5), -1);
    log.append({line("error: said by us", 1, true)});
    QCOMPARE(log.kind(3), LogKind::Note);
    QCOMPARE(log.lastLine(0), 1);
    QCOMPARE(log.lastLine(1), 3);
    QCOMPARE(log.lastLine(2), -1);
    QCOMPARE(log.runs(1), (QList<StepRun>{{1, 0}, {2, 1}, {3, 1}}));
    QSignalSpy cleared(&log, &LogSource::cleared);
    log.clear();
    QCOMPARE(log.count(), 0);
    QCOMPARE(cleared.count(), 1);
}

void TestBuildModels::durations()
{
    QCOMPARE(durationText(0s), u"0:00"_s);
    QCOMPARE(durationText(59999ms), u"0:59"_s);
    QCOMPARE(durationText(3725s), u"1:02:05"_s);
    QCOMPARE(durationText(-5s), u"0:00"_s);
    QCOMPARE(durationSentence(160s), u"2 min 40 s"_s);
    QCOMPARE(durationSentence(31min), u"31 min"_s);
    QCOMPARE(durationSentence(2h), u"2 h"_s);
    QCOMPARE(countText(18423), u"18,423"_s);
    const QDateTime now(QDate(2026, 11, 21), QTime(12, 0));
    QCOMPARE(momentText(now.addDays(-1), now), u"yesterday 12:00"_s);
    QCOMPARE(momentText(now.addDays(-3), now), u"18 Nov 12:00"_s);
    QCOMPARE(momentText(now.addYears(-1), now), u"21 Nov 2025 12:00"_s);
    QCOMPARE(momentText({}, now), QString());
}

QTEST_GUILESS_MAIN(TestBuildModels)
#include "tst_buildmodels.moc"
