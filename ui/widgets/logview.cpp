// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/logview.h"

#include "ui/widgets/logoverview.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/ring.h"

#include <QPainter>
#include <QResizeEvent>
#include <QScrollBar>

#include <algorithm>
#include <utility>

namespace kernelyard {

using Row = LogLayout::Row;

namespace {

constexpr int longestColumns = 4'000'000; ///< scrolled to; a longer line is still whole when wrapped
constexpr int contextLines = 2;           ///< around a match, while filtering

} // namespace

LogView::LogView(QWidget *parent)
    : QAbstractScrollArea(parent)
    , m_overview(new LogOverview(m_layout, m_find, this))
{
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Log"));
    setMinimumHeight(px(80));
    setCornerWidget(new QWidget(this)); // nothing is drawn there
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    setViewportMargins(0, 0, m_overview->sizeHint().width(), 0);
    viewport()->setCursor(Qt::IBeamCursor);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    viewport()->setMouseTracking(true);
    m_autoScroll.setInterval(40);
    connect(&m_autoScroll, &QTimer::timeout, this, &LogView::autoScroll);
    connect(&m_find, &LogFind::changed, this, [this] {
        if (m_find.lines().isEmpty())
            m_match = {};
        if (m_isFiltering)
            updateFilter();
        m_overview->refresh();
        viewport()->update();
        Q_EMIT currentMatchChanged();
    });
    connect(m_overview, &LogOverview::rowAsked, this, [this](qint64 row) {
        setFollowing(false);
        m_askedStep = -1;
        scrollTo(moved({row, 0}, -viewport()->height() / 2));
        checkCurrentStep();
        viewport()->update();
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
    m_overview->setSource(source);
    clear();
    m_find.setSource(source);
    if (source == nullptr)
        return;
    connect(source, &LogSource::changed, this, &LogView::takeLines);
    connect(source, &LogSource::cleared, this, &LogView::clear);
    connect(source, &LogSource::marked, this, [this] {
        m_overview->refresh();
        viewport()->update();
    });
    takeLines(0);
}

void LogView::clear()
{
    m_layout.clear();
    m_filter.clear();
    m_painter.setSource(m_source);
    m_scene.steps.clear();
    m_scene.anchor = m_scene.caret = {};
    m_foldedByHand.clear();
    m_match = {};
    m_columns = 0;
    m_askedStep = -1;
    m_sinceDoubleClick.invalidate();
    m_overview->refresh();
    updateScrollBars();
    scrollTo({});
    checkCurrentStep();
    viewport()->update();
}

/// The lines from \a first on; the first of them may have stood there without its end.
void LogView::takeLines(qint64 first)
{
    rearrange([this, first] {
        m_painter.forget(first);
        m_layout.dropLast(first);
        m_layout.add(m_source->runs(first), m_source->count());
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

void LogView::setClock(const BuildClock &clock)
{
    m_scene.clock = clock;
    viewport()->update();
}

void LogView::setFollowing(bool following)
{
    if (following) {
        m_askedStep = -1;
        scrollTo(m_bottomTop);
        viewport()->update();
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
    m_top.offset = 0; // it may lie within a wrapped line
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

void LogView::setFiltering(bool filtering)
{
    if (filtering == m_isFiltering)
        return;
    m_isFiltering = filtering;
    updateFilter();
    if (!filtering && m_scene.caret.line >= 0)
        makeVisible(m_scene.caret); // what was found, among its neighbours
    Q_EMIT filteringChanged(filtering);
}

void LogView::updateFilter()
{
    rearrange([this] {
        const bool filters = m_isFiltering && m_find.isActive() && m_source != nullptr;
        m_filter = filters ? m_find.lines().widened(contextLines, m_source->count()) : LineSet();
        m_layout.setFilter(filters ? &m_filter : nullptr);
    });
}

int LogView::heightOf(const Row &row) const
{
    if (row.kind == Row::Kind::None)
        return 0;
    if (row.kind == Row::Kind::Header)
        return m_painter.headerHeight();
    if (m_wrap == 0)
        return m_painter.lineHeight();
    return m_painter.lineHeight() * std::max(1, (m_painter.line(row.line).columns() + m_wrap - 1) / m_wrap);
}

LogView::Place LogView::moved(Place place, qint64 pixels) const
{
    qint64 offset = place.offset + pixels;
    while (offset < 0 && place.row > 0)
        offset += heightOf(m_layout.rowAt(--place.row));
    for (int height = heightOf(m_layout.rowAt(place.row)); offset >= height && place.row + 1 < m_layout.rows();
         height = heightOf(m_layout.rowAt(place.row))) {
        offset -= height;
        ++place.row;
    }
    return {place.row, int(std::max<qint64>(offset, 0))};
}

QList<LogView::PlacedRow> LogView::placedRows() const
{
    QList<PlacedRow> placed;
    int y = -m_top.offset;
    for (qint64 index = m_top.row; index < m_layout.rows() && y < viewport()->height(); ++index) {
        const Row row = m_layout.rowAt(index);
        const int height = heightOf(row);
        placed.append({row, QRect(0, y, viewport()->width(), height)});
        y += height;
    }
    return placed;
}

int LogView::room() const
{
    return viewport()->width() - m_painter.textLeft(m_painter.gutterWidth(m_scene.times)) - px(8);
}

void LogView::rearrange(const std::function<void()> &change)
{
    const Row kept = m_layout.rowAt(m_top.row);
    const Place before = m_top;
    const int step = m_layout.stepOf(kept);
    change();
    m_wrap = m_isWrapping ? std::max(20, int(room() / m_painter.cellWidth())) : 0;
    updateScrollBars();
    if (m_isFollowing) {
        scrollTo(m_bottomTop);
    } else if (kept.kind != Row::Kind::None) {
        const Row now = kept.kind == Row::Kind::Line ? m_layout.rowNear(kept.line, step) : m_layout.rowOfStep(step);
        const bool isSame = now.kind == kept.kind && now.line == kept.line;
        scrollTo({std::max<qint64>(now.index, 0), isSame ? before.offset : 0});
    }
    m_overview->refresh();
    checkCurrentStep();
    viewport()->update();
}

void LogView::updateScrollBars()
{
    m_isArranging = true;
    const int page = viewport()->height();
    m_bottomTop = m_layout.rows() > 0
                      ? moved({m_layout.rows() - 1, heightOf(m_layout.rowAt(m_layout.rows() - 1))}, -page)
                      : Place{};
    const qint64 last = m_bottomTop.row + (m_bottomTop.offset > 0 ? 1 : 0);
    verticalScrollBar()->setPageStep(std::max(1, page / m_painter.lineHeight() - 1));
    verticalScrollBar()->setSingleStep(1);
    verticalScrollBar()->setRange(0, int(std::min<qint64>(last, std::numeric_limits<int>::max())));
    if (!m_isWrapping && m_source != nullptr) { // the lines in view tell; the bar only grows
        for (const PlacedRow &placed : placedRows()) {
            if (placed.row.kind == Row::Kind::Line)
                m_columns = std::max(m_columns, m_painter.line(placed.row.line).columns());
        }
    }
    const int width = m_isWrapping ? 0 : int(std::min(m_columns, longestColumns) * m_painter.cellWidth());
    horizontalScrollBar()->setPageStep(std::max(1, room()));
    horizontalScrollBar()->setSingleStep(int(m_painter.cellWidth() * 4));
    horizontalScrollBar()->setRange(0, std::max(0, width - room()));
    m_isArranging = false;
}

void LogView::scrollTo(Place place)
{
    m_top = std::clamp(place, Place{}, m_bottomTop);
    m_isArranging = true;
    verticalScrollBar()->setValue(m_top == m_bottomTop ? verticalScrollBar()->maximum() : int(m_top.row));
    m_isArranging = false;
    const int columns = m_columns;
    if (!m_isWrapping && m_source != nullptr) {
        for (const PlacedRow &placed : placedRows()) {
            if (placed.row.kind == Row::Kind::Line)
                m_columns = std::max(m_columns, m_painter.line(placed.row.line).columns());
        }
    }
    if (m_columns != columns)
        updateScrollBars();
}

void LogView::scrollByPixels(int pixels)
{
    if (pixels < 0 && m_isFollowing && m_bottomTop != Place{})
        setFollowing(false);
    m_askedStep = -1;
    scrollTo(moved(m_top, pixels));
    checkCurrentStep();
    viewport()->update();
}

void LogView::scrollContentsBy(int, int dy)
{
    if (!m_isArranging && dy != 0) {
        m_askedStep = -1;
        if (dy > 0 && m_isFollowing)
            setFollowing(false);
        const int value = verticalScrollBar()->value();
        scrollTo(value >= verticalScrollBar()->maximum() ? m_bottomTop : Place{value, 0});
    }
    viewport()->update();
    if (!m_isArranging)
        checkCurrentStep();
}

void LogView::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    const QRect inner = viewport()->geometry();
    m_overview->setGeometry(inner.right() + 1, inner.top(), m_overview->sizeHint().width(), inner.height());
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
    rearrange([] {});
}

int LogView::stepOfLine(qint64 line) const
{
    return line >= 0 && m_source != nullptr && line < m_source->count() ? m_source->step(line) : -1;
}

int LogView::currentStep() const
{
    if (m_askedStep >= 0)
        return m_askedStep;
    const QList<PlacedRow> placed = placedRows();
    if (placed.isEmpty())
        return -1;
    if (m_isFollowing)
        return m_layout.stepOf(placed.last().row);
    const int y = m_painter.headerHeight() / 2;
    const auto at =
        std::find_if(placed.begin(), placed.end(), [y](const PlacedRow &p) { return p.rect.bottom() >= y; });
    return m_layout.stepOf(at != placed.end() ? at->row : placed.last().row);
}

void LogView::checkCurrentStep()
{
    const int step = currentStep();
    if (step == m_reportedStep)
        return;
    m_reportedStep = step;
    Q_EMIT currentStepChanged(step);
}

Row LogView::rowAt(const QPoint &point) const
{
    const Row first = m_layout.rowAt(m_top.row);
    if (first.kind == Row::Kind::Line && m_layout.sections()[first.section].hasHeader) {
        const Row header = m_layout.rowOfStep(m_layout.stepOf(first));
        if (rectOf(header).contains(point))
            return header;
    }
    for (const PlacedRow &placed : placedRows()) {
        if (placed.rect.top() <= point.y() && point.y() <= placed.rect.bottom())
            return placed.row;
    }
    return {};
}

QRect LogView::rectOf(const Row &row) const
{
    const int width = viewport()->width();
    const bool isHeader = row.kind == Row::Kind::Header;
    int end = -1; // of the section's rows in view
    for (const PlacedRow &placed : placedRows()) {
        if (placed.row.index == row.index && (!isHeader || placed.rect.top() >= 0))
            return placed.rect;
        if (placed.row.section == row.section)
            end = placed.rect.bottom() + 1;
    }
    const int height = heightOf(row);
    if (isHeader && end > 0) // stays in view above its lines
        return {0, std::min(0, end - height), width, height};
    return {0, row.index < m_top.row ? -height : viewport()->height(), width, height};
}

QString LogView::textOfLine(qint64 line) const
{
    return m_painter.line(line).text();
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
                            .height = viewport()->height(),
                            .gutter = m_painter.gutterWidth(m_scene.times),
                            .left = horizontalScrollBar()->value(),
                            .wrap = m_wrap};
    painter.fillRect(event->rect(), frame.theme.log);
    if (m_source == nullptr)
        return;

    const auto [from, to] = selection();
    const auto placeOf = [this](const LogPosition &position) {
        return std::tuple(m_layout.sectionOf(position.line, stepOfLine(position.line)), position.line, position.column);
    };
    const auto begin = placeOf(from);
    const auto end = placeOf(to);
    const bool hasSelection = from.line >= 0 && begin != end;

    const int bottom = event->rect().bottom();
    int painted = 0;
    Row above;
    for (const auto &[row, rect] : placedRows()) {
        if (rect.top() > bottom)
            break;
        painted = rect.bottom() + 1;
        const Row before = std::exchange(above, row);
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
        if (m_layout.isFiltered() && before.kind == Row::Kind::Line && row.line != before.line + 1)
            painter.fillRect(QRect(frame.gutter, rect.top(), frame.width - frame.gutter, 1), frame.theme.line); // a gap
    }
    if (painted <= bottom) {
        painter.fillRect(QRect(0, painted, frame.gutter, bottom - painted + 1), frame.theme.gutter);
        painter.fillRect(QRect(frame.gutter, painted, 1, bottom - painted + 1), frame.theme.grid);
    }
    if (m_layout.isFiltered() && m_layout.rows() == 0) {
        painter.setFont(kernelyard::font(Type::Body));
        painter.setPen(frame.theme.muted);
        painter.drawText(viewport()->rect().adjusted(m_painter.textLeft(frame.gutter), px(16), 0, 0),
                         m_find.isDone() ? tr("No line matches “%1”.").arg(m_find.query().text)
                                         : tr("No line matches “%1” so far.").arg(m_find.query().text));
    }
    const Row first = m_layout.rowAt(m_top.row);
    if (first.kind == Row::Kind::Line && m_layout.sections()[first.section].hasHeader) {
        const Row header = m_layout.rowOfStep(m_layout.stepOf(first));
        m_painter.paintHeader(painter, frame, rectOf(header), header);
    }
    if (hasFocus()) {
        painter.setPen(QPen(frame.theme.accent, 2));
        painter.drawRect(viewport()->rect().adjusted(1, 1, -1, -1));
    }
}

} // namespace kernelyard
