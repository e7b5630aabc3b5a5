// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/comparedialog.h"
#include "ui/validation/exportdialog.h"
#include "ui/validation/figurespane.h"
#include "ui/validation/rungstrip.h"
#include "ui/validation/validationfigures.h"
#include "ui/validation/validationrungs.h"
#include "ui/widgets/serieschart.h"

#include <QComboBox>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

ValidationRun recorded(const QString &file)
{
    QFile source(QStringLiteral(KERNELYARD_TEST_DATA) + u"/validation/"_s + file);
    return ValidationRun::fromJsonLines(source.open(QIODevice::ReadOnly) ? source.readAll() : QByteArray());
}

} // namespace

class TestValidationFigures : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theMapShowsWhereTheErrorIs();
    void aFailedCaseIsShownWhereverItStands();
    void fewCasesMakeNoMap();
    void theMapIsMovedOverByKeys();
    void speedIsALineForEachBackend();
    void theChartShowsTheGroupThatIsChosen();
    void topsOfScalesAreRound_data();
    void topsOfScalesAreRound();
    void theChartTellsAPlacesFigures();
    void thePaneShowsWhatThereIs();
    void theLadderEndsWhereTheRunDid_data();
    void theLadderEndsWhereTheRunDid();
    void theLadderOfABuildThatNeverValidated();
    void aRunWithoutAControlSaysOfWhat();
    void theLadderOfAGpuNamesItsDriver();
    void theStripHasRoomForEveryName_data();
    void theStripHasRoomForEveryName();
    void exportsTellWhyTheyCannotBeMade();
    void aComparisonOfWhatIsNotThereSaysSo();
};

void TestValidationFigures::theMapShowsWhereTheErrorIs()
{
    const ValidationRun run = recorded(u"several.jsonl"_s);
    QCOMPARE(run.verdict.verdict, Verdict::Pass);
    const ValidationMap map = validationMap(run, u"kernelyard_attention"_s, MapFigure::Error);
    QCOMPARE(map.groups.size(), 3);
    QVERIFY(map.rows.contains(u"127"_s) && map.rows.contains(u"512"_s));
    QStringList sorted = map.rows;
    std::ranges::sort(sorted, {}, [](const QString &row) { return row.toInt(); });
    QCOMPARE(map.rows, sorted);
    int cells = 0;
    for (const HeatGroup &group : map.groups) {
        QCOMPARE(group.cells.size(), map.rows.size());
        QVERIFY2(group.title.contains(u"limit"_s), qPrintable(group.title));
        for (const auto &row : group.cells) {
            QCOMPARE(row.size(), group.columns.size());
            for (const auto &cell : row)
                if (cell) {
                    ++cells;
                    QVERIFY(!cell->failed && cell->share > 0 && cell->share <= 1);
                }
        }
    }
    QVERIFY(cells >= 60);
    const ValidationMap speed = validationMap(run, u"torch-flash"_s, MapFigure::Speed);
    double highest = 0;
    for (const HeatGroup &group : speed.groups)
        for (const auto &row : group.cells)
            for (const auto &cell : row)
                highest = qMax(highest, cell ? cell->share : 0);
    QCOMPARE(highest, 1.0); // the fastest is the darkest
    QVERIFY(validationMap(run, u"none such"_s, MapFigure::Error).isEmpty());
}

void TestValidationFigures::aFailedCaseIsShownWhereverItStands()
{
    ValidationRun run = recorded(u"several.jsonl"_s);
    // A second case of the same length and dimension, wrong, with a smaller error than the right one has.
    const auto found = std::ranges::find_if(run.cases, [](const ValidationCase &one) {
        return one.lengthQ == 127 && one.headDim == 64 && one.dtype == u"fp16" && one.lengthK == 127;
    });
    QVERIFY(found != run.cases.end());
    ValidationCase wrong = *found;
    wrong.id += u"-again"_s;
    wrong.relL2 /= 2;
    wrong.status = u"fail"_s;
    wrong.reasons = {u"out-of-bounds"_s};
    run.cases.append(wrong);
    const ValidationMap map = validationMap(run, u"kernelyard_attention"_s, MapFigure::Error);
    int failed = 0;
    for (const HeatGroup &group : map.groups)
        for (const auto &row : group.cells)
            for (const auto &cell : row)
                if (cell && cell->failed) {
                    ++failed;
                    QCOMPARE(cell->id, wrong.id);
                    QVERIFY(cell->words.contains(u"failed"_s));
                }
    QCOMPARE(failed, 1);
}

void TestValidationFigures::fewCasesMakeNoMap()
{
    ValidationRun run = recorded(u"several.jsonl"_s);
    run.cases = run.cases.mid(0, 1);
    QVERIFY(validationMap(run, run.cases.first().backend, MapFigure::Error).isEmpty());
    QVERIFY(validationMap({}, {}, MapFigure::Error).isEmpty());
    QVERIFY(speedGroups({}).isEmpty());
    QVERIFY(speedLines({}, {}).series.isEmpty());
}

void TestValidationFigures::theMapIsMovedOverByKeys()
{
    HeatMap map;
    const auto cell = [](const QString &id) {
        return std::optional(HeatCell{u"1"_s, 0.5, false, id + u" words"_s, id});
    };
    map.setContent({u"1"_s, u"2"_s},
                   {{u"a"_s, {u"64"_s, u"96"_s}, {{cell(u"a11"_s), cell(u"a12"_s)}, {std::nullopt, cell(u"a22"_s)}}},
                    {u"b"_s, {u"64"_s}, {{cell(u"b11"_s)}, {cell(u"b21"_s)}}}},
                   u"scale"_s);
    map.resize(400, map.sizeHint().height());
    QVERIFY(!map.current());
    QSignalSpy spy(&map, &HeatMap::activated);
    const auto press = [&map](Qt::Key key) { QTest::keyClick(&map, key); };
    press(Qt::Key_Right);
    QCOMPARE(map.current()->id, u"a11"_s);
    QCOMPARE(map.accessibleDescription(), u"a11 words"_s);
    press(Qt::Key_Down); // nothing stands there
    QCOMPARE(map.current()->id, u"a11"_s);
    press(Qt::Key_Right);
    press(Qt::Key_Right); // on into the next group
    QCOMPARE(map.current()->id, u"b11"_s);
    press(Qt::Key_Right); // the end
    QCOMPARE(map.current()->id, u"b11"_s);
    press(Qt::Key_Down);
    press(Qt::Key_Return);
    QCOMPARE(spy.takeFirst().first().toString(), u"b21"_s);
    press(Qt::Key_Left);
    QCOMPARE(map.current()->id, u"a22"_s);
    map.setCurrentId(u"a12"_s);
    QCOMPARE(map.current()->id, u"a12"_s);
    QCOMPARE(spy.size(), 0);
    map.setCurrentId({});
    QVERIFY(!map.current());
    QVERIFY(!map.grab().toImage().isNull());
}

void TestValidationFigures::speedIsALineForEachBackend()
{
    const ValidationRun run = recorded(u"several.jsonl"_s);
    const SpeedGroup group = speedGroups(run).value(0);
    const SpeedLines lines = speedLines(run, group);
    QCOMPARE(lines.unit, u"GFLOP/s"_s); // of a CPU
    QCOMPARE(lines.lengths, (QStringList{u"128"_s, u"256"_s, u"512"_s, u"1024"_s, u"2048"_s}));
    QCOMPARE(group.text(), u"fp32, D 64, no mask"_s);
    QStringList names;
    for (const ChartSeries &series : lines.series) {
        names.append(series.name);
        QCOMPARE(series.values.size(), lines.lengths.size());
        QVERIFY(std::ranges::all_of(series.values, [](const auto &value) { return value && *value > 1; }));
    }
    QCOMPARE(names, (QStringList{u"kernelyard"_s, u"torch-flash"_s}));
    QVERIFY2(differenceText(run, group).startsWith(u"torch-flash is "_s), qPrintable(differenceText(run, group)));
    QVERIFY2(differenceText(run, group).endsWith(u" at 2048."_s), qPrintable(differenceText(run, group)));
    ValidationRun fast = run;
    fast.comparisons.last().word = u"same"_s;
    QCOMPARE(differenceText(fast, group), u"No difference shown between kernelyard and torch-flash at 2048."_s);
    QVERIFY(differenceText({}, group).isEmpty());
    for (SpeedFigure &speed : fast.speeds)
        speed.tflops *= 1000;
    QCOMPARE(speedLines(fast, group).unit, u"TFLOP/s"_s);
}

void TestValidationFigures::theChartShowsTheGroupThatIsChosen()
{
    ValidationRun run = recorded(u"several.jsonl"_s);
    const QString untimed = run.speeds.last().caseId;
    SpeedFigure other = run.speeds.last();
    other.caseId = u"other"_s;
    other.dtype = u"bf16"_s;
    other.headDim = 128;
    other.causal = true;
    other.length = 4096;
    run.speeds.append(other);
    run.untimed = {{untimed, u"xformers"_s, u"it needs a GPU"_s}, {untimed, u"xformers"_s, u"again"_s}};
    const QList<SpeedGroup> groups = speedGroups(run);
    QCOMPARE(groups.size(), 2); // those timed most first
    QCOMPARE(groups[1].text(), u"bf16, D 128, causal"_s);
    QCOMPARE(speedLines(run, groups[1]).lengths, QStringList{u"4096"_s});
    QCOMPARE(untimedText(run, groups[0]), u"xformers was not timed: it needs a GPU."_s);
    QVERIFY(untimedText(run, groups[1]).isEmpty()); // neither is of that group
    QVERIFY(differenceText(run, groups[1]).isEmpty());

    FiguresPane pane;
    pane.setRun(run, {});
    auto *choice = pane.findChild<QComboBox *>();
    auto *chart = pane.findChild<SeriesChart *>();
    QVERIFY(choice && !choice->isHidden() && chart);
    QCOMPARE(chart->series().size(), 2);
    choice->setCurrentIndex(1);
    Q_EMIT choice->activated(1);
    QCOMPARE(chart->series().size(), 1);
    pane.setRun(run, {}); // as more of it comes
    QCOMPARE(choice->currentText(), u"bf16, D 128, causal"_s);
    QCOMPARE(chart->series().size(), 1);
    pane.setRun(recorded(u"several.jsonl"_s), {}); // which has it not
    QVERIFY(choice->isHidden());
    QCOMPARE(chart->series().size(), 2);
}

void TestValidationFigures::topsOfScalesAreRound_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<double>("top");
    QTest::newRow("on a step") << 500. << 500.;
    QTest::newRow("above a step") << 501. << 600.;
    QTest::newRow("below one") << 0.031 << 0.04;
    QTest::newRow("above the last step") << 9.1 << 10.;
    QTest::newRow("nothing") << 0. << 1.;
    QTest::newRow("no number") << qQNaN() << 1.;
}

void TestValidationFigures::topsOfScalesAreRound()
{
    QFETCH(double, value);
    QFETCH(double, top);
    QCOMPARE(roundedUp(value), top);
}

void TestValidationFigures::theChartTellsAPlacesFigures()
{
    SeriesChart chart;
    chart.resize(400, 200);
    QVERIFY(chart.words().isEmpty());
    chart.setContent({u"512"_s, u"1024"_s}, {{u"one"_s, {100., 512.}}, {u"two"_s, {7.5, std::nullopt}}}, u"TFLOP/s"_s);
    QCOMPARE(chart.words(), u"1024: one 512 TFLOP/s"_s);
    QTest::keyClick(&chart, Qt::Key_Left);
    QTest::keyClick(&chart, Qt::Key_Left);
    QCOMPARE(chart.words(), u"512: one 100, two 7.50 TFLOP/s"_s);
    QCOMPARE(chart.accessibleDescription(), chart.words());
    QTest::keyClick(&chart, Qt::Key_Left); // the first: it stays
    QCOMPARE(chart.words(), u"512: one 100, two 7.50 TFLOP/s"_s);
    QVERIFY(!chart.grab().toImage().isNull());
}

void TestValidationFigures::thePaneShowsWhatThereIs()
{
    FiguresPane pane;
    QVERIFY(pane.isEmpty());
    pane.setRun(recorded(u"several.jsonl"_s), {});
    QVERIFY(!pane.isEmpty());
    QCOMPARE(pane.regions().size(), 2);
    QSignalSpy spy(&pane, &FiguresPane::caseChosen);
    auto *map = qobject_cast<HeatMap *>(pane.regions().first());
    QVERIFY(map);
    pane.setCurrentCase(u"fp16-b1-q127-k127-h2-d64-causal"_s);
    QVERIFY(map->current());
    QTest::keyClick(map, Qt::Key_Return);
    QCOMPARE(spy.size(), 1);
    QCOMPARE(spy.first().at(1).toString(), u"kernelyard_attention"_s);
    pane.setRun(recorded(u"no-cuda.jsonl"_s), {});
    QVERIFY(pane.isEmpty());
    QVERIFY(pane.regions().isEmpty());
}

void TestValidationFigures::theLadderEndsWhereTheRunDid_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("lines"); // of the recording; -1: all
    QTest::addColumn<bool>("running");
    QTest::addColumn<QString>("failure");
    QTest::addColumn<QString>("failed"); // the rung that is; empty: none
    QTest::addColumn<int>("unknown");    // how many are not reached, or wait
    QTest::addColumn<QString>("numbers");
    const auto row = [](const char *name, const QString &file, int lines, bool running, const QString &failure,
                        const QString &failed, int unknown, const QString &numbers) {
        QTest::newRow(name) << file << lines << running << failure << failed << unknown << numbers;
    };
    row("all right, on the CPU", u"several.jsonl"_s, -1, false, {}, {}, 0, u"260 of 260 right"_s);
    row("wrong numbers", u"stale-accumulator.jsonl"_s, -1, false, {}, u"Numbers"_s, 0, u"10 of 30 right"_s);
    row("a control passed", u"mask-off-by-one.jsonl"_s, -1, false, {}, u"Controls"_s, 1,
        u"9 of 30 right, not to be trusted"_s);
    row("no library", u"does-not-compile.jsonl"_s, -1, false, {}, u"Library"_s, 5, u"not reached"_s);
    row("no container", {}, -1, false, u"The image is missing.\nPull it."_s, u"Container"_s, 6, u"not reached"_s);
    row("cases arrive", u"pass.jsonl"_s, 12, true, {}, {}, 1, u"10 of 10 right"_s);
    row("cut off", u"pass.jsonl"_s, 12, false, {}, {}, 1, u"10 of 10 right, then cut off"_s);
    row("nothing yet", {}, -1, true, {}, {}, 7, u"to come"_s);
}

void TestValidationFigures::theLadderEndsWhereTheRunDid()
{
    QFETCH(QString, file);
    QFETCH(int, lines);
    QFETCH(bool, running);
    QFETCH(QString, failure);
    QFETCH(QString, failed);
    QFETCH(int, unknown);
    QFETCH(QString, numbers);
    ValidationRun run = file.isEmpty() ? ValidationRun() : recorded(file);
    if (lines >= 0) {
        QFile source(QStringLiteral(KERNELYARD_TEST_DATA) + u"/validation/"_s + file);
        QVERIFY(source.open(QIODevice::ReadOnly));
        run = ValidationRun::fromJsonLines(source.readAll().split('\n').mid(0, lines).join('\n'));
    }
    const QList<LadderRung> rungs = validationRungs(run, {running             ? BuildStatus::Running
                                                          : failure.isEmpty() ? BuildStatus::Done
                                                                              : BuildStatus::Failed,
                                                          true, failure});
    QCOMPARE(rungs.size(), 7);
    QCOMPARE(rungs.first().name, u"Driver"_s);
    QCOMPARE(rungs.last().name, u"Numbers"_s);
    QCOMPARE(rungs.last().evidence, numbers);
    QStringList found;
    int open = 0;
    for (const LadderRung &rung : rungs) {
        QVERIFY(!rung.evidence.isEmpty());
        QCOMPARE(rung.state == State::Failed, !rung.remedy.isEmpty());
        if (rung.state == State::Failed)
            found.append(rung.name);
        open += rung.state == State::Unknown || rung.state == State::Waiting ? 1 : 0;
    }
    QCOMPARE(found.join(u' '), failed);
    QCOMPARE(open, unknown);
}

void TestValidationFigures::theLadderOfABuildThatNeverValidated()
{
    for (const RunProgress &progress : {RunProgress{BuildStatus::Failed, false, u"make: *** [all] Error 2"_s},
                                        RunProgress{BuildStatus::Cancelled, false, u"Cancelled."_s},
                                        RunProgress{BuildStatus::Cancelled, true, u"Cancelled."_s}})
        for (const LadderRung &rung : validationRungs({}, progress))
            QCOMPARE(rung.state, State::Unknown); // no container was at fault
}

void TestValidationFigures::aRunWithoutAControlSaysOfWhat()
{
    ValidationRun run = recorded(u"quick-pass.jsonl"_s);
    run.verdict.verdict = Verdict::Void;
    run.verdict.unproven = QStringList{u"torch bf16"_s};
    const LadderRung controls = validationRungs(run, {})[5];
    QCOMPARE(controls.state, State::Failed);
    QCOMPARE(controls.evidence, u"no negative control ran for torch bf16"_s);
    QCOMPARE(verdictWords(run, {}).title, u"Void: no negative control ran for torch bf16"_s);
}

void TestValidationFigures::theLadderOfAGpuNamesItsDriver()
{
    ValidationRun run = recorded(u"several.jsonl"_s);
    QCOMPARE(validationRungs(run, {}).first().state, State::Stopped); // no GPU was used
    run.facts.insert(u"device"_s, u"cuda"_s);
    QCOMPARE(validationRungs(run, {}).first().state, State::Unknown);
    run.facts.insert(u"driver"_s, u"580.95.05"_s);
    run.facts.insert(u"cudaArchitectures"_s, u"sm_90"_s);
    const QList<LadderRung> rungs = validationRungs(run, {});
    QCOMPARE(rungs[0].state, State::Success);
    QCOMPARE(rungs[0].evidence, u"580.95.05"_s);
    QCOMPARE(rungs[1].evidence, u"compiled for sm_90"_s);
    QCOMPARE(rungs[3].evidence, u"kernelyard 0.1.0 and 1 more, without flash-attn-2"_s);
    for (ValidationCase &one : run.cases) {
        one.status = u"error"_s;
        one.message = u"no kernel image is available"_s;
    }
    const QList<LadderRung> broken = validationRungs(run, {});
    QCOMPARE(broken[4].state, State::Failed);
    QCOMPARE(broken[4].evidence, u"no kernel image is available"_s);
    QCOMPARE(broken[6].state, State::Unknown);
}

void TestValidationFigures::theStripHasRoomForEveryName_data()
{
    QTest::addColumn<int>("width");
    for (const int width : {1688, 1048, 800, 520})
        QTest::newRow(QByteArray::number(width).constData()) << width;
}

void TestValidationFigures::theStripHasRoomForEveryName()
{
    QFETCH(int, width);
    RungStrip strip(u"ladder"_s);
    strip.setRungs(validationRungs(recorded(u"several.jsonl"_s), {}));
    strip.resize(width, 54);
    strip.show();
    QVERIFY(QTest::qWaitForWindowExposed(&strip));
    QCOMPARE(strip.cells().size(), 7);
    for (qsizetype i = 0; i < strip.cells().size(); ++i) {
        const RungCell *cell = strip.cells()[i];
        QVERIFY(cell->width() >= cell->nameWidth());
        QVERIFY(strip.rect().contains(cell->geometry()));
        QVERIFY(cell->accessibleName().startsWith(cell->rung().name));
        for (qsizetype other = 0; other < i; ++other)
            QVERIFY(!cell->geometry().intersects(strip.cells()[other]->geometry()));
    }
    strip.cells().first()->setFocus();
    QTest::keyClick(strip.cells().first(), Qt::Key_Right);
    QTRY_VERIFY(strip.cells()[1]->hasFocus());
    QTest::keyClick(strip.cells()[1], Qt::Key_Left);
    QTRY_VERIFY(strip.cells()[0]->hasFocus());
}

static Paths emptyPaths(const QTemporaryDir &folder)
{
    Paths paths;
    paths.state = folder.path() + u"/state"_s;
    paths.data = folder.path() + u"/data"_s;
    paths.cache = folder.path() + u"/cache"_s;
    paths.config = folder.path() + u"/config"_s;
    return paths;
}

void TestValidationFigures::exportsTellWhyTheyCannotBeMade()
{
    const QTemporaryDir folder;
    auto *dialog = new ExportDialog(emptyPaths(folder), BuildId(7), u"starter"_s);
    QSignalSpy failed(dialog, &ExportDialog::failed);
    QSignalSpy exported(dialog, &ExportDialog::exported);
    QSignalSpy gone(dialog, &QObject::destroyed);
    const QString file = folder.path() + u"/out.html"_s;
    dialog->write(file);
    QTRY_COMPARE(failed.size(), 1);
    QVERIFY(!QFile::exists(file));
    QCOMPARE(exported.size(), 0);
    QTRY_COMPARE(gone.size(), 1);
}

void TestValidationFigures::aComparisonOfWhatIsNotThereSaysSo()
{
    const QTemporaryDir folder;
    CompareDialog dialog(emptyPaths(folder), {{BuildId(8), u"run #0008"_s, {}}, {BuildId(7), u"run #0007"_s, {}}},
                         BuildId(8));
    QSignalSpy compared(&dialog, &CompareDialog::compared);
    QTRY_COMPARE(compared.size(), 1);
    QVERIFY2(dialog.sentence().contains(u"#0007"_s), qPrintable(dialog.sentence()));
    QCOMPARE(dialog.rowCount(), 0);
}

QTEST_MAIN(TestValidationFigures)
#include "tst_validationfigures.moc"
