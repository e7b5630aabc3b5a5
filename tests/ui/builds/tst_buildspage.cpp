// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/builds/preparedbuilds.h"
#include "ui/builds/builddetail.h"
#include "ui/builds/buildspage.h"
#include "ui/builds/queuelist.h"
#include "ui/builds/steplist.h"
#include "ui/log/logwindow.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/commandbox.h"
#include "ui/widgets/logpane.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/segmentedswitch.h"
#include "ui/widgets/style.h"

#include <QAbstractButton>
#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QMimeData>
#include <QPointer>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

#include <algorithm>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestBuildsPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void emptyThenOneBuildAppears();
    void opensTheRunningBuild();
    void queueIsListedAndChanged();
    void pausesAndResumes();
    void frozenAfterItsEndUntilAnotherStarts();
    void historyOpensAndGoesBack();
    void openBuildVanishes();
    void stepsAndLogStayInStep();
    void runningStepStaysInView();
    void failureCard();
    void followOnErrorsAreFolded();
    void unknownCauseShowsTheLastLines();
    void failureOfRealisticKinds_data();
    void failureOfRealisticKinds();
    void cancelAsksAndKeepsByDefault();
    void cancelRefused();
    void retryLaunchesTheSamePlan();
    void aRetriedBuildOpensBesideARunningOne();
    void aDialogKeepsItsBuild();
    void findByKeys();
    void opensAtALine();
    void opensALogFile();
    void copiesAReport();
    void everyActionIsNamed();

private:
    QAction *action(const QString &text) const;
    QAction *remedyAction() const;
    void open(const PreparedBuilds::Build &build);

    std::unique_ptr<PreparedBuilds> m_builds;
    std::unique_ptr<BuildsPage> m_page;
};

void TestBuildsPage::initTestCase()
{
    QApplication::setStyle(new Style);
    QApplication::setPalette(Theme::of(Shade::Dark).palette());
}

void TestBuildsPage::init()
{
    m_builds = std::make_unique<PreparedBuilds>();
    m_page = std::make_unique<BuildsPage>(m_builds->sources());
    m_page->resize(1080, 800);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
}

void TestBuildsPage::cleanup()
{
    m_page.reset();
    m_builds.reset();
}

QAction *TestBuildsPage::action(const QString &text) const
{
    for (QAction *action : m_page->actions()) {
        if (action->text() == text)
            return action;
    }
    return nullptr;
}

void TestBuildsPage::open(const PreparedBuilds::Build &build)
{
    m_builds->add(build);
    m_page->refreshBuilds();
    m_page->showBuild(build.summary.id);
    m_builds->tell(build.summary.id);
}

void TestBuildsPage::emptyThenOneBuildAppears()
{
    QCOMPARE(m_page->scope(), BuildsPage::Scope::Live);
    QVERIFY(!m_page->openBuild().isValid());
    QCOMPARE(m_page->count(), 0);
    m_page->showList();
    QVERIFY(!m_page->history()->isVisible());
    m_builds->add(PreparedBuilds::done(1));
    m_page->refreshBuilds();
    QVERIFY(m_page->history()->isVisible());
    QCOMPARE(m_page->history()->model()->rowCount(), 1);
}

void TestBuildsPage::opensTheRunningBuild()
{
    m_builds->add(PreparedBuilds::done(1));
    m_builds->add(PreparedBuilds::running(2));
    m_page->refreshBuilds();
    QCOMPARE(m_page->openBuild(), BuildId(2));
    QCOMPARE(m_page->count(), 1);
    m_builds->tell(BuildId(2));
    const auto &update = m_builds->build(BuildId(2)).update;
    QCOMPARE(m_page->detail()->log().count(), update.newLines.size());
    QCOMPARE(m_page->detail()->steps().steps().size(), update.steps.size());
    QVERIFY(m_page->detail()->pane()->view()->isFollowing());
    QCOMPARE(m_page->detail()->stepList()->currentStep(), m_page->detail()->steps().runningStep());
    m_page->refreshBuilds(); // the same again opens nothing anew
    QCOMPARE(m_page->detail()->log().count(), update.newLines.size());
}

static QueueEntry queued(int number, const QString &environment)
{
    QueueEntry entry;
    entry.id = BuildId(number);
    entry.environment = environment;
    entry.pool = u"podman"_s;
    return entry;
}

void TestBuildsPage::queueIsListedAndChanged()
{
    m_page->showQueue();
    QCOMPARE(m_page->scope(), BuildsPage::Scope::Queue);
    QVERIFY(!m_page->queue()->view()->isVisible()); // the words of the empty state
    for (int number = 1; number <= 3; ++number)
        m_builds->add(PreparedBuilds::done(number)); // of the same, for an estimate
    m_builds->add(PreparedBuilds::running(4));
    m_builds->add(PreparedBuilds::queued(5));
    m_builds->add(PreparedBuilds::queued(6));
    QList<QueueEntry> entries{queued(4, u"starter"_s), queued(5, u"a"_s), queued(6, u"b"_s)};
    entries[0].isStarted = true;
    entries[1].memoryBytes = qint64(3) << 30;
    m_builds->queue = arranged(entries, {}, {1, 0});
    m_page->refreshBuilds();
    QCOMPARE(m_page->scope(), BuildsPage::Scope::Queue); // a running build takes nobody away
    QVERIFY(m_page->queue()->view()->isVisible());
    const QAbstractItemModel *model = m_page->queue()->view()->model();
    const QAbstractItemModelTester tester(const_cast<QAbstractItemModel *>(model),
                                          QAbstractItemModelTester::FailureReportingMode::QtTest);
    const auto text = [model](int row, QueueModel::Column column) {
        return model->index(row, column).data().toString();
    };
    QCOMPARE(model->rowCount(), 3);
    QCOMPARE(text(0, QueueModel::PlaceColumn), u"Running"_s);
    QCOMPARE(text(1, QueueModel::PlaceColumn), u"1 · waits for podman"_s);
    QCOMPARE(text(0, QueueModel::EngineColumn), u"Podman 4.3.1"_s);
    QCOMPARE(text(1, QueueModel::MemoryColumn), u"3.0 GiB"_s);
    QCOMPARE(text(2, QueueModel::MemoryColumn), u"–"_s);
    QVERIFY(text(0, QueueModel::TimeColumn) != u"–"_s);
    QCOMPARE(model->index(2, QueueModel::BuildColumn).data(Qt::AccessibleTextRole).toString(),
             u"#0006, Queued, second in line for podman"_s);

    m_page->queue()->setCurrent(BuildId(6));
    QVERIFY(action(u"Move build up"_s)->isEnabled());
    QVERIFY(!action(u"Move build down"_s)->isEnabled());
    m_page->queue()->view()->setFocus();
    QTest::keyClick(m_page->queue()->view(), Qt::Key_Up, Qt::AltModifier);
    QTRY_COMPARE(m_builds->asked, QStringList{u"move 6 0"_s});
    m_builds->queue = arranged(entries, {BuildId(6), BuildId(5)}, {1, 0});
    m_page->refreshBuilds();
    QCOMPARE(text(1, QueueModel::BuildColumn), u"#0006"_s);
    QCOMPARE(m_page->queue()->current(), BuildId(6)); // the mark goes with it
    action(u"Pause build of the queue"_s)->trigger();
    QTRY_COMPARE(m_builds->asked.last(), u"pause 6"_s);
    entries[2].isHeld = true;
    m_builds->queue = arranged(entries, {BuildId(6), BuildId(5)}, {1, 0});
    m_page->refreshBuilds();
    QCOMPARE(text(1, QueueModel::PlaceColumn), u"Held"_s);
    action(u"Resume build of the queue"_s)->trigger();
    QTRY_COMPARE(m_builds->asked.last(), u"resume 6"_s);
    QAbstractButton *scope = m_page->findChild<SegmentedSwitch *>()->findChild<QAbstractButton *>();
    scope->setFocus();
    QTest::keyClick(scope, Qt::Key_Delete); // the keys are the list's, not the whole page's
    QVERIFY(m_page->window()->findChild<QMessageBox *>() == nullptr);
    m_page->queue()->view()->setFocus();
    QTest::keyClick(m_page->queue()->view(), Qt::Key_Delete);
    auto *box = m_page->window()->findChild<QMessageBox *>();
    QVERIFY(box != nullptr);
    QCOMPARE(box->defaultButton()->text(), u"Keep waiting"_s);
    QVERIFY(m_builds->cancelled.isEmpty());
    for (QAbstractButton *button : box->buttons()) {
        if (button->text() == u"Cancel build"_s)
            button->click();
    }
    QTRY_COMPARE(m_builds->cancelled, QList<BuildId>{BuildId(6)});
    m_builds->queue.removeAt(1);
    m_page->refreshBuilds();
    QCOMPARE(model->rowCount(), 2);
    m_page->queue()->setCurrent(BuildId(4));
    QVERIFY(!action(u"Move build to the front"_s)->isEnabled());
    QTest::keyClick(m_page->queue()->view(), Qt::Key_Return);
    QCOMPARE(m_page->scope(), BuildsPage::Scope::Live);
    QCOMPARE(m_page->openBuild(), BuildId(4));
}

void TestBuildsPage::pausesAndResumes()
{
    PreparedBuilds::Build build = PreparedBuilds::running(2);
    QueueEntry entry = queued(2, u"starter"_s);
    entry.isStarted = true;
    entry.canPause = false;
    m_builds->queue = {entry};
    open(build);
    QVERIFY(!action(u"Pause"_s)->isEnabled()); // a daemon does it
    QVERIFY2(action(u"Pause"_s)->statusTip().contains(u"daemon"), qPrintable(action(u"Pause"_s)->statusTip()));
    m_builds->queue[0].canPause = true;
    m_page->refreshBuilds();
    action(u"Pause"_s)->trigger();
    QTRY_COMPARE(m_builds->asked, QStringList{u"pause 2"_s});
    m_builds->queue[0].isHeld = true;
    m_builds->build(BuildId(2)).update.isPaused = true;
    m_page->refreshBuilds();
    m_builds->tell(BuildId(2));
    bool isSaid = false;
    for (const Badge *badge : m_page->detail()->findChildren<Badge *>())
        isSaid = isSaid || badge->word() == u"Paused"_s;
    QVERIFY(isSaid);
    action(u"Resume"_s)->trigger();
    QTRY_COMPARE(m_builds->asked.last(), u"resume 2"_s);
}

void TestBuildsPage::frozenAfterItsEndUntilAnotherStarts()
{
    PreparedBuilds::Build build = PreparedBuilds::running(2);
    open(build);
    build.summary.status = build.update.status = BuildStatus::Done;
    build.update.newLines.clear();
    m_builds->add(build);
    m_builds->tell(BuildId(2));
    m_page->refreshBuilds();
    QCOMPARE(m_page->scope(), BuildsPage::Scope::Live);
    QCOMPARE(m_page->openBuild(), BuildId(2));
    QCOMPARE(m_page->count(), 0);
    QVERIFY(!action(u"Cancel…"_s)->isVisible());
    m_builds->add(PreparedBuilds::running(3));
    m_page->refreshBuilds();
    QCOMPARE(m_page->openBuild(), BuildId(3));
    QVERIFY(!m_builds->isFollowed(BuildId(2)));
}

void TestBuildsPage::historyOpensAndGoesBack()
{
    m_builds->add(PreparedBuilds::done(1));
    m_builds->add(PreparedBuilds::failed(2));
    m_page->refreshBuilds();
    m_page->showList();
    m_page->history()->setFocus();
    m_page->history()->setCurrentIndex(m_page->history()->model()->index(0, 0));
    QTest::keyClick(m_page->history(), Qt::Key_J);
    QCOMPARE(m_page->history()->currentIndex().row(), 1);
    QTest::keyClick(m_page->history(), Qt::Key_K);
    QTest::keyClick(m_page->history(), Qt::Key_Return);
    QCOMPARE(m_page->openBuild(), BuildId(2));
    QCOMPARE(m_page->scope(), BuildsPage::Scope::History);
    QVERIFY(action(u"All builds"_s)->isVisible());
    action(u"All builds"_s)->trigger();
    QVERIFY(!m_page->openBuild().isValid());
    QCOMPARE(m_page->history()->currentIndex().row(), 0);
    QTest::keyClick(m_page->history(), Qt::Key_Return);
    QVERIFY(m_page->openBuild().isValid());
    const QList<QAbstractButton *> buttons = m_page->findChildren<QAbstractButton *>();
    const auto tab =
        std::ranges::find_if(buttons, [](const QAbstractButton *b) { return b->text() == u"History 2"_s; });
    QVERIFY(tab != buttons.end());
    (*tab)->click(); // the way back, although it is the current one
    QVERIFY(!m_page->openBuild().isValid());
}

void TestBuildsPage::openBuildVanishes()
{
    open(PreparedBuilds::done(1));
    m_builds->remove(BuildId(1));
    m_page->refreshBuilds();
    QVERIFY(!m_page->openBuild().isValid());
    open(PreparedBuilds::running(2));
    m_builds->remove(BuildId(2));
    m_page->refreshBuilds();
    QVERIFY(!m_page->openBuild().isValid());
    QCOMPARE(m_page->count(), 0);
}

void TestBuildsPage::stepsAndLogStayInStep()
{
    open(PreparedBuilds::done(1));
    StepList *list = m_page->detail()->stepList();
    LogView *view = m_page->detail()->pane()->view();
    const StepModel &steps = m_page->detail()->steps();
    list->setCurrentIndex(steps.index(steps.rowOfStep(2)));
    QCOMPARE(view->currentStep(), 2);
    QVERIFY(!view->isFolded(2));
    view->showLine(m_page->detail()->log().count() - 1);
    QCOMPARE(list->currentStep(), m_page->detail()->log().step(m_page->detail()->log().count() - 1));
    list->setFocus();
    QTest::keyClick(list, Qt::Key_K);
    QCOMPARE(view->currentStep(), list->currentStep());
    QTest::keyClick(list, Qt::Key_K); // passes over the task's row
    QVERIFY(list->currentStep() >= 0);
}

void TestBuildsPage::runningStepStaysInView()
{
    open(PreparedBuilds::running(2));
    StepList *list = m_page->detail()->stepList();
    const auto isWhole = [list] { return list->viewport()->rect().contains(list->visualRect(list->currentIndex())); };
    QCOMPARE(list->currentStep(), m_page->detail()->steps().runningStep());
    QTRY_VERIFY(isWhole());
    list->setFixedHeight(90);
    QTRY_VERIFY(isWhole());
    QVERIFY(list->verticalScrollBar()->value() > 0);
    list->verticalScrollBar()->triggerAction(QAbstractSlider::SliderToMinimum); // the user looks elsewhere
    list->setFixedHeight(80);
    QTRY_COMPARE(list->viewport()->height(), 80);
    QCOMPARE(list->verticalScrollBar()->value(), 0);
}

void TestBuildsPage::failureCard()
{
    open(PreparedBuilds::failed(2));
    const BuildFailure &failure = m_page->detail()->failure();
    QCOMPARE(failure.label, u"oom-killed"_s);
    QVERIFY(failure.what.contains(u"memory"_s));
    QVERIFY(failure.where.contains(u"RUN pip wheel"_s));
    QCOMPARE(failure.toolLine, u"c++: fatal error: Killed signal terminated program cc1plus"_s);
    QVERIFY(failure.why.contains(u"22.7 GiB"_s));
    QVERIFY(failure.why.contains(u"exit status 1"_s));
    QCOMPARE(m_page->detail()->log().kind(failure.line), LogKind::Error);
    QVERIFY(failure.kept.startsWith(u"6 finished steps"_s));
    QCOMPARE(m_page->detail()->pane()->view()->caretLine(), failure.line); // shown by itself
    QCOMPARE(m_page->detail()->pane()->view()->currentStep(), m_page->detail()->log().step(failure.line));
    QVERIFY(action(u"Retry"_s)->isVisible());
    QVERIFY(failure.lines.size() >= 4); // ninja, traceback, CalledProcessError, wheel
    QVERIFY(failure.lines.first().line > failure.line + 1);
}

void TestBuildsPage::followOnErrorsAreFolded()
{
    open(PreparedBuilds::failed(2));
    auto *fold = m_page->detail()->findChild<QToolButton *>(u"followOn"_s);
    auto *list = m_page->detail()->findChild<QListWidget *>();
    QVERIFY(fold->isVisible() && !list->isVisible());
    fold->click();
    QVERIFY(list->isVisible());
    QCOMPARE(list->count(), int(m_page->detail()->failure().lines.size()));
    list->setCurrentRow(1);
    QTest::keyClick(list, Qt::Key_Return);
    QCOMPARE(m_page->detail()->pane()->view()->caretLine(), m_page->detail()->failure().lines[1].line - 1);
}

void TestBuildsPage::unknownCauseShowsTheLastLines()
{
    open(PreparedBuilds::unknownFailure(2));
    const BuildFailure &failure = m_page->detail()->failure();
    QCOMPARE(failure.what, u"Cause not recognised"_s);
    QVERIFY(failure.label.isEmpty());
    QCOMPARE(failure.toolLine, u"error: the frobnicator is out of tune"_s);
    QCOMPARE(failure.lines.size(), 20);
    QCOMPARE(failure.lines.last().text, u"giving up"_s);
    QVERIFY(m_page->detail()->findChild<QListWidget *>()->isVisible());
    QVERIFY(!remedyAction()->isVisible());
    const QString report = m_page->detail()->report();
    QVERIFY(report.contains(u"Cause not recognised"_s) && report.contains(u"giving up"_s));
}

void TestBuildsPage::failureOfRealisticKinds_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("stepError");
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("why");
    QTest::newRow("words of their own") << int(BuildStatus::Failed) << u"copier: stat: no such thing"_s
                                        << u"Cause not recognised"_s << u"no such thing"_s;
    QTest::newRow("engine's words") << int(BuildStatus::Failed) << u"exit code: 2"_s << u"Cause not recognised"_s
                                    << u"exit code: 2"_s;
    QTest::newRow("interrupted") << int(BuildStatus::Interrupted) << QString()
                                 << u"The build was cut off in step 3 of builder"_s << u"runner"_s;
    QTest::newRow("cancelled is no failure") << int(BuildStatus::Cancelled) << QString() << QString() << QString();
}

void TestBuildsPage::failureOfRealisticKinds()
{
    QFETCH(int, status);
    QFETCH(QString, stepError);
    PreparedBuilds::Build build = PreparedBuilds::failed(2);
    for (Step &step : build.update.steps) {
        if (step.status == StepStatus::Failed)
            step.error = stepError;
    }
    StepModel steps;
    steps.setPlan(build.plan);
    steps.setSteps(build.update.steps, BuildStatus(status), build.update.elapsed);
    BuildLog log;
    log.append({{6, 1s, false, false, "error: x"}});
    const BuildFailure failure = describeFailure(BuildStatus(status), steps, log, build.update.failure, {});
    QTEST(failure.what, "what");
    QFETCH(QString, why);
    QVERIFY(failure.why.contains(why));
}

QAction *TestBuildsPage::remedyAction() const
{
    return m_page->findChild<QAction *>(u"remedy"_s);
}

void TestBuildsPage::cancelAsksAndKeepsByDefault()
{
    open(PreparedBuilds::running(2));
    action(u"Cancel…"_s)->trigger();
    auto *box = m_page->window()->findChild<QMessageBox *>();
    QVERIFY(box != nullptr);
    QCOMPARE(box->defaultButton()->text(), u"Keep building"_s);
    QVERIFY(box->informativeText().contains(u"RUN pip wheel"_s));
    box->defaultButton()->click();
    QTRY_VERIFY(m_page->window()->findChild<QMessageBox *>() == nullptr);
    QVERIFY(m_builds->cancelled.isEmpty());

    action(u"Cancel…"_s)->trigger();
    box = m_page->window()->findChild<QMessageBox *>();
    for (QAbstractButton *button : box->buttons()) {
        if (button->text() == u"Cancel build"_s)
            button->click();
    }
    QTRY_COMPARE(m_builds->cancelled, QList<BuildId>{BuildId(2)});
    QAction *cancelling = action(u"Cancelling…"_s);
    QVERIFY(cancelling != nullptr && !cancelling->isEnabled());
    QTRY_VERIFY(m_builds->refreshes > 0);
}

void TestBuildsPage::cancelRefused()
{
    open(PreparedBuilds::running(2));
    m_builds->refusal = Error{ErrorKind::Permission, u"builds/0002: permission denied"_s, {}, {}};
    QSignalSpy failed(m_page.get(), &BuildsPage::failed);
    action(u"Cancel…"_s)->trigger();
    for (QAbstractButton *button : m_page->window()->findChild<QMessageBox *>()->buttons()) {
        if (button->text() == u"Cancel build"_s)
            button->click();
    }
    QTRY_COMPARE(failed.count(), 1);
    QVERIFY(action(u"Cancel…"_s)->isEnabled());
}

void TestBuildsPage::retryLaunchesTheSamePlan()
{
    open(PreparedBuilds::failed(2));
    QSignalSpy launched(m_page.get(), &BuildsPage::buildLaunched);
    action(u"Retry"_s)->trigger();
    QTRY_COMPARE(launched.count(), 1);
    QCOMPARE(m_builds->launched.size(), 1);
    QCOMPARE(m_builds->launched.first().tasks.size(), PreparedBuilds::plan().tasks.size());
    m_builds->add(PreparedBuilds::running(3)); // comes with the next list
    m_page->refreshBuilds();
    QCOMPARE(m_page->openBuild(), BuildId(3));
    QVERIFY(!action(u"Retry"_s)->isVisible());
}

void TestBuildsPage::aRetriedBuildOpensBesideARunningOne()
{
    open(PreparedBuilds::failed(2));
    m_builds->add(PreparedBuilds::running(4));
    m_page->refreshBuilds();
    m_page->showBuild(BuildId(2));
    QSignalSpy launched(m_page.get(), &BuildsPage::buildLaunched);
    action(u"Retry"_s)->trigger();
    QTRY_COMPARE(launched.count(), 1);
    const BuildId retried = launched[0][0].value<BuildId>();
    m_builds->add(PreparedBuilds::queued(retried.number()));
    m_page->refreshBuilds();
    QCOMPARE(m_page->openBuild(), retried);
}

/// What a dialog does it does with the build that it was opened for.
void TestBuildsPage::aDialogKeepsItsBuild()
{
    m_builds->add(PreparedBuilds::running(2));
    m_page->refreshBuilds();
    QCOMPARE(m_page->openBuild(), BuildId(2));
    m_builds->add(PreparedBuilds::done(2)); // instead of the running one
    QDialog dialog(m_page.get());
    dialog.open();
    m_builds->add(PreparedBuilds::running(3));
    m_page->refreshBuilds();
    QCOMPARE(m_page->openBuild(), BuildId(2));
    dialog.reject();
    m_page->refreshBuilds();
    QCOMPARE(m_page->openBuild(), BuildId(3));
}

void TestBuildsPage::findByKeys()
{
    open(PreparedBuilds::running(2));
    m_page->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    m_page->detail()->pane()->view()->setFocus();
    QTest::keyClick(m_page.get(), Qt::Key_F, Qt::ControlModifier);
    QVERIFY(m_page->detail()->pane()->isFinding());
    auto *field = m_page->detail()->pane()->findChild<QLineEdit *>();
    QTest::keyClicks(field, u"hdim64"_s);
    LogView *view = m_page->detail()->pane()->view();
    QTRY_VERIFY(view->find()->isDone());
    const qint64 count = view->find()->count();
    QVERIFY(count > 3);
    QTRY_VERIFY(field->accessibleDescription().endsWith(u"of %1"_s.arg(count)));
    const qint64 at = view->currentMatch();
    QVERIFY(at >= 0);
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(view->currentMatch(), (at + 1) % count);
    QTest::keyClick(m_page.get(), Qt::Key_F3, Qt::ShiftModifier);
    QCOMPARE(view->currentMatch(), at);
    QTest::keyClick(m_page.get(), Qt::Key_Escape);
    QVERIFY(!view->find()->isActive());
    QVERIFY(view->hasFocus());
}

void TestBuildsPage::opensAtALine()
{
    m_page->showLine(BuildId(2), 40); // of a build that is not listed yet
    QVERIFY(!m_page->openBuild().isValid());
    m_builds->add(PreparedBuilds::failed(2));
    m_page->refreshBuilds();
    QCOMPARE(m_page->openBuild(), BuildId(2));
    m_builds->tell(BuildId(2));
    const LogView *view = m_page->detail()->pane()->view();
    QCOMPARE(view->caretLine(), 40); // and not where it failed
    QVERIFY(view->rectOf(view->layout().rowOfLine(40, m_page->detail()->log().step(40))).bottom() <
            view->viewport()->height());
    m_page->detail()->pane()->view()->copyLink();
    QCOMPARE(QApplication::clipboard()->text(), u"kernelyard://build/2#L41"_s);

    m_builds->add(PreparedBuilds::done(3));
    m_page->refreshBuilds();
    m_page->showLine(BuildId(3), 1'000'000); // more than there are
    m_builds->tell(BuildId(3));
    QCOMPARE(m_page->openBuild(), BuildId(3));
    QCOMPARE(view->caretLine(), m_page->detail()->log().count() - 1);
}

void TestBuildsPage::opensALogFile()
{
    QTemporaryDir folder;
    QFile file(folder.filePath(u"nvcc: 2.log"_s));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("one\ntwo\n") == 8);
    file.close();
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(file.fileName())});
    QDragEnterEvent enter({10, 10}, Qt::CopyAction, &mime, Qt::LeftButton, {});
    QVERIFY(QApplication::sendEvent(m_page.get(), &enter) && enter.isAccepted());
    QDropEvent drop({10, 10}, Qt::CopyAction, &mime, Qt::LeftButton, {});
    QApplication::sendEvent(m_page.get(), &drop);
    const QWidgetList windows = QApplication::topLevelWidgets();
    const auto shown = std::find_if(windows.begin(), windows.end(),
                                    [](QWidget *window) { return qobject_cast<LogWindow *>(window) != nullptr; });
    QVERIFY(shown != windows.end());
    const QPointer<LogWindow> window = qobject_cast<LogWindow *>(*shown);
    QVERIFY(window->isVisible());
    QTRY_COMPARE(window->log().count(), 2);
    window->close();
    QTRY_VERIFY(window.isNull());
}

void TestBuildsPage::copiesAReport()
{
    open(PreparedBuilds::failed(2));
    action(u"Copy report"_s)->trigger();
    const QString report = QApplication::clipboard()->text();
    QVERIFY(report.contains(u"#0002 starter · setup: Failed"_s));
    QVERIFY(report.contains(u"(oom-killed)"_s));
    QVERIFY(report.contains(u"ERROR: Failed building wheel"_s));
    QVERIFY(report.contains(u"/usr/bin/podman build"_s));
    QVERIFY(!report.contains(QChar(0x1b)));
}

void TestBuildsPage::everyActionIsNamed()
{
    open(PreparedBuilds::running(2));
    for (const QAction *action : m_page->actions())
        QVERIFY(!action->text().isEmpty());
    for (const QAbstractButton *button : m_page->findChildren<QAbstractButton *>()) {
        if (button->isVisible() && button->focusPolicy() != Qt::NoFocus)
            QVERIFY2(!button->text().isEmpty() || !button->accessibleName().isEmpty(),
                     button->metaObject()->className());
    }
    for (const QWidget *region : m_page->regions())
        QVERIFY(!region->accessibleName().isEmpty());
}

QTEST_MAIN(TestBuildsPage)
#include "tst_buildspage.moc"
