// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/figures.h"
#include "ui/validation/casescard.h"
#include "ui/validation/controlsstrip.h"
#include "ui/validation/validationfollower.h"
#include "ui/validation/validationmodel.h"
#include "ui/validation/verdictcard.h"
#include "ui/widgets/statedelegate.h"

#include <QAbstractItemModelTester>
#include <QFile>
#include <QHeaderView>
#include <QLabel>
#include <QTest>
#include <QTreeView>

#include <algorithm>
#include <limits>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestValidation : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void figuresAreWrittenAsTheDesignSays_data();
    void figuresAreWrittenAsTheDesignSays();
    void cosineIsCutNotRounded();
    void theWorstTileIsNamed();
    void casesArriveOneByOne();
    void filtersAndSorts();
    void verdictsSayWhatHappened_data();
    void verdictsSayWhatHappened();
    void aBuildThatNeverValidatedSaysSo();
    void whatACaseRaisedCanBeRead();
    void theReasonsGetTheRoom();
    void controlsThatPassAreCounted();
    void linesArePickedOutOfALog();
};

static QByteArray recorded(const QString &file)
{
    QFile source(QStringLiteral(KERNELYARD_TEST_DATA) + u"/validation/"_s + file);
    return source.open(QIODevice::ReadOnly) ? source.readAll() : QByteArray();
}

void TestValidation::figuresAreWrittenAsTheDesignSays_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<QString>("text");
    QTest::newRow("small") << 4.12e-4 << u"4.1e-4"_s;
    QTest::newRow("very small") << 3.2e-17 << u"3.2e-17"_s;
    QTest::newRow("hundredths") << 0.0834 << u"0.083"_s;
    QTest::newRow("tenths") << 0.304 << u"0.30"_s;
    QTest::newRow("one") << 1.0 << u"1.0"_s;
    QTest::newRow("large") << 1.5e6 << u"1.5e6"_s;
    QTest::newRow("nothing") << 0.0 << u"0"_s;
    QTest::newRow("not a number") << std::numeric_limits<double>::quiet_NaN() << u"–"_s;
}

void TestValidation::figuresAreWrittenAsTheDesignSays()
{
    QFETCH(double, value);
    QFETCH(QString, text);
    QCOMPARE(scientific(value), text);
}

void TestValidation::theWorstTileIsNamed()
{
    ValidationCase one;
    QCOMPARE(tileText(one), QString());
    one.tile = {1, 0, 64, 33};
    one.tensor = u"out"_s;
    one.tileRelL2 = 8.3e-4;
    one.tileRelL2Limit = 2e-3;
    QCOMPARE(tileText(one), u"Worst tile 8.3e-4 of 2.0e-3 at batch 1, head 0, queries 64 to 96"_s);
    one.deterministic = true;
    QVERIFY(tileText(one).endsWith(u"; the same bits twice"_s));
    one.deterministic = false;
    QVERIFY(tileText(one).endsWith(u"; other bits the second time"_s));
    one.operatorName = u"cutlassF-pt"_s;
    QVERIFY(tileText(one).endsWith(u"; cutlassF-pt"_s));
    ValidationModel model;
    model.setCases({one});
    QVERIFY(model.index(0, 0).data(Qt::ToolTipRole).toString().contains(u"batch 1, head 0"_s));
}

void TestValidation::cosineIsCutNotRounded()
{
    QCOMPARE(cosineText(1.0), u"1"_s);
    QCOMPARE(cosineText(0.99999999), u"0.9999999"_s);
    QCOMPARE(cosineText(0.99999604), u"0.9999960"_s);
    QCOMPARE(cosineText(std::numeric_limits<double>::quiet_NaN()), u"–"_s);
}

void TestValidation::casesArriveOneByOne()
{
    const ValidationRun run = ValidationRun::fromJsonLines(recorded(u"pass.jsonl"_s));
    QVERIFY(run.cases.size() > 50);
    ValidationModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    int resets = 0;
    connect(&model, &QAbstractItemModel::modelReset, this, [&resets] { ++resets; });
    for (qsizetype i = 0; i <= run.cases.size(); ++i) {
        model.setCases(run.cases.mid(0, i));
        QCOMPARE(model.rowCount(), int(i));
    }
    QCOMPARE(resets, 0);
    model.setCases(ValidationRun::fromJsonLines(recorded(u"stale-accumulator.jsonl"_s)).cases);
    QCOMPARE(resets, 1); // another run
    QCOMPARE(model.index(0, ValidationModel::TypeColumn).data().toString(), u"fp32"_s);
    for (int column = 0; column < model.columnCount(); ++column)
        QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
}

void TestValidation::filtersAndSorts()
{
    ValidationRun run = ValidationRun::fromJsonLines(recorded(u"stale-accumulator.jsonl"_s));
    const auto failed =
        std::count_if(run.cases.cbegin(), run.cases.cend(), [](const ValidationCase &one) { return !one.passed(); });
    QVERIFY(failed > 0 && failed < run.cases.size());
    ValidationModel model;
    ValidationFilter filter;
    QAbstractItemModelTester tester(&filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
    filter.setSourceModel(&model);
    filter.sort(ValidationModel::TypeColumn);
    model.setCases(run.cases);
    QCOMPARE(filter.rowCount(), int(run.cases.size()));
    for (int row = 0; row < filter.rowCount(); ++row) // failed cases first
        QCOMPARE(filter.index(row, 0).data(StateRole).toInt() == int(State::Failed), row < failed);
    filter.setFilter(CaseFilter::Failed);
    QCOMPARE(filter.rowCount(), int(failed));
    filter.setType(u"bf16"_s);
    QVERIFY(filter.rowCount() > 0 && filter.rowCount() < failed);
    for (int row = 0; row < filter.rowCount(); ++row)
        QCOMPARE(filter.index(row, 0).data().toString(), u"bf16"_s);
    filter.setType({});
    filter.setFilter(CaseFilter::All);
    filter.sort(ValidationModel::RelL2Column, Qt::DescendingOrder);
    double before = 1e301;
    for (int row = 0; row < filter.rowCount(); ++row) {
        const double value = filter.index(row, ValidationModel::RelL2Column).data(SortRole).toDouble();
        QVERIFY(value <= before);
        before = value;
    }
    filter.setFilter(CaseFilter::NearLimit);
    ValidationCase near;
    for (const ValidationCase &one : run.cases)
        if (one.passed())
            near = one;
    near.relL2 = near.relL2Limit * 0.9;
    QVERIFY(isNearLimit(near));
    near.relL2 = near.relL2Limit * 0.5;
    QVERIFY(!isNearLimit(near));
}

void TestValidation::verdictsSayWhatHappened_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<bool>("running");
    QTest::addColumn<int>("lines"); // of the recording; -1: all
    QTest::addColumn<int>("state");
    QTest::addColumn<QString>("title");
    QTest::newRow("all right") << u"pass.jsonl"_s << false << -1 << int(State::Success)
                               << u"Pass: 71 of 71 cases are right"_s;
    QTest::newRow("wrong numbers") << u"stale-accumulator.jsonl"_s << false << -1 << int(State::Failed)
                                   << u"Failed: 20 of 30 cases are wrong"_s;
    QTest::newRow("a control passed") << u"mask-off-by-one.jsonl"_s << false << -1 << int(State::Failed) << u"Void: "_s;
    QTest::newRow("cases arrive") << u"pass.jsonl"_s << true << 12 << int(State::Running)
                                  << u"Running: 10 of 71 cases"_s;
    QTest::newRow("cut off") << u"pass.jsonl"_s << false << 12 << int(State::Interrupted)
                             << u"Cut off after 10 of 71 cases"_s;
    QTest::newRow("could not run") << u"no-cuda.jsonl"_s << false << -1 << int(State::Failed) << u"Not run: "_s;
}

void TestValidation::verdictsSayWhatHappened()
{
    QFETCH(QString, file);
    QFETCH(bool, running);
    QFETCH(int, lines);
    QFETCH(int, state);
    QFETCH(QString, title);
    QByteArray text = recorded(file);
    QVERIFY(!text.isEmpty());
    if (lines >= 0)
        text = text.split('\n').mid(0, lines).join('\n') + '\n';
    const ValidationRun run = ValidationRun::fromJsonLines(text);
    const VerdictWords words = verdictWords(run, {running ? BuildStatus::Running : BuildStatus::Done, true, {}});
    QCOMPARE(int(words.state), state);
    QVERIFY2(words.title.startsWith(title), qPrintable(words.title));
    QCOMPARE(words.total, running ? 71 : 0);
    VerdictCard card;
    card.setWords(words);
    QCOMPARE(card.accessibleName(), words.title);
}

void TestValidation::linesArePickedOutOfALog()
{
    const QList<QByteArray> suite = recorded(u"quick-pass.jsonl"_s).trimmed().split('\n');
    BuildUpdate update;
    Step layer;
    Step validation;
    validation.task = 1;
    update.steps = {layer, validation};
    ValidationLines lines(1);
    const auto line = [](int step, const QByteArray &text, bool isError = false) {
        LogLine made;
        made.step = step;
        made.text = text;
        made.isError = isError;
        return made;
    };
    update.newLines = {line(0, suite[1])}; // of another task: not ours
    QVERIFY(!lines.apply(update));
    // The suite's lines, each first as half a line that then grows, with noise of people's words between.
    for (const QByteArray &text : suite) {
        update.lastLineGrew = false;
        update.lastLineIsOpen = true;
        update.newLines = {line(1, "a word on stderr", true), line(1, text.left(text.size() / 2))};
        QVERIFY(!lines.apply(update));
        update.lastLineGrew = true;
        update.lastLineIsOpen = false;
        update.newLines = {line(1, text)};
        QVERIFY(lines.apply(update));
    }
    const ValidationRun run = lines.run();
    const ValidationRun whole = ValidationRun::fromJsonLines(recorded(u"quick-pass.jsonl"_s));
    QCOMPARE(run.cases.size(), whole.cases.size());
    QCOMPARE(run.controls.size(), whole.controls.size());
    QCOMPARE(run.verdict.verdict, Verdict::Pass);
}

void TestValidation::aBuildThatNeverValidatedSaysSo()
{
    const VerdictWords failed = verdictWords({}, {BuildStatus::Failed, false, u"The layer builder failed."_s});
    QCOMPARE(failed.title, u"Not validated: the build did not reach the validation"_s);
    QCOMPARE(failed.sub, u"The layer builder failed."_s);
    QVERIFY(verdictWords({}, {BuildStatus::Cancelled, false, {}}).title.startsWith(u"Cancelled before"_s));
    ValidationRun run = ValidationRun::fromJsonLines(recorded(u"pass.jsonl"_s).split('\n').mid(0, 12).join('\n'));
    QCOMPARE(verdictWords(run, {BuildStatus::Cancelled, true, {}}).title, u"Cancelled after 10 of 71 cases"_s);
    run = ValidationRun::fromJsonLines("{\"type\":\"run\",\"cases\":0}\n");
    QVERIFY(verdictWords(run, {}).title.startsWith(u"Nothing compared"_s));
}

void TestValidation::whatACaseRaisedCanBeRead()
{
    ValidationRun run;
    ValidationCase one;
    one.id = u"a"_s;
    one.status = u"error"_s;
    one.message = u"RuntimeError: no kernel image\nis available"_s;
    one.gflops = 0.01;
    run.cases = {one};
    CasesCard card;
    card.setRun(run);
    card.select(u"a"_s, {});
    QVERIFY(card.selected());
    QStringList texts;
    for (const QLabel *label : card.findChildren<QLabel *>())
        texts << label->text();
    QVERIFY2(texts.contains(u"RuntimeError: no kernel image"_s), qPrintable(texts.join(u'|')));
    ValidationModel model;
    model.setCases(run.cases);
    QVERIFY(model.index(0, 0).data(Qt::ToolTipRole).toString().endsWith(one.message));
    QCOMPARE(model.index(0, ValidationModel::SpeedColumn).data().toString(), u"–"_s); // not 0.0
}

void TestValidation::theReasonsGetTheRoom()
{
    const auto widths = [](const QString &file) {
        CasesCard card;
        card.setRun(ValidationRun::fromJsonLines(recorded(file)));
        card.resize(1100, 500);
        card.show();
        const QHeaderView *header = card.findChild<QTreeView *>()->header();
        return std::pair(header->sectionSize(ValidationModel::ShapeColumn),
                         header->sectionSize(ValidationModel::ReasonColumn));
    };
    const auto [shape, reason] = widths(u"stale-accumulator.jsonl"_s);
    QVERIFY2(reason > shape, qPrintable(u"%1 beside %2"_s.arg(reason).arg(shape)));
    const auto [all, none] = widths(u"pass.jsonl"_s);
    QVERIFY(all > shape);
    QCOMPARE(none, 0);
}

void TestValidation::controlsThatPassAreCounted()
{
    ControlsStrip strip;
    const ValidationRun run = ValidationRun::fromJsonLines(recorded(u"mask-off-by-one.jsonl"_s));
    const auto passed = std::ranges::count(run.controls, false, &NegativeControl::rejected);
    QVERIFY(passed > 1);
    strip.setControls(run.controls);
    QVERIFY2(
        strip.accessibleDescription().startsWith(u"%1 of %2 passed: void. "_s.arg(passed).arg(run.controls.size())),
        qPrintable(strip.accessibleDescription()));
}

QTEST_MAIN(TestValidation)
#include "tst_validation.moc"
