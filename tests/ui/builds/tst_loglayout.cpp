// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/buildlog.h"
#include "ui/widgets/loglayout.h"
#include "ui/widgets/logoverview.h"

#include <QTest>

using namespace kernelyard;
using namespace std::chrono_literals;

using Kind = LogLayout::Row::Kind;

class TestLogLayout : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void gathersInterleavedLinesByStep();
    void linesOfNoStepStayWhereTheyCame();
    void folding();
    void filtering();
    void lastLineTakenBack();
    void runsOrSingleLinesAreTheSame();
    void everyRowIsFoundAgain();
    void neighboursInASet();
    void tenMillionLinesCostNothing();
    void overviewMarks();
};

static void addLine(LogLayout &layout, qint64 line, int step)
{
    layout.add({{line, step}}, line + 1);
}

/// The rows from top to bottom as text: "s2" for a fold row, the number for a line.
static QString rowsOf(const LogLayout &layout)
{
    QStringList rows;
    for (qint64 index = 0; index < layout.rows(); ++index) {
        const LogLayout::Row row = layout.rowAt(index);
        if (row.kind == Kind::Header)
            rows.append(u's' + QString::number(layout.stepOf(row)));
        else
            rows.append(QString::number(row.line));
    }
    return rows.join(u' ');
}

void TestLogLayout::gathersInterleavedLinesByStep()
{
    LogLayout layout;
    const QList<int> steps{0, 2, 0, 2, 2, 1, 0};
    for (int line = 0; line < steps.size(); ++line)
        addLine(layout, line, steps[line]);
    QCOMPARE(rowsOf(layout), QStringLiteral("s0 0 2 6 s1 5 s2 1 3 4"));
    QCOMPARE(layout.rows(), 10);
    QCOMPARE(layout.rowOfLine(4, 2).index, 9);
    QCOMPARE(layout.rowOfStep(2).index, 6);
    QCOMPARE(layout.neighbour(6, 0, +1), 5);
    QCOMPARE(layout.neighbour(5, 1, -1), 6);
    QCOMPARE(layout.neighbour(0, 0, -1), -1);
    QCOMPARE(layout.firstLine(), 0);
    QCOMPARE(layout.lastLine(), 4);
    QCOMPARE(layout.sectionOf(3, 0), -1);
    QVERIFY(!layout.isSequential());
    QCOMPARE(layout.rowAt(10).kind, Kind::None);
    QCOMPARE(layout.rowAt(-1).kind, Kind::None);
}

void TestLogLayout::linesOfNoStepStayWhereTheyCame()
{
    LogLayout layout;
    addLine(layout, 0, -1);
    addLine(layout, 1, 0);
    addLine(layout, 2, -1);
    addLine(layout, 3, -1);
    layout.showStep(1);
    addLine(layout, 4, 1);
    addLine(layout, 5, -1);
    QCOMPARE(rowsOf(layout), QStringLiteral("0 s0 1 2 3 s1 4 5"));
    QCOMPARE(layout.rowOfLine(5, -1).line, 5);
}

void TestLogLayout::folding()
{
    LogLayout layout;
    for (int line = 0; line < 6; ++line)
        addLine(layout, line, line / 2);
    layout.setFolded(1, true);
    QCOMPARE(rowsOf(layout), QStringLiteral("s0 0 1 s1 s2 4 5"));
    QCOMPARE(layout.rowOfLine(2, 1).kind, Kind::None);
    QCOMPARE(layout.rowNear(2, 1).index, 3);
    QCOMPARE(layout.neighbour(1, 0, +1), 2); // folded lines are still lines
    addLine(layout, 6, 1);                   // that grows a folded step
    QCOMPARE(layout.rows(), 7);
    layout.setFolded(1, false);
    QCOMPARE(rowsOf(layout), QStringLiteral("s0 0 1 s1 2 3 6 s2 4 5"));
}

void TestLogLayout::filtering()
{
    LogLayout layout;
    for (int line = 0; line < 12; ++line)
        addLine(layout, line, line % 3);
    LineSet filter;
    for (const qint64 line : {3, 4, 7, 9})
        filter.insert(line);
    layout.setFilter(&filter);
    QCOMPARE(rowsOf(layout), QStringLiteral("s0 3 9 s1 4 7")); // no fold row without lines
    QCOMPARE(layout.rowOfLine(0, 0).kind, Kind::None);
    QCOMPARE(layout.rowNear(6, 0).line, 9);
    QCOMPARE(layout.neighbour(9, 0, +1), 4);
    QCOMPARE(layout.neighbour(6, 0, -1), 3);
    addLine(layout, 12, 2); // not let through until the filter is set again
    QCOMPARE(layout.rows(), 6);
    filter.insert(12);
    layout.setFilter(&filter);
    QCOMPARE(rowsOf(layout), QStringLiteral("s0 3 9 s1 4 7 s2 12"));
    layout.setFilter(nullptr);
    QCOMPARE(layout.rows(), 16);
}

void TestLogLayout::lastLineTakenBack()
{
    LogLayout layout;
    layout.add({{0, 0}, {2, 1}}, 3);
    layout.dropLast(1); // not the last
    QCOMPARE(rowsOf(layout), QStringLiteral("s0 0 1 s1 2"));
    layout.dropLast(2);
    layout.add({{2, 0}, {3, 1}}, 5); // it was of another step after all
    QCOMPARE(rowsOf(layout), QStringLiteral("s0 0 1 2 s1 3 4"));
}

void TestLogLayout::runsOrSingleLinesAreTheSame()
{
    LogLayout single;
    LogLayout atOnce;
    QList<StepRun> runs;
    for (int line = 0; line < 1000; ++line) {
        const int step = line / 7 % 5 - 1;
        addLine(single, line, step);
        if (runs.isEmpty() || runs.last().step != step)
            runs.append({line, step});
    }
    atOnce.add(runs, 1000);
    QCOMPARE(rowsOf(atOnce), rowsOf(single));
}

void TestLogLayout::everyRowIsFoundAgain()
{
    LogLayout layout;
    const auto stepOf = [](qint64 line) { return line % 4 == 3 ? -1 : int(line % 4); };
    for (int line = 0; line < 400; ++line)
        addLine(layout, line, stepOf(line));
    layout.setFolded(1, true);
    LineSet filter;
    for (qint64 line = 0; line < 400; line += 3)
        filter.insert(line);
    for (const LineSet *set : {static_cast<const LineSet *>(nullptr), static_cast<const LineSet *>(&filter)}) {
        layout.setFilter(set);
        for (qint64 index = 0; index < layout.rows(); ++index) {
            const LogLayout::Row row = layout.rowAt(index);
            QCOMPARE(row.index, index);
            if (row.kind == Kind::Line)
                QCOMPARE(layout.rowOfLine(row.line, stepOf(row.line)).index, index);
            else
                QCOMPARE(layout.rowOfStep(layout.stepOf(row)).index, index);
        }
    }
}

void TestLogLayout::neighboursInASet()
{
    LogLayout layout;
    const QList<int> steps{0, 1, 0, 1, 0, 1};
    for (int line = 0; line < steps.size(); ++line)
        addLine(layout, line, steps[line]);
    LineSet set;
    for (const qint64 line : {1, 2, 4, 5})
        set.insert(line);
    QList<qint64> order;
    for (qint64 line = layout.neighbourIn(set, -1, -1, 1); line >= 0;
         line = layout.neighbourIn(set, line, steps[line], 1))
        order << line;
    QCOMPARE(order, (QList<qint64>{2, 4, 1, 5}));
    order.clear();
    for (qint64 line = layout.neighbourIn(set, -1, -1, -1); line >= 0;
         line = layout.neighbourIn(set, line, steps[line], -1))
        order << line;
    QCOMPARE(order, (QList<qint64>{5, 1, 4, 2}));
    QCOMPARE(layout.neighbourIn(set, 0, 0, 1), 2); // from a line that is not in it
    QCOMPARE(layout.neighbourIn(LineSet(), -1, -1, 1), -1);
}

void TestLogLayout::tenMillionLinesCostNothing()
{
    LogLayout layout;
    layout.add({{0, 0}, {4'000'000, 1}}, 10'000'000);
    QCOMPARE(layout.rows(), 10'000'002);
    QCOMPARE(layout.rowAt(5'000'002).line, 5'000'000);
    QCOMPARE(layout.sections()[0].ranges.size(), 1);
}

void TestLogLayout::overviewMarks()
{
    BuildLog log;
    QList<LogLine> lines;
    for (int i = 0; i < 1000; ++i)
        lines.append({i / 500, 1s, false, false,
                      i == 0 || i == 990 ? QByteArray("error: x")
                      : i == 250         ? QByteArray("warning: y")
                                         : "ok"});
    log.append(lines);
    LogLayout layout;
    layout.add(log.runs(0), log.count());
    LineSet matches;
    for (int i = 600; i < 700; ++i)
        matches.insert(i);
    QList<quint8> marks = LogOverview::marks(layout, log, matches, 100);
    QCOMPARE(marks.size(), 100);
    QCOMPARE(marks[0], quint8(LogOverview::Error));
    QCOMPARE(marks[25], quint8(LogOverview::Warning));
    QCOMPARE(marks[65], quint8(LogOverview::Match));
    QCOMPARE(marks[99], quint8(LogOverview::Error));
    QCOMPARE(marks.count(LogOverview::Match), 10);
    layout.setFolded(1, true); // what it hides is marked at its fold row
    marks = LogOverview::marks(layout, log, matches, 100);
    QCOMPARE(marks[99], quint8(LogOverview::Error | LogOverview::Match));
    LineSet filter = log.errors();
    layout.setFolded(1, false);
    layout.setFilter(&filter);
    marks = LogOverview::marks(layout, log, {}, 100); // four rows are not stretched
    QCOMPARE(marks[1], quint8(LogOverview::Error));
    QCOMPARE(marks[3], quint8(LogOverview::Error));
    QCOMPARE(marks.count(0), 98);
    filter = LineSet();
    filter.insert(0);
    layout.setFilter(&filter);
    layout.setFolded(1, true); // nothing of it is shown, so that its place lies behind the last row
    marks = LogOverview::marks(layout, log, {}, 100);
    QCOMPARE(marks[1], quint8(LogOverview::Error));
    QCOMPARE(marks.count(0), 99);
}

QTEST_GUILESS_MAIN(TestLogLayout)
#include "tst_loglayout.moc"
