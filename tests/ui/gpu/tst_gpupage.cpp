// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/environmentfile.h"
#include "tests/ui/gpu/preparedgpus.h"
#include "tests/ui/gpu/preparedpreflight.h"
#include "tests/ui/ready.h"
#include "ui/builds/gpustrip.h"
#include "ui/gpu/faultwords.h"
#include "ui/gpu/gpucard.h"
#include "ui/gpu/gpupage.h"
#include "ui/gpu/slicebars.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/label.h"
#include "ui/widgets/ladder.h"
#include "ui/widgets/segmentedswitch.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>

#include <cmath>

using namespace kernelyard;
using namespace kernelyard::test;
using namespace Qt::StringLiterals;

static Catalog shippedCatalog()
{
    Catalog catalog;
    Paths paths;
    paths.shipped = QStringLiteral(KERNELYARD_SOURCE_DIR);
    for (const QString &name : {u"starter"_s, u"xformers"_s})
        if (const auto environment =
                readEnvironment(paths.shipped + u"/resources/environments/%1.yml"_s.arg(name), paths))
            catalog.environments << *environment;
    return catalog;
}

/// A page over prepared readings.
struct Shown
{
    explicit Shown(PreparedGpus &prepared)
        : monitor(prepared.setup())
        , machine({[] { return ready(QList<Engine>()); }, {}, [] { return ready(HostResources()); }})
        , environments({[this] { return catalog; },
                        {},
                        [this](const Environment &environment, const ChosenValues &own) -> Result<void> {
                            const Result<Environment> kept = withOwnChoices(environment, own);
                            if (!kept)
                                return Failure(kept.error());
                            for (Environment &one : catalog.environments)
                                if (one.name == kept->name)
                                    one = *kept;
                            return {};
                        }})
        , page({monitor, [] { return ready(PreparedGpus::owners()); }, QStringLiteral(KERNELYARD_SOURCE_DIR), machine,
                environments,
                [this](const Environment &environment, Probing probing) {
                    asked << std::pair(environment.name, probing);
                    return ready(preparedPreflight(environment, monitor.reading().value_or(PreparedGpus::none()),
                                                   probing == Probing::Allowed));
                }})
    {
        page.resize(1080, 800);
        page.show();
        monitor.start();
    }
    QAbstractItemModel &processes() { return *page.findChild<QTreeView *>()->model(); }
    QString cell(int row, int column) { return processes().index(row, column).data().toString(); }

    Catalog catalog = shippedCatalog();
    QList<std::pair<QString, Probing>> asked;
    GpuMonitor monitor;
    Machine machine;
    Environments environments;
    GpuPage page;
};

static QAction *actionOf(const QWidget &page, const QString &text)
{
    for (QAction *action : page.actions())
        if (action->text() == text)
            return action;
    return nullptr;
}

class TestGpuPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysThatItAsks()
    {
        PreparedGpus prepared;
        Shown shown(prepared);
        QVERIFY(shown.page.findChild<EmptyState *>()->isVisible());
        QVERIFY(shown.page.cards().isEmpty());
    }

    void aMachineWithoutGpuLosesNothingElse()
    {
        PreparedGpus prepared;
        prepared.add(PreparedGpus::none());
        Shown shown(prepared);
        const auto *empty = shown.page.findChild<EmptyState *>();
        QTRY_COMPARE(empty->accessibleName(), u"No GPU found. The CPU path works."_s);
        QVERIFY(empty->isVisible());
        QVERIFY(!shown.page.findChild<QTreeView *>()->isVisible());
        QCOMPARE(shown.page.count(), 0); // no trouble
    }

    void aGpuThatSleepsIsCalm()
    {
        PreparedGpus prepared;
        prepared.add(PreparedGpus::asleep());
        Shown shown(prepared);
        QTRY_COMPARE(shown.page.cards().size(), 1);
        const GpuCard &card = *shown.page.cards()[0];
        QCOMPARE(card.badge().state(), State::Waiting);
        QCOMPARE(card.badge().word(), u"Asleep"_s);
        QVERIFY2(card.fault().message().contains("switched off"_L1), qPrintable(card.fault().message()));
        QVERIFY(!card.charts()[0]->isVisible());
        QCOMPARE(shown.page.count(), 0); // no trouble
        const QList<QLabel *> labels = shown.page.findChildren<QLabel *>();
        QVERIFY(std::ranges::any_of(labels, [](const QLabel *label) {
            return label->isVisible() && label->text() == u"A GPU that is asleep is not asked for its processes."_s;
        }));
    }

    void showsEveryGpuWithItsProcesses()
    {
        PreparedGpus prepared;
        prepared.addMinutes(200, PreparedGpus::workstation);
        Shown shown(prepared);
        QTRY_COMPARE(shown.monitor.history().of(0).size(), 200);
        QCOMPARE(shown.page.cards().size(), 2);
        QTRY_COMPARE(shown.page.cards()[0]->badge().word(), u"Validating"_s); // when the owners are known
        QCOMPARE(shown.page.cards()[1]->badge().word(), u"Healthy"_s);
        const QList<LineChart *> charts = shown.page.cards()[0]->charts();
        QCOMPARE(charts.size(), 4);
        QCOMPARE(charts[0]->data().points.size(), 200);
        QCOMPARE(charts[1]->data().value, u"38.2"_s);
        QCOMPARE(charts[1]->data().unit, u"of 140.4 GiB"_s);
        QCOMPARE(charts[3]->data().limit, std::optional(600.0));
        QCOMPARE(shown.processes().rowCount(), 4);
        QCOMPARE(shown.cell(0, GpuProcessModel::NameColumn), u"python validate.py"_s);
        QCOMPARE(shown.cell(0, GpuProcessModel::ContainerColumn), u"ky-xformers-dev"_s);
        QCOMPARE(shown.cell(0, GpuProcessModel::OwnerColumn), u"Validation #0188"_s);
        QCOMPARE(shown.cell(1, GpuProcessModel::OwnerColumn), u"Build #0409"_s);
        QCOMPARE(shown.cell(2, GpuProcessModel::ContainerColumn), u"none, host"_s);
        QCOMPARE(shown.cell(2, GpuProcessModel::OwnerColumn), u"Not from Kernelyard"_s);

        QSignalSpy asked(&shown.page, &GpuPage::buildAsked);
        auto *view = shown.page.findChild<QTreeView *>();
        Q_EMIT view->activated(view->model()->index(1, 0));
        Q_EMIT view->activated(view->model()->index(2, 0)); // belongs to no build
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked[0][0].value<BuildId>(), BuildId(409));
    }

    void theTimeShownIsChosen()
    {
        PreparedGpus prepared;
        prepared.addMinutes(400, PreparedGpus::lone);
        Shown shown(prepared);
        QTRY_COMPARE(shown.monitor.history().of(0).size(), 400);
        const LineChart *chart = shown.page.cards()[0]->charts()[2];
        const qsizetype few = chart->data().points.size();
        QVERIFY2(few > 290 && few < 330, qPrintable(QString::number(few)));
        shown.page.findChild<SegmentedSwitch *>()->setCurrent(1);
        QTRY_COMPARE(chart->data().points.size(), 400);
        QCOMPARE(chart->data().spanSeconds, 1800.0);
    }

    void manyGpusAndSlices()
    {
        PreparedGpus prepared;
        prepared.add(PreparedGpus::server(0));
        Shown shown(prepared);
        QTRY_COMPARE(shown.page.cards().size(), 8);
        QCOMPARE(shown.page.cards()[7]->badge().state(), State::Warning);
        QCOMPARE(shown.page.cards()[7]->badge().word(), u"Throttled"_s);
        QCOMPARE(shown.processes().rowCount(), 8);
        prepared.add(PreparedGpus::sliced(0));
        QTRY_COMPARE(shown.page.cards().size(), 1);
        QCOMPARE(shown.page.cards()[0]->slices().slices().size(), 3);
        QCOMPARE(shown.page.cards()[0]->slices().accessibleName(),
                 u"Slice 0  3g.40gb  42 SMs 71 %  9.0 of 40.0 GiB, Slice 1  2g.20gb  28 SMs 63 %  5.0 of 20.0 GiB, "
                 "Slice 2  2g.20gb  28 SMs 1.0 of 20.0 GiB"_s);
        QCOMPARE(shown.cell(0, GpuProcessModel::GpuColumn), u"0.0"_s); // GPU and slice
    }

    void aFaultOfTheDriverIsToldOnce_data()
    {
        QTest::addColumn<int>("condition");
        QTest::addColumn<QString>("said");
        QTest::newRow("mismatch") << int(GpuCondition::DriverMismatch) << u"another version"_s;
        QTest::newRow("permission") << int(GpuCondition::PermissionDenied) << u"may not be opened"_s;
        QTest::newRow("no driver") << int(GpuCondition::NoDriver) << u"not loaded"_s;
        QTest::newRow("no library") << int(GpuCondition::NoLibrary) << u"libnvidia-ml"_s;
        QTest::newRow("stuck") << int(GpuCondition::Stuck) << u"does not answer"_s;
    }

    void aFaultOfTheDriverIsToldOnce()
    {
        QFETCH(int, condition);
        QFETCH(QString, said);
        PreparedGpus prepared;
        prepared.add(PreparedGpus::whole(GpuCondition(condition), u"what showed it"_s));
        Shown shown(prepared);
        QTRY_COMPARE(shown.page.cards().size(), 1);
        QStringList told;
        for (const FaultWords *words : shown.page.findChildren<FaultWords *>())
            if (words->isVisible())
                told << words->message();
        QCOMPARE(told.size(), 1);
        QVERIFY2(told[0].contains(said), qPrintable(told[0]));
        QVERIFY(!noticeOf({GpuCondition(condition), {}}, {}).remedy.isEmpty());
        QCOMPARE(shown.page.count(), 1);
        QVERIFY(!shown.page.findChild<EmptyState *>()->isVisible());
        for (const LineChart *chart : shown.page.cards()[0]->charts())
            QVERIFY(!chart->isVisible()); // they never had a value
        const auto labels = shown.page.findChildren<Label *>();
        QVERIFY(std::none_of(labels.cbegin(), labels.cend(),
                             [](const Label *label) { return label->text().startsWith(u"No process"_s); }));
    }

    void aGpuOffTheBusKeepsItsLastMinutes()
    {
        PreparedGpus prepared;
        prepared.addMinutes(30, PreparedGpus::workstation);
        Shown shown(prepared);
        QTRY_COMPARE(shown.page.cards().size(), 2);
        GpuReading reading = PreparedGpus::workstation(0);
        GpuStatus gone;
        gone.index = 1;
        gone.name = reading.gpus[1].name;
        gone.fault = {GpuCondition::FallenOffBus, u"nvmlDeviceGetTemperature: GPU is lost"_s};
        reading.gpus[1] = gone;
        prepared.add(reading);
        QTRY_COMPARE(shown.page.cards()[1]->badge().word(), u"Off the bus"_s);
        QCOMPARE(shown.page.cards()[1]->badge().state(), State::Failed);
        QVERIFY(shown.page.cards()[1]->fault().isVisible());
        QVERIFY(shown.page.cards()[1]->fault().message().contains(u"fallen off the bus"_s));
        QVERIFY(shown.page.cards()[1]->fault().command().contains(u"journalctl"_s));
        QVERIFY(shown.page.cards()[1]->charts()[2]->isVisible());
        QVERIFY(!shown.page.cards()[0]->fault().isVisible());
        QCOMPARE(shown.page.count(), 1);
        prepared.add(PreparedGpus::workstation(0)); // seated again
        QTRY_COMPARE(shown.page.cards()[1]->badge().word(), u"Healthy"_s);
        QVERIFY(!shown.page.cards()[1]->fault().isVisible());
        QCOMPARE(shown.page.count(), 0);
    }

    void theReportHoldsWhatThePageShows()
    {
        PreparedGpus prepared;
        prepared.add(PreparedGpus::workstation(0));
        Shown shown(prepared);
        QTRY_COMPARE(shown.page.cards().size(), 2);
        QTRY_COMPARE(shown.page.cards()[0]->badge().word(), u"Validating"_s);
        actionOf(shown.page, u"Copy GPU report"_s)->trigger();
        const QString report = QGuiApplication::clipboard()->text();
        for (const QString &part : {u"580.95.05"_s, u"NVIDIA H200 NVL"_s, u"RTX 4090"_s, u"Validation #0188"_s,
                                    u"Throttle: none"_s, u"of 140.4 GiB"_s})
            QVERIFY2(report.contains(part), qPrintable(part + u" is not in:\n"_s + report));
    }

    void theLadderIsMadeOnceUnaskedAndWithAProbeWhenAsked()
    {
        PreparedGpus prepared;
        prepared.add(PreparedGpus::lone(0));
        Shown shown(prepared);
        QTRY_COMPARE(shown.page.cards().size(), 1);
        const PreflightCard &card = shown.page.preflightCard();
        QVERIFY(!card.shown());
        QVERIFY(!actionOf(shown.page, u"Run preflight"_s)->isEnabled()); // no environment is known yet
        shown.environments.refreshCatalog();
        QTRY_VERIFY(actionOf(shown.page, u"Run preflight"_s)->isEnabled());
        QVERIFY(shown.asked.isEmpty()); // the engines have not answered
        shown.machine.check();
        QTRY_VERIFY(card.shown());
        QCOMPARE(shown.asked, (QList{std::pair(u"starter"_s, Probing::None)}));
        QCOMPARE(card.badge().word(), u"Can build, 1 unknown"_s);
        QCOMPARE(card.shown()->find(u"container-gpu"_s)->outcome, CheckOutcome::Unknown);

        shown.page.findChild<QComboBox *>()->setCurrentText(u"xformers"_s);
        QTRY_VERIFY(card.shown() && card.shown()->environment == "xformers"_L1);
        actionOf(shown.page, u"Run preflight"_s)->trigger();
        QTRY_COMPARE(card.shown()->find(u"container-gpu"_s)->outcome, CheckOutcome::Passed);
        QCOMPARE(shown.asked.size(), 3);
        QCOMPARE(shown.asked.last(), std::pair(u"xformers"_s, Probing::Allowed));
        QCOMPARE(card.badge().word(), u"Can build, 1 warning"_s); // 18 compilers in 36 GiB
        QCOMPARE(card.ladder().rows().size(), 17);
        QVERIFY(card.report().contains("Memory (warning): 18 jobs"_L1));
        QTRY_VERIFY(actionOf(shown.page, u"Run preflight"_s)->isEnabled());
    }

    void aRungThatAChoiceWouldPassHasAButtonForIt()
    {
        PreparedGpus prepared;
        prepared.add(PreparedGpus::lone(0));
        Shown shown(prepared);
        const PreflightCard &card = shown.page.preflightCard();
        shown.environments.refreshCatalog();
        shown.machine.check();
        QTRY_VERIFY(card.shown());
        shown.page.findChild<QComboBox *>()->setCurrentText(u"xformers"_s);
        QTRY_VERIFY(card.shown() && card.shown()->environment == "xformers"_L1);
        actionOf(shown.page, u"Run preflight"_s)->trigger();
        QTRY_COMPARE(card.badge().word(), u"Can build, 1 warning"_s);
        const auto memory = [&card] {
            for (LadderRow *row : card.ladder().rows())
                if (row->rung().name == "Memory"_L1)
                    return row;
            return static_cast<LadderRow *>(nullptr);
        };
        QVERIFY(memory());
        QCOMPARE(memory()->rung().action, u"Choose jobs = 9"_s); // four GiB each, of 36
        QTest::keyClick(memory(), Qt::Key_Return);
        QTRY_COMPARE(card.badge().word(), u"Pass"_s);
        QCOMPARE(shown.asked.last(), std::pair(u"xformers"_s, Probing::Allowed)); // what was proven stays proven
        QCOMPARE(ownChoices(*shown.environments.find(u"xformers"_s)), (ChosenValues{{u"jobs"_s, u"9"_s}}));
        QVERIFY(memory()->rung().action.isEmpty());
        const auto words = card.findChildren<Label *>();
        QVERIFY(std::ranges::any_of(
            words, [](const Label *label) { return label->text() == "With your choices: jobs = 9"_L1; }));
    }

    void withoutGpuTheLadderEndsAtTheFirstRung()
    {
        PreparedGpus prepared;
        prepared.add(PreparedGpus::none());
        Shown shown(prepared);
        shown.environments.refreshCatalog();
        shown.machine.check();
        const PreflightCard &card = shown.page.preflightCard();
        QTRY_VERIFY(card.shown());
        QCOMPARE(card.badge().word(), u"Can build, 7 unknown"_s);
        QCOMPARE(card.ladder().rows()[0]->rung().state, State::Unknown);
        QVERIFY(card.ladder().rows()[0]->rung().evidence.contains("CPU path works"_L1));
        QCOMPARE(card.ladder().rows()[1]->rung().evidence, u"nothing to check without a GPU"_s);
        QVERIFY(card.ladder().rows()[1]->rung().name.startsWith("Driver, Device nodes, NVML, "_L1)); // as one rung
        QCOMPARE(card.ladder().rows().size(), 12);
    }

    void aBuildShowsWhatItsGpusDid()
    {
        GpuStrip strip;
        QVERIFY(strip.isHidden());
        GpuRecord record;
        for (int second = -200; second <= 0; ++second) {
            GpuReading reading = PreparedGpus::workstation(second);
            reading.atMs = 1'000'000 + second * 1000;
            record.history.add(reading);
            record.last = reading;
        }
        strip.setRecord(record, false);
        QVERIFY(!strip.isHidden());
        QCOMPARE(strip.charts().size(), 4);
        QCOMPARE(strip.charts()[0]->data().points.size(), 201); // of the busy one
        QCOMPARE(strip.charts()[0]->data().spanSeconds, 200.0);
        QCOMPARE(strip.charts()[1]->data().value, u"38.2"_s);
        QCOMPARE(strip.charts()[1]->data().unit, u"GiB peak"_s);
        QVERIFY(strip.charts()[0]->data().isPast);
        strip.findChild<QComboBox *>()->setCurrentIndex(1);
        QCOMPARE(strip.charts()[1]->data().value, u"1.1"_s);
        strip.setRecord(record, true); // goes on with the one that was chosen, as it is now
        QCOMPARE(strip.charts()[1]->data().unit, u"GiB"_s);
        QCOMPARE(strip.charts()[1]->data().value, u"1.1"_s);
        strip.setRecord({}, false);
        QVERIFY(strip.isHidden());
    }

    /// At the first reading all are idle.
    void theGpuShownIsTheBusiestUntilTheUserChooses()
    {
        GpuStrip strip;
        GpuRecord record;
        const auto read = [&](int second, int first, int other) {
            GpuReading reading = PreparedGpus::workstation(0);
            reading.atMs = second * 1000;
            reading.gpus[0].utilisationPercent = first;
            reading.gpus[1].utilisationPercent = other;
            record.history.add(reading);
            record.last = reading;
            strip.setRecord(record, true);
        };
        const auto *box = strip.findChild<QComboBox *>();
        read(1, 0, 0);
        QCOMPARE(box->currentIndex(), 0);
        read(2, 5, 90);
        QCOMPARE(box->currentIndex(), 1);
        strip.findChild<QComboBox *>()->setCurrentIndex(0);
        read(3, 5, 95);
        QCOMPARE(box->currentIndex(), 0);
    }

    void theMarkStaysOnItsMoment()
    {
        LineChart chart;
        QVERIFY(chart.property("focusRing").toBool());
        ChartData data;
        const auto show = [&](int now) { // a value a second, of the last ten
            data.points.clear();
            for (int second = now - 9; second <= now; ++second)
                data.points.append({double(second - now), double(second)});
            data.edgeMs = now * 1000;
            data.spanSeconds = 10;
            chart.setData(data);
        };
        show(100);
        QTest::keyClick(&chart, Qt::Key_Left);
        QTest::keyClick(&chart, Qt::Key_Left);
        QCOMPARE(chart.data().points[chart.marked()].y(), 99.0);
        show(101);
        QCOMPARE(chart.data().points[chart.marked()].y(), 99.0);
        show(105);
        QCOMPARE(chart.data().points[chart.marked()].y(), 99.0);
        show(120); // it has left the chart
        QCOMPARE(chart.marked(), -1);
    }

    void processesChangeByRows()
    {
        GpuProcessModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        GpuReading reading = PreparedGpus::workstation(0);
        model.setReading(reading, {});
        QCOMPARE(inserted.size(), 4);
        model.setReading(reading, {});
        QCOMPARE(changed.size(), 0);
        (*reading.gpus[0].processes)[1].memoryBytes = 100LL << 30; // now the largest
        model.setReading(reading, {});
        QCOMPARE(model.index(0, GpuProcessModel::PidColumn).data().toString(), u"31640"_s);
        reading.gpus[0].processes->removeFirst();
        reading.gpus[1].processes->clear();
        model.setReading(reading, {});
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(removed.size(), 1); // three rows at once
        QCOMPARE(removed[0][2].toInt() - removed[0][1].toInt(), 2);
        QCOMPARE(reset.size(), 0);
        QVERIFY(!model.buildAt(0));
        QVERIFY(!model.buildAt(7));
    }

    void figuresSayUnknownAsUnknown()
    {
        GpuStatus bare;
        for (const ChartData &chart : chartsOf(bare, {}, 0, 300, ChartWords::Long))
            QCOMPARE(chart.value, u"–"_s);
        for (const auto &[name, value] : factsOf(bare))
            QVERIFY2(value == u"–"_s || value == u"not offered"_s, qPrintable(name + u' ' + value));
        QCOMPARE(titleOf(bare), u"GPU 0"_s);
        QCOMPARE(kindOf(bare, {}), QString());
        bare.pcieWidth = 4;
        bare.pcieWidthMax = 16;
        QVERIFY(factsOf(bare).contains(std::pair(u"PCIe now"_s, u"×4 of ×16"_s)));
        bare.eccUncorrected = 2;
        QCOMPARE(badgeOf(bare, {}).state, State::Failed);
    }

    void aPauseIsAGapInTheLine()
    {
        const QList<GpuPoint> history{{0, 1, 1, 1, 1}, {1000, 2, 1, 1, 1}, {61000, 3, 1, 1, 1}};
        const QList<QPointF> points = chartsOf({}, history, 61000, 300, ChartWords::Long)[0].points;
        QCOMPARE(points.size(), 4);
        QVERIFY(std::isnan(points[2].y()));
        QCOMPARE(points[3], QPointF(0, 3));
        QCOMPARE(chartsOf({}, history, 61000, 30, ChartWords::Long)[0].points.size(), 1);
        QList<GpuPoint> thinned; // of a build of a day: one sample a minute is left
        for (int minute = 0; minute < 10; ++minute)
            thinned.append({minute * 60'000, 1, 1, 1, 1});
        const QList<QPointF> joined = chartsOf({}, thinned, 540'000, 540, ChartWords::Long)[0].points;
        QCOMPARE(joined.size(), 10);
        for (const QPointF &point : joined)
            QVERIFY(!std::isnan(point.y()));
    }
};

QTEST_MAIN(TestGpuPage)
#include "tst_gpupage.moc"
