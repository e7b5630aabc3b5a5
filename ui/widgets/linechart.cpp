// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/linechart.h"

#include "ui/widgets/measure.h"
#include "ui/widgets/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace kernelyard {

LineChart::LineChart(QWidget *parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setProperty("focusRing", true);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void LineChart::setData(ChartData data)
{
    // The mark stays on its moment while time goes on, as long as that is shown.
    std::optional<double> moment;
    if (m_marked >= 0)
        moment = m_data.points[m_marked].x() - static_cast<double>(data.edgeMs - m_data.edgeMs) / 1000;
    m_data = std::move(data);
    m_marked = moment && *moment >= -m_data.spanSeconds ? nearest(*moment) : -1;
    tell();
    update();
}

QSize LineChart::sizeHint() const
{
    return {px(156), px(112)};
}

QSize LineChart::minimumSizeHint() const
{
    return {px(110), px(88)};
}

QRectF LineChart::plot() const
{
    return QRectF(rect()).adjusted(0.5, px(21) + 0.5, -0.5, -0.5);
}

QPointF LineChart::placeOf(const QPointF &point, const QRectF &plot) const
{
    const double share = m_data.top > 0 ? std::clamp(point.y() / m_data.top, 0.0, 1.0) : 0;
    return {plot.right() + point.x() / m_data.spanSeconds * plot.width(),
            plot.bottom() - share * (plot.height() - px(6))};
}

static QString number(double value, double top)
{
    return QString::number(value, 'f', top < 200 && value != std::floor(value) ? 1 : 0);
}

QString LineChart::markedText() const
{
    const QPointF &point = m_data.points[m_marked];
    const int ago = static_cast<int>(std::lround(-point.x()));
    const QString span = ago < 60 ? tr("%1 s").arg(ago) : tr("%1 min %2 s").arg(ago / 60).arg(ago % 60);
    const QString when = m_data.isPast ? tr("%1 before the end").arg(span) : tr("%1 ago").arg(span);
    return std::isnan(point.y()) ? tr("unknown, %1").arg(when) : tr("%1, %2").arg(number(point.y(), m_data.top), when);
}

/// The whole chart in a sentence: now, and between what it was.
void LineChart::tell()
{
    setAccessibleName(u"%1 %2 %3"_s.arg(m_data.title, m_data.value, m_data.unit).trimmed());
    if (m_marked >= 0) {
        setAccessibleDescription(markedText());
        return;
    }
    double least = INFINITY, most = -INFINITY;
    for (const QPointF &point : m_data.points)
        if (!std::isnan(point.y())) {
            least = std::min(least, point.y());
            most = std::max(most, point.y());
        }
    if (least <= most && m_data.isPast)
        setAccessibleDescription(tr("between %1 and %2").arg(number(least, m_data.top), number(most, m_data.top)));
    else
        setAccessibleDescription(least <= most ? tr("between %1 and %2 in the last %3 min")
                                                     .arg(number(least, m_data.top), number(most, m_data.top))
                                                     .arg(m_data.spanSeconds / 60)
                                               : tr("no values yet"));
}

void LineChart::mark(qsizetype index)
{
    m_marked = m_data.points.isEmpty() ? -1 : std::clamp<qsizetype>(index, 0, m_data.points.size() - 1);
    tell();
    update();
}

void LineChart::keyPressEvent(QKeyEvent *event)
{
    const qsizetype last = m_data.points.size() - 1;
    const qsizetype at = m_marked < 0 ? last : m_marked;
    switch (event->key()) {
    case Qt::Key_Left:
        mark(m_marked < 0 ? last : at - 1);
        break;
    case Qt::Key_Right:
        mark(at + 1);
        break;
    case Qt::Key_Home:
        mark(0);
        break;
    case Qt::Key_End:
        mark(last);
        break;
    case Qt::Key_Escape:
        if (m_marked >= 0) {
            m_marked = -1;
            tell();
            update();
            break;
        }
        [[fallthrough]];
    default:
        QWidget::keyPressEvent(event);
    }
}

void LineChart::mouseMoveEvent(QMouseEvent *event)
{
    const QRectF area = plot();
    if (!area.contains(event->position()) || m_data.points.isEmpty())
        return;
    mark(nearest((event->position().x() - area.right()) / area.width() * m_data.spanSeconds));
}

/// The point that is nearest to \a x, in seconds; -1: there is none.
qsizetype LineChart::nearest(double x) const
{
    const auto point = std::ranges::min_element(m_data.points, {}, [x](QPointF one) { return std::abs(one.x() - x); });
    return point == m_data.points.end() ? -1 : point - m_data.points.begin();
}

void LineChart::leaveEvent(QEvent *)
{
    if (!hasFocus() && m_marked >= 0) {
        m_marked = -1;
        tell();
        update();
    }
}

void LineChart::focusOutEvent(QFocusEvent *event)
{
    QWidget::focusOutEvent(event);
    if (m_marked >= 0) {
        m_marked = -1;
        tell();
        update();
    }
}

void LineChart::paintHead(QPainter &painter) const
{
    const Theme &theme = Theme::of(palette());
    const QRect head(0, 0, width(), px(19));
    QString strong = m_data.value, rest = m_data.unit;
    if (m_marked >= 0) {
        strong.clear();
        rest = markedText();
    }
    painter.setFont(kernelyard::font(Type::Secondary));
    const QFontMetrics small = painter.fontMetrics();
    painter.setPen(theme.muted);
    const int restWidth = rest.isEmpty() ? 0 : small.horizontalAdvance(rest);
    painter.drawText(head, Qt::AlignRight | Qt::AlignVCenter, rest);
    painter.setFont(kernelyard::font(Type::CardHeader));
    const int gap = rest.isEmpty() ? 0 : px(4);
    const int strongWidth = painter.fontMetrics().horizontalAdvance(strong);
    painter.setPen(theme.text);
    painter.drawText(head.adjusted(0, 0, -restWidth - gap, 0), Qt::AlignRight | Qt::AlignVCenter, strong);
    painter.setFont(kernelyard::font(Type::Secondary));
    painter.setPen(theme.muted);
    const int room = width() - restWidth - gap - strongWidth - px(3);
    painter.drawText(head, Qt::AlignLeft | Qt::AlignVCenter, small.elidedText(m_data.title, Qt::ElideRight, room));
}

/// Of points that share a column of pixels the lowest and the highest are drawn: a half hour has more than columns.
void LineChart::paintLine(QPainter &painter, const QRectF &plot) const
{
    const Theme &theme = Theme::of(palette());
    const QColor color = theme.series[static_cast<std::size_t>(m_data.series) % theme.series.size()];
    QList<QPolygonF> lines;
    QPolygonF line;
    const auto endLine = [&] {
        if (!line.isEmpty())
            lines.append(std::exchange(line, {}));
    };
    for (const QPointF &point : m_data.points) {
        if (std::isnan(point.y())) {
            endLine();
            continue;
        }
        if (point.x() < -m_data.spanSeconds * 1.02)
            continue;
        const QPointF place = placeOf(point, plot);
        const qsizetype count = line.size();
        if (count > 1 && std::floor(line[count - 2].x()) == std::floor(place.x()) &&
            std::floor(line[count - 1].x()) == std::floor(place.x())) {
            const double low = std::min({line[count - 2].y(), line[count - 1].y(), place.y()});
            const double high = std::max({line[count - 2].y(), line[count - 1].y(), place.y()});
            line[count - 2].setY(low);
            line[count - 1].setY(high);
            continue;
        }
        line.append(place);
    }
    endLine();
    painter.setRenderHint(QPainter::Antialiasing);
    for (const QPolygonF &part : lines) {
        QPainterPath area;
        area.moveTo(part.first().x(), plot.bottom());
        for (const QPointF &place : part)
            area.lineTo(place);
        area.lineTo(part.last().x(), plot.bottom());
        painter.fillPath(area, mixed(color, theme.log, 0.15));
        painter.setPen(QPen(color, 1.5));
        if (part.size() == 1)
            painter.drawPoint(part.first());
        else
            painter.drawPolyline(part);
    }
    if (m_marked < 0 || std::isnan(m_data.points[m_marked].y()))
        return;
    const QPointF place = placeOf(m_data.points[m_marked], plot);
    painter.setPen(QPen(theme.muted, 1));
    painter.drawLine(QPointF(place.x(), plot.top()), QPointF(place.x(), plot.bottom()));
    painter.setPen(QPen(theme.log, 1.5));
    painter.setBrush(color);
    painter.drawEllipse(place, px(4), px(4));
}

void LineChart::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    paintHead(painter);
    const QRectF area = plot();
    painter.fillRect(area, theme.log);
    painter.setPen(theme.grid);
    for (int i = 1; i < 5; ++i) {
        const double x = std::floor(area.left() + area.width() * i / 5) + 0.5;
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
    }
    painter.save();
    painter.setClipRect(area);
    paintLine(painter, area);
    painter.restore();
    if (m_data.limit && m_data.top > 0) {
        const double y = std::floor(placeOf({0, *m_data.limit}, area).y()) + 0.5;
        painter.setPen(QPen(theme.color(State::Warning), 1, Qt::DashLine));
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    }
    painter.setPen(theme.line);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(area);
}

} // namespace kernelyard
