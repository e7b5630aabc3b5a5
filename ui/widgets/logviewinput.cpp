// SPDX-License-Identifier: GPL-3.0-or-later
// LogView's part that answers mouse and keyboard: caret and selection.
#include "ui/widgets/logview.h"
#include "ui/widgets/measure.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QScrollBar>

#include <algorithm>

namespace kernelyard {

using Row = LogLayout::Row;

LogPosition LogView::positionAt(const QPoint &point) const
{
    if (m_source == nullptr || m_source->count() == 0)
        return {};
    const QList<PlacedRow> placed = placedRows();
    if (placed.isEmpty())
        return {};
    // above, below and on fold rows: the nearest line
    auto at = std::find_if(placed.begin(), placed.end(),
                           [&point](const PlacedRow &p) { return point.y() <= p.rect.bottom(); });
    const bool isBelow = at == placed.end();
    if (isBelow)
        --at;
    Row row = at->row;
    while (row.kind == Row::Kind::Header && row.index > 0)
        row = m_layout.rowAt(row.index - 1);
    if (row.kind != Row::Kind::Line)
        return {m_layout.firstLine(), 0};
    if (isBelow || row.index != at->row.index)
        return {row.line, m_painter.line(row.line).columns()};
    const int gutter = m_painter.gutterWidth(m_scene.times);
    const double x = point.x() - m_painter.textLeft(gutter) + (m_isWrapping ? 0 : horizontalScrollBar()->value());
    int column = std::max(0, qRound(x / m_painter.cellWidth()));
    if (m_wrap > 0) {
        const int part = std::max(0, point.y() - at->rect.top()) / m_painter.lineHeight();
        column = std::min(column, m_wrap) + part * m_wrap;
    }
    return {row.line, std::min(column, m_painter.line(row.line).columns())};
}

void LogView::moveCaret(LogPosition position, bool extend)
{
    m_scene.caret = position;
    if (!extend || m_scene.anchor.line < 0)
        m_scene.anchor = position;
    viewport()->update();
}

void LogView::makeVisible(LogPosition position)
{
    const int step = stepOfLine(position.line);
    if (m_layout.isFolded(step))
        setFolded(step, false);
    const Row row = m_layout.rowOfLine(position.line, step);
    if (row.kind == Row::Kind::None)
        return;
    const int part = m_wrap > 0 ? position.column / m_wrap : 0;
    const int head = m_painter.headerHeight(); // the fold row that stays in view
    const Place place{row.index, part * m_painter.lineHeight()};
    const Place lowest = moved(place, qint64(m_painter.lineHeight()) - viewport()->height());
    if (place < moved(m_top, head)) {
        setFollowing(false);
        scrollTo(moved(place, -head));
    } else if (lowest > m_top) {
        setFollowing(false);
        scrollTo(lowest);
    }
    if (!m_isWrapping) {
        const int width = room() - px(8);
        const int x = int(position.column * m_painter.cellWidth());
        QScrollBar *bar = horizontalScrollBar();
        if (x < bar->value())
            bar->setValue(std::max(0, x - width / 4));
        else if (x > bar->value() + width)
            bar->setValue(x - width * 3 / 4);
    }
    checkCurrentStep();
    viewport()->update();
}

void LogView::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton) {
        event->ignore();
        return;
    }
    const Row row = rowAt(event->position().toPoint());
    if (row.kind == Row::Kind::Header) {
        toggleFold(row);
        return;
    }
    const LogPosition position = positionAt(event->position().toPoint());
    if (position.line < 0)
        return;
    const bool isTriple = m_sinceDoubleClick.isValid() &&
                          m_sinceDoubleClick.elapsed() < QApplication::doubleClickInterval() &&
                          m_tripleClickLine == position.line;
    const bool isGutter = event->position().x() < m_painter.gutterWidth(m_scene.times);
    if (m_isFollowing && position.line != m_layout.lastLine())
        setFollowing(false); // who marks something wants it to stay
    if (isTriple || isGutter) {
        moveCaret({position.line, 0}, event->modifiers().testFlag(Qt::ShiftModifier));
        m_scene.caret = {position.line, m_painter.line(position.line).columns()};
        viewport()->update();
    } else {
        moveCaret(position, event->modifiers().testFlag(Qt::ShiftModifier));
        m_isSelecting = true;
    }
    m_sinceDoubleClick.invalidate();
}

void LogView::mouseMoveEvent(QMouseEvent *event)
{
    m_pointer = event->position().toPoint();
    const bool isHeader = rowAt(m_pointer).kind == Row::Kind::Header;
    viewport()->setCursor(isHeader && !m_isSelecting ? Qt::ArrowCursor : Qt::IBeamCursor);
    if (!m_isSelecting)
        return;
    moveCaret(positionAt(m_pointer), true);
    if (viewport()->rect().contains(m_pointer))
        m_autoScroll.stop();
    else if (!m_autoScroll.isActive())
        m_autoScroll.start();
}

void LogView::autoScroll()
{
    const QRect room = viewport()->rect();
    const int dy = m_pointer.y() < 0 ? m_pointer.y() : std::max(0, m_pointer.y() - room.bottom());
    const int dx = m_pointer.x() < 0 ? m_pointer.x() : std::max(0, m_pointer.x() - room.right());
    scrollByPixels(dy);
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() + dx);
    moveCaret(positionAt(m_pointer), true);
}

void LogView::mouseReleaseEvent(QMouseEvent *event)
{
    m_isSelecting = false;
    m_autoScroll.stop();
    if (event->button() == Qt::LeftButton && m_scene.anchor != m_scene.caret &&
        QApplication::clipboard()->supportsSelection())
        QApplication::clipboard()->setText(selectedText(), QClipboard::Selection);
}

/// By pixels, not by rows: a wrapped line may be many screens high.
void LogView::wheelEvent(QWheelEvent *event)
{
    const QPoint turned = event->pixelDelta().isNull()
                              ? event->angleDelta() * QApplication::wheelScrollLines() * m_painter.lineHeight() / 120
                              : event->pixelDelta();
    if (std::abs(turned.x()) > std::abs(turned.y()) || event->modifiers() != Qt::NoModifier) {
        QAbstractScrollArea::wheelEvent(event);
        return;
    }
    scrollByPixels(-turned.y());
    event->accept();
}

void LogView::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return;
    const Row row = rowAt(event->position().toPoint());
    if (row.kind == Row::Kind::Header) {
        toggleFold(row); // the second of two quick clicks
        return;
    }
    const LogPosition position = positionAt(event->position().toPoint());
    if (position.line < 0)
        return;
    selectWord(position);
    m_tripleClickLine = position.line;
    m_sinceDoubleClick.start();
}

/// What a double click takes: letters, digits and what paths and options are made of.
void LogView::selectWord(LogPosition position)
{
    const TerminalLine &line = m_painter.line(position.line);
    const QString &text = line.text();
    const auto isWord = [](QChar c) { return c.isLetterOrNumber() || QStringLiteral("_-./+~@%").contains(c); };
    int begin = std::min(line.indexAt(position.column), int(text.size()));
    int end = begin;
    while (begin > 0 && isWord(text[begin - 1]))
        --begin;
    while (end < text.size() && isWord(text[end]))
        ++end;
    m_scene.anchor = {position.line, line.columnAt(begin)};
    m_scene.caret = {position.line, line.columnAt(end)};
    viewport()->update();
}

void LogView::toggleFold(const Row &row)
{
    const int step = m_layout.stepOf(row);
    if (step < 0 || m_layout.sections()[row.section].lines == 0)
        return;
    const bool wasStuck = Place{row.index, 0} < m_top;
    setFolded(step, !m_layout.isFolded(step));
    if (wasStuck) {
        setFollowing(false);
        scrollTo({m_layout.rowOfStep(step).index, 0});
    }
}

bool LogView::hasSteps() const
{
    return std::any_of(m_layout.sections().begin(), m_layout.sections().end(),
                       [](const LogLayout::Section &section) { return section.hasHeader; });
}

bool LogView::isAllFolded() const
{
    return std::all_of(m_layout.sections().begin(), m_layout.sections().end(), [](const LogLayout::Section &section) {
        return section.step < 0 || section.lines == 0 || section.isFolded;
    });
}

void LogView::contextMenuEvent(QContextMenuEvent *event)
{
    QMenu menu(this);
    QAction *copyAction = menu.addAction(tr("Copy"), QKeySequence::Copy, this, &LogView::copy);
    QAction *coloursAction = menu.addAction(tr("Copy with colours"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C),
                                            this, &LogView::copyWithColours);
    copyAction->setEnabled(m_scene.anchor != m_scene.caret);
    coloursAction->setEnabled(m_scene.caret.line >= 0);
    if (m_linkMaker && m_scene.caret.line >= 0)
        menu.addAction(tr("Copy link to line"), Qt::CTRL | Qt::Key_L, this, &LogView::copyLink);
    menu.addAction(tr("Select all"), QKeySequence::SelectAll, this, &LogView::selectAll);
    if (hasSteps()) {
        menu.addSeparator();
        menu.addAction(tr("Fold all steps"), Qt::SHIFT | Qt::Key_Z, this, [this] { setAllFolded(true); });
        menu.addAction(tr("Unfold all steps"), this, [this] { setAllFolded(false); });
    }
    menu.exec(event->globalPos());
}

void LogView::focusInEvent(QFocusEvent *event)
{
    m_scene.hasFocus = true;
    viewport()->update();
    QAbstractScrollArea::focusInEvent(event);
}

void LogView::focusOutEvent(QFocusEvent *event)
{
    m_scene.hasFocus = false;
    viewport()->update();
    QAbstractScrollArea::focusOutEvent(event);
}

void LogView::keyPressEvent(QKeyEvent *event)
{
    if (event == QKeySequence::Copy) {
        copy();
    } else if (event == QKeySequence::SelectAll) {
        selectAll();
    } else if (event->key() == Qt::Key_C && event->modifiers() == (Qt::ControlModifier | Qt::ShiftModifier)) {
        copyWithColours();
    } else if (event->key() == Qt::Key_L && event->modifiers() == Qt::ControlModifier && m_linkMaker) {
        copyLink();
    } else if (event->key() == Qt::Key_F8) {
        showNextError(event->modifiers().testFlag(Qt::ShiftModifier) ? -1 : 1);
    } else if (event->modifiers() == Qt::NoModifier && event->key() == Qt::Key_Z) {
        if (const int step = currentStep(); step >= 0)
            toggleFold(m_layout.rowOfStep(step));
    } else if (event->modifiers() == Qt::ShiftModifier && event->key() == Qt::Key_Z) {
        setAllFolded(!isAllFolded());
    } else if (event->modifiers() == Qt::NoModifier && event->key() == Qt::Key_T) {
        setTimes(LogTimes((int(m_scene.times) + 1) % 3));
    } else if (event->modifiers() == Qt::NoModifier && event->key() == Qt::Key_W) {
        setWrapping(!m_isWrapping);
    } else if (event->modifiers() == Qt::NoModifier && (event->key() == Qt::Key_F || event->key() == Qt::Key_End)) {
        setFollowing(true);
    } else if (!moveByKey(event)) {
        event->ignore(); // Esc and the shortcuts of the page
    }
}

bool LogView::moveByKey(QKeyEvent *event)
{
    const bool extend = event->modifiers().testFlag(Qt::ShiftModifier);
    const bool isWhole = event->modifiers().testFlag(Qt::ControlModifier);
    const int page = std::max(1, (viewport()->height() - m_painter.headerHeight()) / m_painter.lineHeight() - 1);
    LogPosition caret = m_scene.caret;
    const int columns = caret.line >= 0 ? m_painter.line(caret.line).columns() : 0;
    switch (event->key()) {
    case Qt::Key_Up:
    case Qt::Key_K:
        moveByRows(-1, extend);
        return true;
    case Qt::Key_Down:
    case Qt::Key_J:
        moveByRows(1, extend);
        return true;
    case Qt::Key_PageUp:
        moveByRows(-page, extend);
        return true;
    case Qt::Key_PageDown:
        moveByRows(page, extend);
        return true;
    case Qt::Key_Left:
    case Qt::Key_Right:
        if (caret.line < 0) {
            horizontalScrollBar()->triggerAction(event->key() == Qt::Key_Left ? QScrollBar::SliderSingleStepSub
                                                                              : QScrollBar::SliderSingleStepAdd);
            return true;
        }
        caret.column = std::clamp(caret.column + (event->key() == Qt::Key_Left ? -1 : 1), 0, columns);
        break;
    case Qt::Key_Home:
        caret = isWhole || caret.line < 0 ? LogPosition{m_layout.firstLine(), 0} : LogPosition{caret.line, 0};
        break;
    case Qt::Key_End: // alone it follows
        if (isWhole && m_layout.lastLine() >= 0)
            caret = {m_layout.lastLine(), m_painter.line(m_layout.lastLine()).columns()};
        else
            caret.column = columns;
        break;
    default:
        return false;
    }
    if (caret.line >= 0) {
        setFollowing(false);
        moveCaret(caret, extend);
        makeVisible(caret);
    }
    return true;
}

void LogView::moveByRows(int rows, bool extend)
{
    if (m_source == nullptr || m_source->count() == 0)
        return;
    LogPosition caret = m_scene.caret;
    if (caret.line < 0 || m_layout.isFolded(stepOfLine(caret.line))) {
        caret = positionAt({0, rows < 0 ? viewport()->height() - 1 : m_painter.headerHeight()});
        caret.column = 0;
    }
    const int direction = rows < 0 ? -1 : 1;
    for (int left = std::abs(rows); left > 0; --left) {
        qint64 line = m_layout.neighbour(caret.line, stepOfLine(caret.line), direction);
        while (line >= 0 && m_layout.isFolded(stepOfLine(line))) { // over the folded step as a whole
            const LogLayout::Section &section = m_layout.sections()[m_layout.sectionOf(line, stepOfLine(line))];
            const int at = m_layout.sectionOf(line, stepOfLine(line));
            line = m_layout.neighbour(m_layout.lineOfSection(at, direction > 0 ? section.shown - 1 : 0),
                                      stepOfLine(line), direction);
        }
        if (line < 0)
            break;
        caret.line = line;
    }
    if (m_layout.isFolded(stepOfLine(caret.line)))
        return; // nothing is unfolded
    caret.column = std::min(caret.column, m_painter.line(caret.line).columns());
    if (rows < 0)
        setFollowing(false);
    moveCaret(caret, extend);
    makeVisible(caret);
}

} // namespace kernelyard
