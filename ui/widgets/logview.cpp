// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/logview.h"

#include "ui/widgets/measure.h"
#include "ui/widgets/ring.h"

#include <QPainter>
#include <QResizeEvent>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

namespace kernelyard {

using Row = LogLayout::Row;

namespace {

constexpr int longestColumns = 4'000'000; ///< scrolled to; a longer line is still whole when wrapped

} // namespace

LogView::LogView(QWidget *parent)
    : QAbstractScrollArea(parent)
    , m_layout([this](qint64 line) { return terminalColumns(m_source->text(line)); })
{
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Log"));
    setMinimumHeight(px(80));
    setCornerWidget(new QWidget(this)); // nothing is drawn there
    viewport()->setCursor(Qt::IBeamCursor);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    viewport()->setMouseTracking(true);
    m_autoScroll.setInterval(40);
    connect(&m_autoScroll, &QTimer::timeout, this, &LogView::autoScroll);
    connect(&m_find, &LogFind::changed, this, [this] {
        if (m_find.matches().isEmpty())
            m_match = {};
        viewport()->update();
        Q_EMIT currentMatchChanged();
    });
    new RingTicker(viewport(), [this] {
        return std::any_of(m_scene.steps.begin(), m_scene.steps.end(),
                           [](const LogStep &step) { return step.state == State::Running; });
    });
    measure();
}

LogView::~LogView() = default;

void LogView::setSource(LogSource *source)
{
    if (m_source != nullptr)
        m_source->disconnect(this);
    m_source = source;
    m_painter.setSource(source);
    clear();
    m_find.setSource(source);
    if (source == nullptr)
        return;
    connect(source, &LogSource::appended, this, &LogView::takeLines);
    connect(source, &LogSource::lastLineGrew, this, &LogView::growLastLine);
    connect(source, &LogSource::cleared, this, &LogView::clear);
    takeLines(0);
}

void LogView::clear()
{
    m_layout.clear();
    m_painter.setSource(m_source);
    m_scene.steps.clear();
    m_scene.anchor = m_scene.caret = {};
    m_foldedByHand.clear();
    m_match = {};
    m_columns = 0;
    m_askedStep = -1;
    m_sinceDoubleClick.invalidate();
    updateScrollBars();
    setFollowing(true);
    checkCurrentStep();
    viewport()->update();
}

void LogView::takeLines(qint64 first)
{
    rearrange([this, first] {
        const qint64 count = m_source->count();
        for (qint64 line = first; line < count; ++line) {
            m_layout.addLine(line, m_source->step(line));
            const QByteArrayView text = m_source->text(line);
            if (text.size() > m_columns) // bytes are never fewer than columns, tabs aside
                m_columns = std::max(m_columns, terminalColumns(text));
        }
    });
}

void LogView::growLastLine()
{
    const qint64 last = m_source->count() - 1;
    m_painter.forget(last);
    rearrange([this, last] {
        m_layout.lastLineGrew();
        m_columns = std::max(m_columns, terminalColumns(m_source->text(last)));
    });
}

void LogView::setSteps(const QList<LogStep> &steps)
{
    if (steps == m_scene.steps)
        return;
    rearrange([this, &steps] {
        for (int i = 0; i < steps.size(); ++i) {
            const State state = steps[i].state;
            const bool isKnown = i < m_scene.steps.size();
            if (state != State::Waiting && state != State::Stopped)
                m_layout.showStep(i);
            const bool hasEnded = state == State::Success || state == State::Cached;
            const bool endsNow = !isKnown || m_scene.steps[i].state != state;
            if (hasEnded && endsNow && m_isFollowing && !m_foldedByHand.contains(i))
                m_layout.setFolded(i, true);
        }
        m_scene.steps = steps;
    });
}

void LogView::setStart(const QDateTime &start)
{
    m_scene.start = start;
    viewport()->update();
}

void LogView::setFollowing(bool following)
{
    if (following) {
        m_askedStep = -1;
        scrollTo(m_layout.height());
    }
    if (following == m_isFollowing)
        return;
    m_isFollowing = following;
    Q_EMIT followingChanged(following);
}

void LogView::setWrapping(bool wrapping)
{
    if (wrapping == m_isWrapping)
        return;
    m_isWrapping = wrapping;
    horizontalScrollBar()->setValue(0);
    rearrange([] {}); // the scroll bars tell the room, and the room the columns
    Q_EMIT wrappingChanged(wrapping);
}

void LogView::setTimes(LogTimes times)
{
    if (times == m_scene.times)
        return;
    m_scene.times = times;
    rearrange([] {});
    Q_EMIT timesChanged(times);
}

void LogView::setFolded(int step, bool folded)
{
    m_foldedByHand.insert(step);
    rearrange([this, step, folded] { m_layout.setFolded(step, folded); });
}

qint64 LogView::top() const
{
    return verticalScrollBar()->value();
}

void LogView::rearrange(const std::function<void()> &change)
{
    const Row kept = m_layout.rowAt(top());
    const qint64 offset = top() - kept.top;
    const int step = m_layout.stepOf(kept);
    change();
    if (m_isWrapping) {
        const int gutter = m_painter.gutterWidth(m_source != nullptr ? m_source->count() : 0, m_scene.times);
        const int room = viewport()->width() - m_painter.textLeft(gutter) - px(8);
        m_layout.setWrap(std::max(20, int(room / m_painter.cellWidth())));
    } else {
        m_layout.setWrap(0);
    }
    updateScrollBars();
    if (m_isFollowing) {
        scrollTo(m_layout.height());
    } else if (kept.kind != Row::Kind::None) {
        Row now = kept.kind == Row::Kind::Line ? m_layout.rowOfLine(kept.line, step) : m_layout.rowOfStep(step);
        const bool isGone = now.kind == Row::Kind::None;
        if (isGone) // folded away: its fold row takes its place
            now = m_layout.rowOfStep(step);
        scrollTo(now.top + (isGone ? 0 : offset));
    }
    checkCurrentStep();
    viewport()->update();
}

void LogView::updateScrollBars()
{
    m_isArranging = true;
    const int page = viewport()->height();
    // beyond 2^31 pixels (120 million lines) the scroll bar would need a scale; such a log shows its first lines only
    const qint64 range = std::clamp<qint64>(m_layout.height() - page, 0, std::numeric_limits<int>::max() / 2);
    verticalScrollBar()->setPageStep(page);
    verticalScrollBar()->setSingleStep(m_painter.lineHeight());
    verticalScrollBar()->setRange(0, int(range));
    const int gutter = m_painter.gutterWidth(m_source != nullptr ? m_source->count() : 0, m_scene.times);
    const int room = viewport()->width() - m_painter.textLeft(gutter) - px(8);
    const int width = m_isWrapping ? 0 : int(std::min(m_columns, longestColumns) * m_painter.cellWidth());
    horizontalScrollBar()->setPageStep(std::max(1, room));
    horizontalScrollBar()->setSingleStep(int(m_painter.cellWidth() * 4));
    horizontalScrollBar()->setRange(0, std::max(0, width - room));
    m_isArranging = false;
}

void LogView::scrollTo(qint64 y)
{
    m_isArranging = true;
    verticalScrollBar()->setValue(int(std::clamp<qint64>(y, 0, verticalScrollBar()->maximum())));
    m_isArranging = false;
}

void LogView::scrollContentsBy(int, int dy)
{
    if (!m_isArranging && dy != 0) {
        m_askedStep = -1;
        if (dy > 0 && m_isFollowing)
            setFollowing(false);
    }
    viewport()->update();
    if (!m_isArranging)
        checkCurrentStep();
}

void LogView::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    rearrange([] {});
}

void LogView::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange || event->type() == QEvent::ApplicationFontChange ||
        event->type() == QEvent::StyleChange)
        measure();
    QAbstractScrollArea::changeEvent(event);
}

void LogView::measure()
{
    m_painter.setFont(kernelyard::font(Type::Mono));
    rearrange([this] { m_layout.setHeights(m_painter.lineHeight(), m_painter.headerHeight()); });
}

int LogView::stepOfLine(qint64 line) const
{
    return line >= 0 && m_source != nullptr && line < m_source->count() ? m_source->step(line) : -1;
}

int LogView::currentStep() const
{
    if (m_askedStep >= 0)
        return m_askedStep;
    const qint64 y = m_isFollowing ? top() + viewport()->height() - 1 : top() + m_painter.headerHeight() / 2;
    return m_layout.stepOf(m_layout.rowAt(y));
}

void LogView::checkCurrentStep()
{
    const int step = currentStep();
    if (step == m_reportedStep)
        return;
    m_reportedStep = step;
    Q_EMIT currentStepChanged(step);
}

void LogView::showLine(qint64 line)
{
    if (m_source == nullptr || line < 0 || line >= m_source->count())
        return;
    setFollowing(false);
    m_askedStep = -1;
    const int step = stepOfLine(line);
    if (m_layout.isFolded(step))
        setFolded(step, false);
    m_scene.anchor = m_scene.caret = {line, 0};
    const Row row = m_layout.rowOfLine(line, step);
    scrollTo(row.top - viewport()->height() / 3);
    checkCurrentStep();
    viewport()->update();
}

void LogView::showStep(int step)
{
    if (m_layout.rowOfStep(step).kind == Row::Kind::None)
        return;
    setFollowing(false);
    if (m_layout.isFolded(step))
        setFolded(step, false);
    scrollTo(m_layout.rowOfStep(step).top);
    m_askedStep = step; // also where the log is too short to bring it to the top
    checkCurrentStep();
    viewport()->update();
}

Row LogView::rowAt(const QPoint &point) const
{
    const Row first = m_layout.rowAt(top());
    if (first.kind == Row::Kind::Line && m_layout.sections()[first.section].hasHeader) {
        const Row header = m_layout.rowOfStep(m_layout.stepOf(first));
        if (rectOf(header).contains(point))
            return header;
    }
    return point.y() + top() < m_layout.height() ? m_layout.rowAt(point.y() + top()) : Row{};
}

QRect LogView::rectOf(const Row &row) const
{
    QRect rect(0, int(row.top - top()), viewport()->width(), row.height);
    if (row.kind == Row::Kind::Header && rect.top() < 0) { // stays in view above its lines
        const LogLayout::Section &section = m_layout.sections()[row.section];
        const qint64 end = section.top + section.height - top();
        if (end > 0)
            rect.moveTop(int(std::min<qint64>(0, end - row.height)));
    }
    return rect;
}

QString LogView::textOfLine(qint64 line) const
{
    return m_painter.line(line).text();
}

qsizetype LogView::currentMatch() const
{
    const auto [first, count] = m_find.matchesOf(m_match.line);
    for (qsizetype i = first; i < first + count; ++i) {
        if (m_find.matches()[i] == m_match)
            return i;
    }
    return -1;
}

void LogView::paintEvent(QPaintEvent *event)
{
    QPainter painter(viewport());
    LogPainter::Frame frame{.scene = &m_scene,
                            .layout = &m_layout,
                            .find = &m_find,
                            .match = m_match,
                            .theme = Theme::of(palette()),
                            .width = viewport()->width(),
                            .gutter = m_painter.gutterWidth(m_source != nullptr ? m_source->count() : 0, m_scene.times),
                            .left = horizontalScrollBar()->value(),
                            .wrap = m_layout.wrapColumns()};
    painter.fillRect(event->rect(), frame.theme.log);
    if (m_source == nullptr)
        return;

    // the selection from the earlier to the later end, in the order shown
    LogPosition from = m_scene.anchor;
    LogPosition to = m_scene.caret;
    const auto placeOf = [this](const LogPosition &position) {
        return std::tuple(m_layout.sectionOf(position.line, stepOfLine(position.line)), position.line, position.column);
    };
    if (placeOf(to) < placeOf(from))
        std::swap(from, to);
    const auto begin = placeOf(from);
    const auto end = placeOf(to);
    const bool hasSelection = from.line >= 0 && begin != end;

    const int bottom = event->rect().bottom();
    int painted = 0;
    const Row first = m_layout.rowAt(top() + event->rect().top());
    for (Row row = first; row.kind != Row::Kind::None; row = m_layout.next(row)) {
        const QRect rect(0, int(row.top - top()), viewport()->width(), row.height);
        if (rect.top() > bottom)
            break;
        painted = rect.bottom() + 1;
        if (row.kind == Row::Kind::Header) {
            m_painter.paintHeader(painter, frame, rect, row);
            continue;
        }
        int selectedFrom = 0;
        int selectedTo = 0;
        const std::pair place(row.section, row.line);
        if (hasSelection && place >= std::pair(std::get<0>(begin), std::get<1>(begin)) &&
            place <= std::pair(std::get<0>(end), std::get<1>(end))) {
            selectedFrom = row.line == from.line ? from.column : 0;
            selectedTo = row.line == to.line ? to.column : m_painter.line(row.line).columns() + 1;
        }
        m_painter.paintLine(painter, frame, rect, row, selectedFrom, selectedTo);
    }
    if (painted <= bottom) {
        painter.fillRect(QRect(0, painted, frame.gutter, bottom - painted + 1), frame.theme.gutter);
        painter.fillRect(QRect(frame.gutter, painted, 1, bottom - painted + 1), frame.theme.grid);
    }
    const Row sticky = m_layout.rowAt(top());
    if (sticky.kind == Row::Kind::Line && m_layout.sections()[sticky.section].hasHeader) {
        const Row header = m_layout.rowOfStep(m_layout.stepOf(sticky));
        m_painter.paintHeader(painter, frame, rectOf(header), header);
    }
    if (hasFocus()) {
        painter.setPen(QPen(frame.theme.accent, 2));
        painter.drawRect(viewport()->rect().adjusted(1, 1, -1, -1));
    }
}

} // namespace kernelyard
