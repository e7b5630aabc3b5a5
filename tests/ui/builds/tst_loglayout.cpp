// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/loglayout.h"

#include <QTest>

using namespace kernelyard;

using Kind = LogLayout::Row::Kind;

class TestLogLayout : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void gathersInterleavedLinesByStep();
    void linesOfNoStepStayWhereTheyCame();
    void folding();
    void wrapping();
    void wrappedAndGrownAgreesWithBuiltAnew();
    void everyPixelBelongsToOneRow();
};

static LogLayout plain()
{
    LogLayout layout([](qint64) { return 10; });
    layout.setHeights(10, 20);
    return layout;
}

/// The rows from top to bottom as text: "s2" for a fold row, the number for a line.
static QStringList rowsOf(const LogLayout &layout)
{
    QStringList rows;
    for (LogLayout::Row row = layout.rowAt(0); row.kind != Kind::None; row = layout.next(row)) {
        if (row.kind == Kind::Header)
            rows.append(u's' + QString::number(layout.stepOf(row)));
        else
            rows.append(QString::number(row.line));
    }
    return rows;
}

void TestLogLayout::gathersInterleavedLinesByStep()
{
    LogLayout layout = plain();
    const QList<int> steps{0, 2, 0, 2, 2, 1, 0};
    for (int line = 0; line < steps.size(); ++line)
        layout.addLine(line, steps[line]);
    QCOMPARE(rowsOf(layout).join(u' '), QStringLiteral("s0 0 2 6 s1 5 s2 1 3 4"));
    QCOMPARE(layout.height(), 3 * 20 + 7 * 10);
    QCOMPARE(layout.rowOfLine(4, 2).top, 120);
    QCOMPARE(layout.rowOfStep(2).top, 80);
    QCOMPARE(layout.neighbour(6, 0, +1), 5);
    QCOMPARE(layout.neighbour(5, 1, -1), 6);
    QCOMPARE(layout.neighbour(0, 0, -1), -1);
    QCOMPARE(layout.firstLine(), 0);
    QCOMPARE(layout.lastLine(), 4);
    QCOMPARE(layout.sectionOf(3, 0), -1);
}

void TestLogLayout::linesOfNoStepStayWhereTheyCame()
{
    LogLayout layout = plain();
    layout.addLine(0, -1);
    layout.addLine(1, 0);
    layout.addLine(2, -1);
    layout.addLine(3, -1);
    layout.showStep(1);
    layout.addLine(4, 1);
    layout.addLine(5, -1);
    QCOMPARE(rowsOf(layout).join(u' '), QStringLiteral("0 s0 1 2 3 s1 4 5"));
    QCOMPARE(layout.rowOfLine(5, -1).line, 5);
}

void TestLogLayout::folding()
{
    LogLayout layout = plain();
    for (int line = 0; line < 6; ++line)
        layout.addLine(line, line / 2);
    layout.setFolded(1, true);
    QCOMPARE(rowsOf(layout).join(u' '), QStringLiteral("s0 0 1 s1 s2 4 5"));
    QCOMPARE(layout.rowOfLine(2, 1).kind, Kind::None);
    QCOMPARE(layout.neighbour(1, 0, +1), 2); // folded lines are still lines
    layout.addLine(6, 1);                    // that grows a folded step
    QCOMPARE(layout.height(), 3 * 20 + 4 * 10);
    layout.setFolded(1, false);
    QCOMPARE(rowsOf(layout).join(u' '), QStringLiteral("s0 0 1 s1 2 3 6 s2 4 5"));
}

void TestLogLayout::wrapping()
{
    const QList<int> columns{0, 5, 10, 11, 35};
    LogLayout layout([&](qint64 line) { return columns[line]; });
    layout.setHeights(10, 20);
    for (int line = 0; line < columns.size(); ++line)
        layout.addLine(line, 0);
    QCOMPARE(layout.height(), 20 + 5 * 10);
    layout.setWrap(10);
    QCOMPARE(layout.height(), 20 + (1 + 1 + 1 + 2 + 4) * 10);
    QCOMPARE(layout.rowOfLine(4, 0).height, 40);
    QCOMPARE(layout.rowAt(20 + 45).line, 3);
    layout.setWrap(0);
    QCOMPARE(layout.height(), 20 + 5 * 10);
}

void TestLogLayout::wrappedAndGrownAgreesWithBuiltAnew()
{
    QList<int> columns;
    LogLayout grown([&](qint64 line) { return columns[line]; });
    grown.setHeights(10, 20);
    grown.setWrap(7);
    for (int line = 0; line < 1000; ++line) {
        columns.append(line * 31 % 40);
        grown.addLine(line, line * 7 % 3);
        if (line % 5 == 0) {
            columns.last() += 9;
            grown.lastLineGrew();
        }
    }
    LogLayout anew([&](qint64 line) { return columns[line]; });
    anew.setHeights(10, 20);
    for (int line = 0; line < 1000; ++line)
        anew.addLine(line, line * 7 % 3);
    anew.setWrap(7);
    QCOMPARE(grown.height(), anew.height());
    for (int line = 0; line < 1000; ++line)
        QCOMPARE(grown.rowOfLine(line, line * 7 % 3).top, anew.rowOfLine(line, line * 7 % 3).top);
}

void TestLogLayout::everyPixelBelongsToOneRow()
{
    QList<int> columns;
    for (int line = 0; line < 400; ++line)
        columns.append(line * 13 % 55);
    LogLayout layout([&](qint64 line) { return columns[line]; });
    layout.setHeights(10, 20);
    layout.setWrap(9);
    for (int line = 0; line < 400; ++line)
        layout.addLine(line, line % 4 == 3 ? -1 : line % 4);
    layout.setFolded(1, true);
    qint64 y = 0;
    while (y < layout.height()) {
        const LogLayout::Row row = layout.rowAt(y);
        QCOMPARE(row.top, y);
        QVERIFY(row.height > 0);
        QCOMPARE(layout.rowAt(y + row.height - 1).line, row.line);
        if (row.kind == Kind::Line)
            QCOMPARE(layout.rowOfLine(row.line, row.line % 4 == 3 ? -1 : int(row.line % 4)).top, y);
        y += row.height;
    }
    QCOMPARE(y, layout.height());
}

QTEST_GUILESS_MAIN(TestLogLayout)
#include "tst_loglayout.moc"
