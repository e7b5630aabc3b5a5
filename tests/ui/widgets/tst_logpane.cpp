// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/buildlog.h"
#include "ui/models/wording.h"
#include "ui/widgets/logpane.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/style.h"

#include <QApplication>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>

#include <algorithm>

using namespace kernelyard;
using namespace Qt::StringLiterals;

/// What stands over another part or out of the pane; empty: nothing.
static QString misplaced(const QWidget &pane, const QList<QWidget *> &parts)
{
    const auto rectOf = [&pane](const QWidget *part) { return QRect(part->mapTo(&pane, QPoint()), part->size()); };
    for (qsizetype i = 0; i < parts.size(); ++i) {
        if (!pane.rect().contains(rectOf(parts[i])))
            return parts[i]->accessibleName();
        for (qsizetype other = 0; other < i; ++other)
            if (rectOf(parts[i]).intersects(rectOf(parts[other])))
                return parts[i]->accessibleName() + u" over "_s + parts[other]->accessibleName();
    }
    return {};
}

class TestLogPane : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QApplication::setStyle(new Style); }

    void theBarHasRoomForEveryButton_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<bool>("words");
        QTest::newRow("wide") << 1276 << true;
        QTest::newRow("beside the steps") << 720 << true;
        QTest::newRow("in the narrowest window") << 470 << false;
    }

    void theBarHasRoomForEveryButton()
    {
        QFETCH(int, width);
        QFETCH(bool, words);
        LogPane pane;
        pane.resize(900, 300);
        pane.show();
        QVERIFY(QTest::qWaitForWindowExposed(&pane));
        pane.setMinimumWidth(1); // as a window's own minimum does
        pane.resize(width, 300);
        QTRY_COMPARE(pane.width(), width);
        QList<QWidget *> parts;
        for (QPushButton *button : pane.findChildren<QPushButton *>())
            parts << button;
        parts << pane.findChild<QLineEdit *>();
        QCOMPARE(parts.size(), 10);
        QTRY_COMPARE(misplaced(pane, parts), QString());
        for (const QWidget *part : std::as_const(parts))
            QVERIFY(!part->accessibleName().isEmpty());
        int shown = 0;
        for (const QPushButton *button : pane.findChildren<QPushButton *>())
            shown += button->text() == u"Follow"_s || button->text() == u"First error"_s ? 1 : 0;
        QCOMPARE(shown, words ? 2 : 0);
        pane.resize(1000, 300);
        QTRY_COMPARE(pane.width(), 1000);
        QVERIFY(std::ranges::any_of(pane.findChildren<QPushButton *>(),
                                    [](const QPushButton *button) { return button->text() == u"Follow"_s; }));
    }

    void aPatternThatIsNoneIsExplained()
    {
        LogPane pane;
        auto *field = pane.findChild<QLineEdit *>();
        for (QPushButton *button : pane.findChildren<QPushButton *>())
            if (button->accessibleName() == u"Regular expression"_s)
                button->click();
        field->setText(u"foo(49"_s);
        QTRY_COMPARE(field->accessibleDescription(), u"not valid"_s);
        QVERIFY2(field->toolTip().startsWith(u"This is no regular expression: "_s), qPrintable(field->toolTip()));
        QVERIFY2(field->toolTip().contains(u"at character"_s), qPrintable(field->toolTip()));
        field->setText(u"foo(4|9)"_s);
        QTRY_VERIFY(field->accessibleDescription() != u"not valid"_s);
        QCOMPARE(field->toolTip(), u"Find (Ctrl+F)"_s);
    }

    void aMatchThatComesLaterTakesNobodyThere()
    {
        BuildLog log;
        LogPane pane;
        pane.view()->setSource(&log);
        QList<LogLine> lines(2000, {-1, {}, false, false, "hay"});
        log.append(lines);
        auto *field = pane.findChild<QLineEdit *>();
        field->setText(u"needle"_s);
        QTRY_COMPARE(field->accessibleDescription(), u"none"_s);
        lines.last().text = "needle";
        log.append(lines);
        QTRY_COMPARE(field->accessibleDescription(), u"1"_s);
        QCOMPARE(pane.view()->caretLine(), -1);
        field->setText(u"needl"_s); // asked for anew
        QTRY_COMPARE(pane.view()->caretLine(), 3999);

        field->setText(u"ha"_s);
        QTest::keyClick(pane.view(), Qt::Key_Home, Qt::ControlModifier); // before the first is found
        QTRY_COMPARE(field->accessibleDescription(), countText(3999));
        QCOMPARE(pane.view()->currentMatch(), -1);
    }

    /// Qt's own dialogs mark letters with ampersands, which are not to be seen.
    void ampersandsOfButtonsAreNotShown()
    {
        QPushButton marked(u"&Save"_s), plain(u"Save"_s);
        for (QPushButton *button : {&marked, &plain})
            button->setFixedSize(120, 28);
        QCOMPARE(marked.grab().toImage(), plain.grab().toImage());
    }
};

QTEST_MAIN(TestLogPane)
#include "tst_logpane.moc"
