// SPDX-License-Identifier: GPL-3.0-or-later
// History's filter, comparing two builds, pinning, and cleaning up.
#include "core/base/memoryfigure.h"
#include "tests/ui/builds/preparedbuilds.h"
#include "ui/builds/buildspage.h"
#include "ui/builds/compareview.h"
#include "ui/builds/historyview.h"
#include "ui/models/prunemodel.h"
#include "ui/settings/cleanupdialog.h"
#include "ui/widgets/style.h"
#include "ui/widgets/trendchart.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSemaphore>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

using Mode = QAbstractItemModelTester::FailureReportingMode;

class TestHistoryUi : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QApplication::setStyle(new Style); }
    void filtersWhileItIsTyped();
    void aFilterKeepsTheChosenBuild();
    void nothingMatchesSaysSo();
    void newBuildsObeyTheFilter();
    void manyBuildsAreOneChange();
    void comparesTheTwoThatAreSelected();
    void aClickThatSelectsOpensNothing();
    void comparesByNumbersTyped();
    void comparesTheNewestByItself();
    void theTrendFollowsTheChosenStep();
    void comparisonTexts();
    void pinsWhatIsSelected();
    void cleaningUpListsAndKeepsByDefault();
    void chartSaysWhatItShows();

private:
    static QAction *action(const BuildsPage &page, const QString &text);
};

static QList<BuildSummary> many(int count)
{
    QList<BuildSummary> builds;
    for (int number = count; number > 0; --number) {
        BuildSummary build;
        build.id = BuildId(number);
        build.environment = number % 2 == 0 ? u"starter"_s : u"xformers"_s;
        build.purpose = u"setup"_s;
        build.status = number % 5 == 0 ? BuildStatus::Failed : BuildStatus::Done;
        build.started = QDateTime::currentDateTime().addDays(number - count);
        build.steps = {u"RUN make -j%1"_s.arg(number % 3)};
        builds << build;
    }
    return builds;
}

QAction *TestHistoryUi::action(const BuildsPage &page, const QString &text)
{
    for (QAction *one : page.actions())
        if (one->text() == text)
            return one;
    return nullptr;
}

void TestHistoryUi::filtersWhileItIsTyped()
{
    HistoryView view;
    const QAbstractItemModelTester tester(view.table()->model(), Mode::QtTest);
    view.setBuilds(many(60));
    QCOMPARE(view.model().rowCount(), 60);
    QTest::keyClicks(view.field(), u"xfor"_s);
    QCOMPARE(view.model().rowCount(), 30);
    QTest::keyClicks(view.field(), u" -j1"_s);
    QCOMPARE(view.model().rowCount(), 10);
    view.clearFilter();
    QCOMPARE(view.model().rowCount(), 60);
    for (auto *box : view.findChildren<QComboBox *>()) {
        if (box->accessibleName() == u"State"_s)
            box->setCurrentIndex(box->findText(u"Failed"_s));
    }
    QCOMPARE(view.model().rowCount(), 12);
    for (auto *box : view.findChildren<QComboBox *>()) {
        if (box->accessibleName() == u"Environment"_s)
            box->setCurrentIndex(box->findText(u"starter"_s));
        if (box->accessibleName() == u"Started"_s)
            box->setCurrentIndex(box->findText(u"Last 30 days"_s));
    }
    QCOMPARE(view.model().rowCount(), 4); // 60, 50 and 40 are even; 30 is 30 days ago
}

void TestHistoryUi::aFilterKeepsTheChosenBuild()
{
    HistoryView view;
    view.setBuilds(many(60));
    view.showBuild(BuildId(10));
    QTest::keyClicks(view.field(), u"starter"_s);
    QCOMPARE(view.model().idAt(view.table()->currentIndex().row()), BuildId(10));
    view.clearFilter();
    QCOMPARE(view.model().idAt(view.table()->currentIndex().row()), BuildId(10));
}

void TestHistoryUi::nothingMatchesSaysSo()
{
    HistoryView view;
    view.resize(900, 500);
    view.show();
    view.setBuilds(many(5));
    QVERIFY(view.table()->isVisible());
    QTest::keyClicks(view.field(), u"nowhere"_s);
    QVERIFY(!view.table()->isVisible());
    auto *all = view.findChild<QPushButton *>();
    QVERIFY(all != nullptr && all->isVisible());
    all->click();
    QVERIFY(view.table()->isVisible());
    QCOMPARE(view.model().rowCount(), 5);
}

void TestHistoryUi::newBuildsObeyTheFilter()
{
    HistoryView view;
    view.setBuilds(many(10));
    QTest::keyClicks(view.field(), u"starter"_s);
    view.setBuilds(many(11)); // 11 is of xformers
    QCOMPARE(view.model().rowCount(), 5);
    view.setBuilds(many(12));
    QCOMPARE(view.model().rowCount(), 6);
    QCOMPARE(view.model().idAt(0), BuildId(12));
}

void TestHistoryUi::manyBuildsAreOneChange()
{
    BuildListModel model;
    const QAbstractItemModelTester tester(&model, Mode::QtTest);
    QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    model.setBuilds(many(500));
    QCOMPARE(inserted.size() + reset.size(), 1);
    QList<BuildSummary> half;
    for (const BuildSummary &build : many(500))
        if (build.id.number() % 2 == 0)
            half << build;
    model.setBuilds(half); // 250 places
    QCOMPARE(reset.size(), 1);
    QCOMPARE(model.builds(), half);
    QCOMPARE(model.rowOf(BuildId(2)), 249);
    QCOMPARE(model.rowOf(BuildId(3)), -1);
}

static BuildComparison prepared(BuildId one, BuildId other)
{
    BuildComparison made;
    made.first = PreparedBuilds::summary(one.number(), BuildStatus::Done);
    made.second = PreparedBuilds::summary(other.number(), BuildStatus::Done);
    made.second.elapsed += 65s;
    made.facts = {{u"builder"_s, u"--build-arg MAX_JOBS"_s, u"4"_s, u"8"_s}};
    PastStep step;
    step.layer = u"builder"_s;
    step.name = u"RUN make"_s;
    step.status = StepStatus::Done;
    step.duration = 60s;
    PastStep longer = step;
    longer.duration = 125s;
    PastStep cached = step;
    cached.name = u"COPY a b"_s;
    cached.status = StepStatus::Cached;
    cached.duration.reset();
    PastStep edited = cached;
    edited.name = u"COPY a c"_s;
    edited.status = StepStatus::Done;
    edited.duration = 2s;
    made.steps = {{u"builder"_s, u"COPY a b"_s, cached, cached},
                  {u"builder"_s, u"COPY a c"_s, cached, edited},
                  {u"builder"_s, u"RUN make"_s, step, longer},
                  {u"builder"_s, u"RUN new"_s, std::nullopt, longer}};
    return made;
}

/// A page over prepared builds whose comparisons are prepared too.
struct ComparingPage
{
    ComparingPage()
    {
        for (int number = 1; number <= 4; ++number)
            builds.add(PreparedBuilds::done(number));
        sources = builds.sources();
        sources.compare = [](BuildId one, BuildId other) -> Result<BuildComparison> { return prepared(one, other); };
        sources.trends = [](const QString &environment) {
            QList<TrendRun> runs;
            for (int number = 1; number <= 4; ++number)
                runs.append({BuildId(number), QDateTime::currentDateTime(),
                             number == 3 ? StepStatus::Cached : StepStatus::Done,
                             number == 3 ? std::nullopt : std::optional<BuildTime>(number * 30s), 0});
            return QList<StepTrend>{{environment, u"builder"_s, u"RUN make"_s, runs}};
        };
        sources.pin = [this](const QList<BuildId> &ids, Pin pin) -> Result<void> {
            pinned = ids;
            asked = pin;
            return {};
        };
        page = std::make_unique<BuildsPage>(sources);
        page->resize(1080, 800);
        page->show();
    }

    PreparedBuilds builds;
    BuildSources sources;
    QList<BuildId> pinned;
    std::optional<Pin> asked;
    std::unique_ptr<BuildsPage> page;
};

static void select(const BuildsPage &page, const QList<int> &rows)
{
    page.history()->clearSelection();
    for (const int row : rows)
        page.history()->selectionModel()->select(page.history()->model()->index(row, 0),
                                                 QItemSelectionModel::Select | QItemSelectionModel::Rows);
}

void TestHistoryUi::comparesTheTwoThatAreSelected()
{
    ComparingPage made;
    BuildsPage &page = *made.page;
    page.showList();
    QAction *compare = action(page, u"Compare"_s);
    QVERIFY(compare != nullptr && compare->isVisible());
    select(page, {0});
    QVERIFY(!compare->isEnabled());
    select(page, {0, 2});
    QVERIFY(compare->isEnabled());
    compare->trigger();
    QCOMPARE(page.scope(), BuildsPage::Scope::Compare);
    QCOMPARE(page.compareView()->first(), BuildId(2)); // the older one is the first
    QCOMPARE(page.compareView()->second(), BuildId(4));
    QTRY_VERIFY(page.compareView()->model().rowCount() > 8);
    QVERIFY(!page.compareView()->regions().isEmpty());
}

void TestHistoryUi::aClickThatSelectsOpensNothing()
{
    ComparingPage made;
    BuildsPage &page = *made.page;
    page.showList();
    QTreeView *table = page.history();
    const auto middle = [table](int row) { return table->visualRect(table->model()->index(row, 0)).center(); };
    QTest::mouseClick(table->viewport(), Qt::LeftButton, Qt::ControlModifier, middle(1));
    QTest::mouseClick(table->viewport(), Qt::LeftButton, Qt::ControlModifier, middle(3));
    QVERIFY(!page.openBuild().isValid());
    QVERIFY(page.historyView()->selected().contains(BuildId(1)));
    QVERIFY(page.historyView()->selected().contains(BuildId(3)));
    QTest::mouseClick(table->viewport(), Qt::LeftButton, Qt::NoModifier, middle(1));
    QCOMPARE(page.openBuild(), BuildId(3));
}

void TestHistoryUi::comparesByNumbersTyped()
{
    ComparingPage made;
    CompareView *view = made.page->compareView();
    made.page->showComparison(BuildId(1), BuildId(2));
    const auto boxes = view->findChildren<QComboBox *>();
    QCOMPARE(boxes.size(), 2);
    boxes[1]->setEditText(u"#0004"_s);
    QTest::keyClick(boxes[1]->lineEdit(), Qt::Key_Return);
    QTRY_COMPARE(view->second(), BuildId(4));
    QCOMPARE(view->first(), BuildId(1));
    boxes[1]->setEditText(u"99"_s); // there is none
    QTest::keyClick(boxes[1]->lineEdit(), Qt::Key_Return);
    QCOMPARE(view->second(), BuildId(4));
}

void TestHistoryUi::comparesTheNewestByItself()
{
    ComparingPage made;
    made.page->compareView()->compareNewest();
    QCOMPARE(made.page->compareView()->first(), BuildId(3));
    QCOMPARE(made.page->compareView()->second(), BuildId(4));
}

void TestHistoryUi::theTrendFollowsTheChosenStep()
{
    ComparingPage made;
    CompareView *view = made.page->compareView();
    made.page->showComparison(BuildId(2), BuildId(4));
    QTRY_COMPARE(view->chart()->points().size(), 4); // the step that differs most is chosen
    QVERIFY(view->chart()->isVisible());
    QCOMPARE(view->model().stepAt(view->table()->currentIndex().row())->name, u"RUN make"_s);
    QVERIFY(view->chart()->points().at(1).marked);
    QVERIFY(!view->chart()->points().at(0).marked);
    QCOMPARE(view->chart()->points().at(2).kind, TrendChart::Kind::Cached);
    view->table()->setCurrentIndex(view->table()->model()->index(0, 0)); // no step
    QVERIFY(view->chart()->points().isEmpty());
}

void TestHistoryUi::comparisonTexts()
{
    ComparisonModel model;
    const QAbstractItemModelTester tester(&model, Mode::QtTest);
    QCOMPARE(model.firstStepRow(), -1);
    BuildComparison comparison = prepared(BuildId(1), BuildId(2));
    comparison.second.peakMemoryBytes = 87'600'000; // 83.5 MiB
    model.setComparison(comparison);
    QMap<QString, QStringList> rows;
    for (int row = 0; row < model.rowCount(); ++row)
        rows[model.index(row, 0).data().toString()] = {model.index(row, 1).data().toString(),
                                                       model.index(row, 2).data().toString(),
                                                       model.index(row, 3).data().toString()};
    QCOMPARE(rows[u"Duration"_s], (QStringList{u"3:10"_s, u"4:15"_s, u"+1:05"_s}));
    QCOMPARE(rows[u"Peak memory"_s], (QStringList{u"unknown"_s, memoryFigure(87'600'000), QString()}));
    QCOMPARE(rows[u"builder · --build-arg MAX_JOBS"_s], (QStringList{u"4"_s, u"8"_s, QString()}));
    QCOMPARE(rows[u"builder · make"_s], (QStringList{u"1:00"_s, u"2:05"_s, u"+1:05"_s}));
    QCOMPARE(rows[u"builder · COPY a b"_s], (QStringList{u"cached"_s, u"cached"_s, QString()}));
    QCOMPARE(rows[u"builder · COPY a c"_s], (QStringList{u"cached"_s, u"0:02"_s, u"edited, no longer cached"_s}));
    QCOMPARE(rows[u"builder · new"_s], (QStringList{u"–"_s, u"2:05"_s, u"only in the second"_s}));
    QCOMPARE(model.stepAt(0), nullptr);
    QCOMPARE(differenceText(0s), u"same"_s);
    QCOMPARE(differenceText(-400ms), u"−0.4 s"_s);
    model.clear();
    QCOMPARE(model.rowCount(), 0);
}

void TestHistoryUi::pinsWhatIsSelected()
{
    ComparingPage made;
    BuildsPage &page = *made.page;
    page.showList();
    select(page, {0, 1});
    action(page, u"Pin"_s)->trigger();
    QTRY_COMPARE(made.asked, std::optional(Pin::Keep));
    QCOMPARE(made.pinned, (QList{BuildId(4), BuildId(3)}));
    PreparedBuilds::Build build = PreparedBuilds::done(4);
    build.summary.pinned = true;
    made.builds.add(build);
    page.refreshBuilds();
    select(page, {0});
    QAction *release = action(page, u"Unpin"_s);
    QVERIFY(release != nullptr);
    QCOMPARE(page.history()->model()->index(0, 0).data().toString(), u"#0004 ◆"_s);
    release->trigger();
    QTRY_COMPARE(made.asked, std::optional(Pin::Release));
}

void TestHistoryUi::cleaningUpListsAndKeepsByDefault()
{
    PrunePlan plan;
    for (const BuildSummary &build : many(3))
        plan.items.append({build, 1'000'000, PruneItem::Reason::Age});
    plan.bytes = 3'000'000;
    plan.totalBytes = 9'000'000;
    QList<RetentionLimits> asked;
    int pruned = 0;
    CleanUpSources sources;
    sources.plan = [&](const RetentionLimits &limits) -> Result<PrunePlan> {
        asked << limits;
        return limits.isOff() ? PrunePlan() : plan;
    };
    QSemaphore mayPrune;
    sources.prune = [&](const PrunePlan &wanted) {
        mayPrune.acquire();
        pruned = int(wanted.items.size());
        return Pruned{{}, wanted.bytes, {}};
    };
    auto *dialog = new CleanUpDialog(sources, {45, 0}); // a limit that no choice of the box has
    const QAbstractItemModelTester tester(dialog->findChild<QTreeView *>()->model(), Mode::QtTest);
    QSignalSpy removed(dialog, &CleanUpDialog::removed);
    dialog->show();
    QTRY_COMPARE(dialog->model().rowCount(), 3);
    QCOMPARE(asked, (QList<RetentionLimits>{{45, 0}}));
    QCOMPARE(dialog->removeButton()->text(), u"Remove 3 builds"_s);
    QVERIFY(!dialog->removeButton()->isDefault());
    QCOMPARE(dialog->model().index(0, PruneModel::ReasonColumn).data().toString(), u"older than the limit"_s);
    QTRY_VERIFY(dialog->removeButton()->isEnabled());
    dialog->removeButton()->click();
    QTest::keyClick(dialog, Qt::Key_Escape); // it stays until it can say what happened
    dialog->close();
    QVERIFY(dialog->isVisible());
    mayPrune.release();
    QVERIFY(removed.wait());
    QCOMPARE(pruned, 3);
}

void TestHistoryUi::chartSaysWhatItShows()
{
    TrendChart chart;
    QCOMPARE(chart.summary(), QString());
    chart.setPoints({{u"#0001"_s, TrendChart::Kind::Measured, 60, {}, false},
                     {u"#0002"_s, TrendChart::Kind::Cached, 0, {}, false},
                     {u"#0003"_s, TrendChart::Kind::Measured, 120, {}, true},
                     {u"#0004"_s, TrendChart::Kind::Measured, 90, {}, true}});
    QCOMPARE(chart.summary(), u"4 builds, median 1:30, last 1:30"_s);
    QCOMPARE(chart.accessibleDescription(), chart.summary());
    chart.resize(400, 130);
    chart.show();
    QTest::keyClick(&chart, Qt::Key_Left);
    QCOMPARE(chart.current(), 3);
    QTest::keyClick(&chart, Qt::Key_Left);
    QCOMPARE(chart.current(), 2);
}

QTEST_MAIN(TestHistoryUi)
#include "tst_history_ui.moc"
