// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/ladder.h"
#include "ui/widgets/linechart.h"

#include <QAbstractButton>
#include <QClipboard>
#include <QGuiApplication>
#include <QTest>

#include <cmath>

using namespace kernelyard;
using namespace Qt::StringLiterals;

/// The two painted widgets of checks and of quantities.
class TestLadder : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rungsAreReadAndCopied();
    void aRemedyStandsOnlyWhereItIsNeeded();
    void rungsThatStayKeepTheirPlace();
    void aMarkMovesAlongTheLine();
    void aLineWithoutValuesSaysSo();
};

static QList<LadderRung> rungs()
{
    return {{State::Success, u"Kernel module"_s, u"nvidia 580.95.05 is loaded"_s, u"none needed"_s, u"nothing"_s},
            {State::Failed, u"CDI specification"_s, u"written for 570.86.15"_s, u"Write it anew."_s,
             u"sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml"_s},
            {State::Unknown, u"GPU in a container"_s, u"unknown until “CDI specification” is mended"_s, {}, {}}};
}

static QAbstractButton *copyOf(const LadderRow *row)
{
    return row->findChild<QAbstractButton *>();
}

void TestLadder::rungsAreReadAndCopied()
{
    Ladder ladder(u"Checks"_s);
    ladder.setRungs(rungs());
    ladder.resize(332, 600);
    ladder.show();
    QVERIFY(QTest::qWaitForWindowExposed(&ladder));
    QCOMPARE(ladder.rows().size(), 3);
    QCOMPARE(ladder.accessibleName(), u"Checks"_s);
    QVERIFY(ladder.rows()[1]->accessibleName().startsWith("CDI specification: Failed. written for"_L1));
    QVERIFY(ladder.rows()[1]->accessibleDescription().contains("Write it anew. sudo nvidia-ctk"_L1));

    ladder.rows()[0]->setFocus();
    QTest::keyClick(ladder.rows()[0], Qt::Key_Down);
    QTRY_VERIFY(ladder.rows()[1]->hasFocus());
    QTest::keySequence(ladder.rows()[1], QKeySequence::Copy);
    QCOMPARE(QGuiApplication::clipboard()->text(), rungs()[1].command);
    QTest::keyClick(ladder.rows()[1], Qt::Key_Up);
    QTRY_VERIFY(ladder.rows()[0]->hasFocus());
    QTest::keySequence(ladder.rows()[0], QKeySequence::Copy); // nothing to run: what is known
    QCOMPARE(QGuiApplication::clipboard()->text(), u"Kernel module: nvidia 580.95.05 is loaded"_s);
    QTest::mouseClick(copyOf(ladder.rows()[1]), Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text(), rungs()[1].command);
}

void TestLadder::aRemedyStandsOnlyWhereItIsNeeded()
{
    Ladder ladder(u"Checks"_s);
    ladder.setRungs(rungs());
    ladder.resize(332, 600);
    ladder.show();
    QVERIFY(!copyOf(ladder.rows()[0])->isVisible()); // it passed
    QVERIFY(copyOf(ladder.rows()[1])->isVisible());
    QVERIFY(!copyOf(ladder.rows()[2])->isVisible()); // it has none
    QVERIFY(ladder.rows()[0]->accessibleDescription().isEmpty());
    QVERIFY(ladder.rows()[1]->heightForWidth(300) > ladder.rows()[0]->heightForWidth(300));
    QVERIFY(ladder.rows()[1]->heightForWidth(200) > ladder.rows()[1]->heightForWidth(500)); // it wraps, nothing is cut
}

void TestLadder::rungsThatStayKeepTheirPlace()
{
    Ladder ladder(u"Checks"_s);
    ladder.setRungs(rungs());
    const LadderRow *first = ladder.rows()[0];
    QList<LadderRung> fewer = rungs();
    fewer.removeLast();
    fewer[0].evidence = u"nvidia 590.44.01 is loaded"_s;
    ladder.setRungs(fewer);
    QCOMPARE(ladder.rows().size(), 2);
    QCOMPARE(ladder.rows()[0], first); // what has the focus keeps it
    QCOMPARE(first->rung().evidence, fewer[0].evidence);
    ladder.setRungs({});
    QVERIFY(ladder.rows().isEmpty());
}

void TestLadder::aMarkMovesAlongTheLine()
{
    LineChart chart;
    chart.resize(300, 120);
    chart.setData({u"Memory"_s,
                   u"38.2"_s,
                   u"of 140.4 GiB"_s,
                   {{-3, 30}, {-2, std::nan("")}, {-1, 36.5}, {0, 38.2}},
                   140.4,
                   120.0,
                   300,
                   1});
    chart.show();
    QVERIFY(QTest::qWaitForWindowExposed(&chart));
    QCOMPARE(chart.accessibleName(), u"Memory 38.2 of 140.4 GiB"_s);
    QCOMPARE(chart.accessibleDescription(), u"between 30 and 38.2 in the last 5 min"_s);
    QTest::keyClick(&chart, Qt::Key_Left);
    QCOMPARE(chart.marked(), 3);
    QTest::keyClick(&chart, Qt::Key_Left);
    QCOMPARE(chart.accessibleDescription(), u"36.5, 1 s ago"_s);
    QTest::keyClick(&chart, Qt::Key_Left);
    QCOMPARE(chart.accessibleDescription(), u"unknown, 2 s ago"_s);
    QTest::keyClick(&chart, Qt::Key_Home);
    QCOMPARE(chart.marked(), 0);
    QTest::keyClick(&chart, Qt::Key_End);
    QCOMPARE(chart.marked(), 3);
    QTest::keyClick(&chart, Qt::Key_Escape);
    QCOMPARE(chart.marked(), -1);
}

void TestLadder::aLineWithoutValuesSaysSo()
{
    LineChart chart;
    chart.setData({u"Power"_s, u"–"_s, {}, {}, 100, {}, 300, 3});
    QCOMPARE(chart.accessibleDescription(), u"no values yet"_s);
    QTest::keyClick(&chart, Qt::Key_Left);
    QCOMPARE(chart.marked(), -1);
    chart.resize(160, 100);
    QVERIFY(!chart.grab().isNull());
}

QTEST_MAIN(TestLadder)
#include "tst_ladder.moc"
