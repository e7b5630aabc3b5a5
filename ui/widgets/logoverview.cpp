// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/logoverview.h"

#include "ui/widgets/measure.h"
#include "ui/widgets/theme.h"

#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <array>

namespace kernelyard {

namespace {

constexpr int refreshMs = 100;

/// Marks where the lines of \a set stand. Goes from one row of pixels to the next, whatever lies in between.
void markSet(QList<quint8> &marks, const LogLayout &layout, const LineSet &set, quint8 mark)
{
    const qint64 rows = std::max<qint64>(layout.rows(), marks.size()); // a short log is not stretched
    const auto placeOf = [&](qint64 row) { return int(row * marks.size() / rows); };
    if (set.isEmpty())
        return;
    for (qsizetype at = 0; at < layout.sections().size(); ++at) {
        const LogLayout::Section &section = layout.sections()[at];
        if (layout.isFiltered() && section.shown == 0)
            continue; // not even its fold row is shown
        for (const LogLayout::Section::Range &range : section.ranges) {
            const qint64 end = range.first + range.count;
            for (qint64 line = set.next(range.first, end); line >= 0;) {
                if (section.isFolded) {
                    marks[placeOf(section.top)] |= mark;
                    break;
                }
                const LogLayout::Row row = layout.rowNear(line, section.step);
                if (row.kind == LogLayout::Row::Kind::None)
                    break;
                if (row.line != line) { // filtered out
                    line = set.next(std::max(row.line, line + 1), end);
                    continue;
                }
                const int place = placeOf(row.index);
                marks[place] |= mark;
                const qint64 nextRow = (qint64(place + 1) * rows + marks.size() - 1) / marks.size();
                const LogLayout::Row next = layout.rowAt(std::max(nextRow, row.index + 1));
                if (next.section != at || next.line <= line)
                    break; // the rest of the section lies in this row of pixels
                line = set.next(next.line, end);
            }
        }
    }
}

} // namespace

LogOverview::LogOverview(const LogLayout &layout, const LogFind &find, QWidget *parent)
    : QWidget(parent)
    , m_layout(layout)
    , m_find(find)
{
    setAccessibleName(tr("Overview of matches, warnings and errors"));
    setToolTip(tr("Matches, warnings and errors of the whole log"));
    setCursor(Qt::ArrowCursor);
    m_timer.setSingleShot(true);
    m_timer.setInterval(refreshMs);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        m_marks = m_source != nullptr ? marks(m_layout, *m_source, m_find.lines(), height()) : QList<quint8>();
        update();
    });
}

void LogOverview::setSource(const LogSource *source)
{
    m_source = source;
    m_marks.clear();
    refresh();
}

void LogOverview::refresh()
{
    if (!m_timer.isActive())
        m_timer.start();
}

QSize LogOverview::sizeHint() const
{
    return {px(10), px(80)};
}

QList<quint8> LogOverview::marks(const LogLayout &layout, const LogSource &source, const LineSet &matches, int height)
{
    QList<quint8> marks(std::max(height, 1), 0);
    if (layout.rows() == 0)
        return marks;
    markSet(marks, layout, source.warnings(), Warning);
    markSet(marks, layout, source.errors(), Error);
    markSet(marks, layout, matches, Match);
    return marks;
}

/// Three lanes, so that each kind is told by its place as well as by its colour: warnings, errors, matches.
void LogOverview::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.fillRect(rect(), theme.gutter);
    painter.fillRect(QRect(0, 0, 1, height()), theme.grid);
    const int thick = px(2);
    const int lane = (width() - 1) / 3;
    const std::array lanes = {std::pair{Warning, theme.color(State::Warning)},
                              std::pair{Error, theme.color(State::Failed)}, std::pair{Match, theme.currentMatch}};
    for (int y = 0; y < std::min<int>(height(), int(m_marks.size())); ++y) {
        for (std::size_t i = 0; i < lanes.size(); ++i) {
            const int left = 1 + int(i) * lane;
            if ((m_marks[y] & lanes[i].first) != 0)
                painter.fillRect(left, std::min(y, height() - thick), i == 2 ? width() - left : lane, thick,
                                 lanes[i].second);
        }
    }
}

void LogOverview::resizeEvent(QResizeEvent *)
{
    refresh();
}

void LogOverview::mousePressEvent(QMouseEvent *event)
{
    ask(int(event->position().y()));
}

void LogOverview::mouseMoveEvent(QMouseEvent *event)
{
    ask(int(event->position().y()));
}

void LogOverview::ask(int y)
{
    const qint64 rows = std::max<qint64>(m_layout.rows(), height());
    Q_EMIT rowAsked(std::clamp<qint64>(y * rows / std::max(height(), 1), 0, std::max<qint64>(m_layout.rows() - 1, 0)));
}

} // namespace kernelyard
