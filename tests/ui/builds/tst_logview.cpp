// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/buildlog.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/style.h"

#include <QApplication>
#include <QClipboard>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestLogView : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void followsUntilScrolledUp();
    void keysOfFollowing();
    void staysWhereItIsWhileStepsGrowAbove();
    void endedStepsFoldWhileFollowing();
    void selectsWithTheMouse();
    void selectsAWordAndALine();
    void selectsWithTheKeyboard();
    void copiesAsShownAndRaw();
    void findsAndGoesRound();
    void aMatchOutOfViewComesAmongItsNeighbours();
    void findsPatterns();
    void findKeepsUpWithAGrowingLog();
    void findUnfolds();
    void goesToErrors();
    void foldsByKeyAndMouse();
    void foldsAllSteps();
    void timesAndWrapByKey();
    void stepAsked();
    void filtersToMatches();
    void filterGrowsWithTheLog();
    void copiesWhatTheFilterShows();
    void copiesALink();
    void wrappedLongLineScrollsByPixels();
    void lineInWorkChangesItsStep();
    void tooMuchIsNotCopied();
    void longLineDoesNotStutter();
    void anyBytesArePainted();

private:
    void append(const QList<QByteArray> &texts, int step = -1);
    void fill(int lines, int step = -1);
    QPoint pointOf(qint64 line, int column) const;

    std::unique_ptr<BuildLog> m_log;
    std::unique_ptr<LogView> m_view;
};

void TestLogView::initTestCase()
{
    QApplication::setStyle(new Style);
    QApplication::setPalette(Theme::of(Shade::Light).palette());
}

void TestLogView::init()
{
    m_log = std::make_unique<BuildLog>();
    m_view = std::make_unique<LogView>();
    m_view->setSource(m_log.get());
    m_view->resize(700, 400);
    m_view->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
}

void TestLogView::cleanup()
{
    m_view.reset();
    m_log.reset();
}

void TestLogView::append(const QList<QByteArray> &texts, int step)
{
    QList<LogLine> lines;
    for (const QByteArray &text : texts)
        lines.append({step, std::chrono::seconds(m_log->count()), false, false, text});
    m_log->append(lines);
}

void TestLogView::fill(int lines, int step)
{
    QList<QByteArray> texts;
    for (int i = 0; i < lines; ++i)
        texts.append("line " + QByteArray::number(m_log->count() + i));
    append(texts, step);
}

QPoint TestLogView::pointOf(qint64 line, int column) const
{
    const QRect rect = m_view->rectOf(m_view->layout().rowOfLine(line, m_log->step(line)));
    // the columns as the view measures them: from a caret put there by hand would be circular, so by the font
    const QFontMetricsF metrics([] {
        QFont font = kernelyard::font(Type::Mono);
        font.setKerning(false);
        font.setStyleStrategy(QFont::PreferNoShaping);
        return font;
    }());
    const double cell = metrics.horizontalAdvance(QString(100, u'0')) / 100;
    LogPainter painter;
    painter.setFont(kernelyard::font(Type::Mono));
    painter.setSource(m_log.get());
    const int left = painter.textLeft(painter.gutterWidth(m_view->times()));
    return {left + int(column * cell) + 1, rect.center().y()};
}

void TestLogView::followsUntilScrolledUp()
{
    fill(200);
    QScrollBar *bar = m_view->verticalScrollBar();
    QVERIFY(bar->maximum() > 0);
    QVERIFY(m_view->isFollowing());
    QCOMPARE(bar->value(), bar->maximum());
    QSignalSpy following(m_view.get(), &LogView::followingChanged);
    bar->setValue(bar->value() - 10);
    QVERIFY(!m_view->isFollowing());
    QCOMPARE(following.count(), 1);
    const int value = bar->value();
    fill(50);
    QCOMPARE(bar->value(), value);
    m_view->setFollowing(true);
    QCOMPARE(bar->value(), bar->maximum());
    fill(50);
    QCOMPARE(bar->value(), bar->maximum());
}

void TestLogView::keysOfFollowing()
{
    fill(200);
    for (const int key : {int(Qt::Key_End), int(Qt::Key_F)}) {
        QTest::keyClick(m_view.get(), Qt::Key_PageUp);
        QTest::keyClick(m_view.get(), Qt::Key_PageUp);
        QVERIFY(!m_view->isFollowing());
        QTest::keyClick(m_view.get(), Qt::Key(key));
        QVERIFY(m_view->isFollowing());
    }
}

void TestLogView::staysWhereItIsWhileStepsGrowAbove()
{
    m_view->setSteps({{u"one"_s, State::Running, {}}, {u"two"_s, State::Running, {}}});
    fill(100, 0);
    fill(100, 1);
    m_view->showLine(150);
    const int y = m_view->rectOf(m_view->layout().rowOfLine(150, 1)).top();
    fill(30, 0); // side by side: the first step grows above what is read
    QCOMPARE(m_view->rectOf(m_view->layout().rowOfLine(150, 1)).top(), y);
}

void TestLogView::endedStepsFoldWhileFollowing()
{
    m_view->setSteps({{u"one"_s, State::Running, {}}});
    fill(100, 0);
    QVERIFY(!m_view->isFolded(0));
    m_view->setSteps({{u"one"_s, State::Success, u"0:10"_s}, {u"two"_s, State::Running, {}}});
    QVERIFY(m_view->isFolded(0));
    fill(100, 1);
    m_view->showLine(120); // reads the second step
    m_view->setSteps({{u"one"_s, State::Success, u"0:10"_s}, {u"two"_s, State::Success, {}}});
    QVERIFY(!m_view->isFolded(1));
}

void TestLogView::selectsWithTheMouse()
{
    append({"first line", "second line", "third line"});
    QTest::mousePress(m_view->viewport(), Qt::LeftButton, {}, pointOf(0, 6));
    QMouseEvent move(QEvent::MouseMove, QPointF(pointOf(2, 5)), m_view->viewport()->mapToGlobal(QPointF(pointOf(2, 5))),
                     Qt::LeftButton, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_view->viewport(), &move);
    QTest::mouseRelease(m_view->viewport(), Qt::LeftButton, {}, pointOf(2, 5));
    QCOMPARE(m_view->selectedText(), u"line\nsecond line\nthird"_s);
    QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, pointOf(1, 3));
    QCOMPARE(m_view->selectedText(), QString());
}

void TestLogView::selectsAWordAndALine()
{
    append({"g++ -c src/attention_fwd.cpp -o x.o"});
    QTest::mouseDClick(m_view->viewport(), Qt::LeftButton, {}, pointOf(0, 12));
    QCOMPARE(m_view->selectedText(), u"src/attention_fwd.cpp"_s);
    QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, pointOf(0, 12));
    QCOMPARE(m_view->selectedText(), u"g++ -c src/attention_fwd.cpp -o x.o"_s);
    QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, QPoint(4, pointOf(0, 0).y())); // gutter
    QCOMPARE(m_view->selectedText(), u"g++ -c src/attention_fwd.cpp -o x.o"_s);
}

void TestLogView::selectsWithTheKeyboard()
{
    append({"one", "two", "three"});
    m_view->showLine(0);
    QTest::keyClick(m_view.get(), Qt::Key_Right);
    QTest::keyClick(m_view.get(), Qt::Key_Down, Qt::ShiftModifier);
    QTest::keyClick(m_view.get(), Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(m_view->selectedText(), u"ne\ntw"_s);
    QTest::keyClick(m_view.get(), Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(m_view->selectedText(), u"one\ntwo\nthree"_s);
    QTest::keyClick(m_view.get(), Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), u"one\ntwo\nthree"_s);
}

void TestLogView::copiesAsShownAndRaw()
{
    append({"\x1b[31merror:\x1b[0m 1%\r\x1b[31merror:\x1b[0m no"});
    m_view->selectAll();
    m_view->copy();
    QCOMPARE(QApplication::clipboard()->text(), u"error: no"_s);
    m_view->copyWithColours();
    QVERIFY(QApplication::clipboard()->text().contains(u"\x1b[31m"_s));
}

void TestLogView::findsAndGoesRound()
{
    m_view->setSteps({{u"one"_s, State::Running, {}}, {u"two"_s, State::Running, {}}});
    append({"ptxas info", "nothing", "PTXAS ptxas"}, 0);
    append({"ptxas in two"}, 1);
    append({"late ptxas of one"}, 0); // shown before the second step
    LogFind *find = m_view->find();
    find->setQuery({u"ptxas"_s});
    QTRY_COMPARE(find->count(), qint64(5));
    m_view->showMatchFromHere();
    QList<qint64> order;
    for (int i = 0; i < 6; ++i) {
        order.append(m_view->caretLine());
        m_view->showNextMatch(1);
    }
    QCOMPARE(order, (QList<qint64>{0, 2, 2, 4, 3, 0}));
    m_view->showNextMatch(-1);
    m_view->showNextMatch(-1);
    QCOMPARE(m_view->caretLine(), 3);
    find->setQuery({u"ptxas"_s, false, true});
    QTRY_VERIFY(find->isDone());
    QTRY_COMPARE(find->count(), qint64(4));
    find->setQuery({});
    QVERIFY(find->lines().isEmpty());
}

void TestLogView::aMatchOutOfViewComesAmongItsNeighbours()
{
    fill(200);
    append({"needle", "another needle"});
    fill(200);
    m_view->showLine(0);
    m_view->find()->setQuery({u"needle"_s});
    QTRY_COMPARE(m_view->find()->count(), qint64(2));
    m_view->showMatchFromHere();
    QCOMPARE(m_view->caretLine(), 200);
    const int height = m_view->viewport()->height();
    const int at = pointOf(200, 0).y();
    QVERIFY2(at > height / 5 && at < height / 2, qPrintable(u"at %1 of %2"_s.arg(at).arg(height)));
    m_view->showNextMatch(1); // in view already: nothing moves
    QCOMPARE(m_view->caretLine(), 201);
    QCOMPARE(pointOf(200, 0).y(), at);
}

void TestLogView::findsPatterns()
{
    append({"[1/73] a.cu", "[22/73] b.cu", "\x1b[32m[3/73]\x1b[0m Größe"});
    LogFind *find = m_view->find();
    find->setQuery({uR"(\[\d\d?/73\])"_s, true});
    QTRY_VERIFY(find->isDone());
    QTRY_COMPARE(find->count(), qint64(3));
    find->setQuery({u"grösse|größe"_s, true});
    QTRY_COMPARE(find->count(), qint64(1));
    find->setQuery({u"größe"_s});
    QTRY_COMPARE(find->count(), qint64(1));
    m_view->showMatchFromHere();
    QCOMPARE(m_view->selectedText(), QString());
    QCOMPARE(find->places(m_view->textOfLine(2)).first().at, 7); // as shown, without colours
    find->setQuery({u"("_s, true});
    QVERIFY(!find->error().isEmpty());
    QVERIFY(!find->isActive());
    find->setQuery({u"x*"_s, true}); // matches nothing everywhere
    QVERIFY(find->lines().isEmpty());
}

void TestLogView::findKeepsUpWithAGrowingLog()
{
    LogFind *find = m_view->find();
    find->setQuery({u"needle"_s});
    append({"needle", "hay need"});
    QTRY_COMPARE(find->count(), qint64(1));
    m_log->append({{-1, 1s, false, false, "hay needle needle"}, {-1, 1s, false, false, "needle"}}, true);
    QTRY_COMPARE(find->count(), qint64(4));
    QCOMPARE(find->lines().next(1), 1);
    m_log->clear();
    QVERIFY(find->lines().isEmpty());
}

void TestLogView::findUnfolds()
{
    m_view->setSteps({{u"one"_s, State::Success, {}}, {u"two"_s, State::Running, {}}});
    append({"a", "needle"}, 0);
    fill(50, 1);
    QVERIFY(m_view->isFolded(0));
    m_view->find()->setQuery({u"needle"_s});
    QTRY_VERIFY(m_view->find()->isDone());
    m_view->showNextMatch(1);
    QVERIFY(!m_view->isFolded(0));
    QCOMPARE(m_view->currentMatch(), 0);
}

void TestLogView::goesToErrors()
{
    append({"ok", "a.cpp:1:1: error: x", "ok", "warning: y", "fatal error: z", "ok"});
    m_view->showLine(0);
    QTest::keyClick(m_view.get(), Qt::Key_F8);
    QCOMPARE(m_view->caretLine(), 1);
    QTest::keyClick(m_view.get(), Qt::Key_F8);
    QCOMPARE(m_view->caretLine(), 4);
    QTest::keyClick(m_view.get(), Qt::Key_F8); // none after it: stays
    QCOMPARE(m_view->caretLine(), 4);
    QTest::keyClick(m_view.get(), Qt::Key_F8, Qt::ShiftModifier);
    QCOMPARE(m_view->caretLine(), 1);
}

void TestLogView::foldsByKeyAndMouse()
{
    m_view->setSteps({{u"one"_s, State::Running, {}}, {u"two"_s, State::Running, {}}});
    fill(100, 0);
    fill(100, 1);
    m_view->showStep(0);
    QTest::keyClick(m_view.get(), Qt::Key_Z);
    QVERIFY(m_view->isFolded(0));
    QTest::keyClick(m_view.get(), Qt::Key_Z);
    QVERIFY(!m_view->isFolded(0));
    m_view->showLine(60); // its fold row stays in view at the top
    QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, QPoint(20, 5));
    QVERIFY(m_view->isFolded(0));
    QCOMPARE(m_view->verticalScrollBar()->value(), 0);
}

void TestLogView::foldsAllSteps()
{
    m_view->setSteps({{u"one"_s, State::Running, {}}, {u"two"_s, State::Running, {}}, {u"none"_s, State::Running, {}}});
    fill(100, 0);
    fill(100, 1);
    m_view->showLine(150);
    QTest::keyClick(m_view.get(), Qt::Key_Z, Qt::ShiftModifier);
    QCOMPARE(m_view->layout().rows(), 3);
    QTest::keyClick(m_view.get(), Qt::Key_Z, Qt::ShiftModifier);
    QCOMPARE(m_view->layout().rows(), 203);
}

void TestLogView::timesAndWrapByKey()
{
    append({QByteArray(5000, 'x')});
    QVERIFY(m_view->horizontalScrollBar()->maximum() > 0);
    QTest::keyClick(m_view.get(), Qt::Key_W);
    QVERIFY(m_view->isWrapping());
    QCOMPARE(m_view->horizontalScrollBar()->maximum(), 0);
    QVERIFY(m_view->rectOf(m_view->layout().rowOfLine(0, -1)).height() > 20 * 10);
    QTest::keyClick(m_view.get(), Qt::Key_W);
    QVERIFY(!m_view->isWrapping());
    QCOMPARE(m_view->times(), LogTimes::Relative);
    QTest::keyClick(m_view.get(), Qt::Key_T);
    QCOMPARE(m_view->times(), LogTimes::Absolute);
    QTest::keyClick(m_view.get(), Qt::Key_T);
    QTest::keyClick(m_view.get(), Qt::Key_T);
    QCOMPARE(m_view->times(), LogTimes::Relative);
}

void TestLogView::stepAsked()
{
    m_view->setSteps(
        {{u"one"_s, State::Running, {}}, {u"two"_s, State::Running, {}}, {u"three"_s, State::Running, {}}});
    fill(100, 0);
    fill(100, 1);
    fill(3, 2);
    QSignalSpy changed(m_view.get(), &LogView::currentStepChanged);
    m_view->showStep(1);
    QCOMPARE(m_view->currentStep(), 1);
    QCOMPARE(m_view->rectOf(m_view->layout().rowOfStep(1)).top(), 0);
    m_view->showStep(2); // too short to come to the top, and yet the one asked for
    QCOMPARE(m_view->currentStep(), 2);
    m_view->verticalScrollBar()->setValue(0);
    QCOMPARE(m_view->currentStep(), 0);
    QVERIFY(changed.count() >= 3);
}

void TestLogView::filtersToMatches()
{
    m_view->setSteps({{u"one"_s, State::Running, {}}, {u"two"_s, State::Running, {}}});
    fill(100, 0);
    append({"needle"}, 0);
    fill(100, 1);
    m_view->find()->setQuery({u"needle"_s});
    QTRY_COMPARE(m_view->find()->count(), qint64(1));
    QTest::keyClick(m_view.get(), Qt::Key_F); // follows: the filter keeps to the end
    m_view->setFiltering(true);
    QCOMPARE(m_view->layout().rows(), 1 + 3 + 1 + 2); // two lines before it, and two after it that are of the next step
    QVERIFY(m_view->layout().rowOfLine(100, 0).kind == LogLayout::Row::Kind::Line);
    QVERIFY(m_view->layout().rowOfLine(90, 0).kind == LogLayout::Row::Kind::None);
    m_view->selectAll();
    QCOMPARE(m_view->selectedText().count(u'\n'), 4); // what is shown, and no more
    m_view->showNextMatch(1);
    QCOMPARE(m_view->caretLine(), 100);
    m_view->showLine(10); // which is filtered out
    QVERIFY(!m_view->isFiltering());
    QCOMPARE(m_view->layout().rows(), 203);
    m_view->setFiltering(true);
    m_view->find()->setQuery({}); // nothing to filter by: everything
    QCOMPARE(m_view->layout().rows(), 203);
}

void TestLogView::filterGrowsWithTheLog()
{
    m_view->find()->setQuery({u"needle"_s});
    m_view->setFiltering(true);
    append({"hay"});
    QCOMPARE(m_view->layout().rows(), 0);
    fill(20);
    append({"needle"});
    QTRY_COMPARE(m_view->layout().rows(), qint64(3));
    fill(20);
    QTRY_COMPARE(m_view->layout().rows(), qint64(5));
}

void TestLogView::copiesWhatTheFilterShows()
{
    fill(20);
    append({"needle"});
    fill(20);
    for (const auto &[first, key] : {std::pair(10, Qt::Key_Down), std::pair(30, Qt::Key_Up)}) {
        m_view->showLine(first);
        for (int i = 0; i < 20; ++i)
            QTest::keyClick(m_view.get(), key, Qt::ShiftModifier);
        QCOMPARE(m_view->selectedText().count(u'\n'), 20);
        m_view->find()->setQuery({u"needle"_s});
        QTRY_COMPARE(m_view->find()->count(), qint64(1));
        m_view->setFiltering(true); // both ends are hidden
        QCOMPARE(m_view->selectedText(), u"line 18\nline 19\nneedle\nline 21\nline 22"_s);
        m_view->copyWithColours();
        QCOMPARE(QApplication::clipboard()->text(), u"line 18\nline 19\nneedle\nline 21\nline 22\n"_s);
        m_view->setFiltering(false);
        m_view->find()->setQuery({});
    }
}

void TestLogView::copiesALink()
{
    append({"one", "two"});
    m_view->showLine(1);
    QApplication::clipboard()->setText(u"before"_s);
    QTest::keyClick(m_view.get(), Qt::Key_L, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), u"before"_s); // nobody made an address
    m_view->setLinkMaker([](qint64 line) { return u"kernelyard://build/7#L%1"_s.arg(line + 1); });
    QTest::keyClick(m_view.get(), Qt::Key_L, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), u"kernelyard://build/7#L2"_s);
}

void TestLogView::wrappedLongLineScrollsByPixels()
{
    append({"first", QByteArray(90'000, 'x'), "last"});
    m_view->setWrapping(true);
    m_view->showLine(0);
    const auto top = [this] { return m_view->rectOf(m_view->layout().rowOfLine(1, -1)).top(); };
    const int before = top();
    QWheelEvent turn(QPointF(50, 50), m_view->viewport()->mapToGlobal(QPointF(50, 50)), {}, QPoint(0, -120),
                     Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(m_view->viewport(), &turn);
    QVERIFY(top() < before);
    QVERIFY(top() > before - 200); // part of the line, not all of it
    m_view->setFollowing(true);
    const QRect last = m_view->rectOf(m_view->layout().rowOfLine(2, -1));
    QCOMPARE(last.bottom(), m_view->viewport()->height() - 1);
}

void TestLogView::lineInWorkChangesItsStep()
{
    m_view->setSteps({{u"one"_s, State::Running, {}}, {u"two"_s, State::Running, {}}});
    append({"a", "50%"}, 0);
    m_log->append({{1, 1s, false, false, "of the other step"}}, true);
    QCOMPARE(m_log->count(), 2);
    QCOMPARE(m_view->layout().rowOfLine(1, 1).kind, LogLayout::Row::Kind::Line);
    QCOMPARE(m_view->layout().rowOfLine(1, 0).kind, LogLayout::Row::Kind::None);
}

void TestLogView::tooMuchIsNotCopied()
{
    append(QList<QByteArray>(400, QByteArray(100'000, 'x')));
    m_view->selectAll();
    QApplication::clipboard()->setText(u"before"_s);
    m_view->copy();
    m_view->copyWithColours();
    QCOMPARE(QApplication::clipboard()->text(), u"before"_s);
}

/// Painting costs what is seen of a line: laying out whole lines would take a hundred times as long for the long ones.
void TestLogView::longLineDoesNotStutter()
{
    const auto paintsOf = [this](qsizetype length) {
        cleanup();
        init();
        QByteArray line = "nvcc ";
        while (line.size() < length)
            line += "-gencode arch=compute_90,code=sm_90 ";
        QList<QByteArray> lines(40, line);
        lines.append("\x1b[31m" + line + "\x1b[0m\xff");
        append(lines);
        QElapsedTimer clock;
        clock.start();
        for (int i = 0; i < 30; ++i) {
            m_view->horizontalScrollBar()->setValue(i * 20000);
            m_view->viewport()->repaint();
        }
        return clock.nsecsElapsed();
    };
    const qint64 ofShort = paintsOf(900);
    const qint64 ofLong = paintsOf(90000);
    QVERIFY2(ofLong < 25 * ofShort, qPrintable(u"%1 against %2 ns"_s.arg(ofLong).arg(ofShort)));
}

void TestLogView::anyBytesArePainted()
{
    quint32 seed = 3;
    QList<QByteArray> lines;
    for (int i = 0; i < 300; ++i) {
        QByteArray bytes;
        for (int j = 0; j < 80; ++j) {
            seed = seed * 1664525 + 1013904223;
            const char c = char(seed >> 24);
            bytes += c == '\n' ? 'n' : c; // which ends a line and so never stands in one
        }
        lines.append(i % 2 == 0 ? bytes : "\x1b[" + bytes);
    }
    append(lines);
    for (const bool wrapping : {false, true}) {
        m_view->setWrapping(wrapping);
        for (int y = 0; y <= m_view->verticalScrollBar()->maximum(); y += 15) {
            m_view->verticalScrollBar()->setValue(y);
            m_view->viewport()->repaint();
        }
    }
    m_view->selectAll();
    const QString text = m_view->selectedText();
    QCOMPARE(text.count(u'\n'), 299);
    for (const QChar c : text)
        QVERIFY(c == u'\n' || c.category() != QChar::Other_Control);
}

QTEST_MAIN(TestLogView)
#include "tst_logview.moc"
