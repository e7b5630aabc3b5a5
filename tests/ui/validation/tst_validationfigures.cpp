// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/comparedialog.h"
#include "ui/validation/exportdialog.h"
#include "ui/validation/figurespane.h"
#include "ui/validation/validationfigures.h"

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
    void topsOfScalesAreRound_data();
    void topsOfScalesAreRound();
    void theChartTellsAPlacesFigures();
    void thePaneShowsWhatThereIs();
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
    QVERIFY(speedLines({}).series.isEmpty());
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
    const SpeedLines lines = speedLines(run);
    QCOMPARE(lines.unit, u"GFLOP/s"_s); // of a CPU
    QCOMPARE(lines.lengths, (QStringList{u"128"_s, u"256"_s, u"512"_s, u"1024"_s, u"2048"_s}));
    QCOMPARE(lines.sub, u"fp32, D 64, no mask, forward"_s);
    QStringList names;
    for (const ChartSeries &series : lines.series) {
        names.append(series.name);
        QCOMPARE(series.values.size(), lines.lengths.size());
        QVERIFY(std::ranges::all_of(series.values, [](const auto &value) { return value && *value > 1; }));
    }
    QCOMPARE(names, (QStringList{u"kernelyard"_s, u"torch-flash"_s}));
    QVERIFY2(differenceText(run).startsWith(u"torch-flash is "_s), qPrintable(differenceText(run)));
    QVERIFY2(differenceText(run).endsWith(u" at 2048."_s), qPrintable(differenceText(run)));
    ValidationRun fast = run;
    fast.comparisons.last().word = u"same"_s;
    QCOMPARE(differenceText(fast), u"No difference shown between kernelyard and torch-flash at 2048."_s);
    QVERIFY(differenceText({}).isEmpty());
    for (SpeedFigure &speed : fast.speeds)
        speed.tflops *= 1000;
    QCOMPARE(speedLines(fast).unit, u"TFLOP/s"_s);
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
    CompareDialog dialog(emptyPaths(folder), {{BuildId(8), u"run #0008"_s}, {BuildId(7), u"run #0007"_s}}, BuildId(8));
    QSignalSpy compared(&dialog, &CompareDialog::compared);
    QTRY_COMPARE(compared.size(), 1);
    QVERIFY2(dialog.sentence().contains(u"#0007"_s), qPrintable(dialog.sentence()));
    QCOMPARE(dialog.rowCount(), 0);
}

QTEST_MAIN(TestValidationFigures)
#include "tst_validationfigures.moc"
