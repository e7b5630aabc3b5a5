// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/trendchart.h"

#include "ui/models/wording.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/theme.h"

#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <vector>

namespace kernelyard {

using namespace Qt::StringLiterals;

static QString clock(double seconds)
{
    if (seconds < 10)
        return TrendChart::tr("%1 s").arg(seconds, 0, 'f', 1);
    return durationText(std::chrono::duration_cast<BuildTime>(std::chrono::duration<double>(seconds)));
}

/// The next of 1, 2, 5, 10, 15, 30 s, 1, 2, 5 … min above \a seconds.
static double roundTop(double seconds)
{
    for (const double top :
         {1., 2., 5., 10., 15., 30., 60., 120., 300., 600., 900., 1800., 3600., 7200., 14400., 28800.})
        if (seconds <= top)
            return top;
    return std::ceil(seconds / 36000) * 36000;
}

TrendChart::TrendChart(QWidget *parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setProperty("focusRing", true);
    setAccessibleName(tr("Durations over the builds"));
}

void TrendChart::setPoints(const QList<Point> &points)
{
    if (points == m_points)
        return;
    m_points = points;
    m_current = -1;
    double most = 0;
    for (const Point &point : points)
        if (point.kind != Kind::Cached)
            most = std::max(most, point.seconds);
    m_top = roundTop(most);
    setAccessibleDescription(summary());
    update();
}

QString TrendChart::summary() const
{
    std::vector<double> seconds;
    for (const Point &point : m_points)
        if (point.kind == Kind::Measured)
            seconds.push_back(point.seconds);
    const QString count = m_points.size() == 1 ? tr("1 build") : tr("%1 builds").arg(m_points.size());
    if (seconds.empty())
        return m_points.isEmpty() ? QString() : count;
    const double last = seconds.back();
    std::ranges::sort(seconds);
    return tr("%1, median %2, last %3").arg(count, clock(seconds[seconds.size() / 2]), clock(last));
}

QSize TrendChart::sizeHint() const
{
    return {px(480), px(132)};
}

QSize TrendChart::minimumSizeHint() const
{
    return {px(160), px(96)};
}

QRect TrendChart::plot() const
{
    const QFontMetrics tick(kernelyard::font(Type::Tick));
    const int left = tick.horizontalAdvance(u"00:00:00"_s) + px(8);
    return rect().adjusted(left, px(10), -px(16), -tick.height() - px(8));
}

QPointF TrendChart::placeOf(int point) const
{
    const QRectF area = plot();
    const double x =
        m_points.size() < 2 ? area.center().x() : area.left() + area.width() * point / double(m_points.size() - 1);
    const Point &at = m_points[point];
    const double share = at.kind == Kind::Cached ? 0 : at.seconds / m_top;
    return {x, area.bottom() - share * area.height()};
}

int TrendChart::pointAt(int x) const
{
    if (m_points.isEmpty())
        return -1;
    const QRect area = plot();
    const double share = area.width() > 0 ? double(x - area.left()) / area.width() : 0;
    return std::clamp(int(std::lround(share * double(m_points.size() - 1))), 0, int(m_points.size()) - 1);
}

void TrendChart::setCurrent(int point)
{
    if (point == m_current)
        return;
    m_current = point;
    update();
    if (point < 0) {
        QToolTip::hideText();
        return;
    }
    const Point &at = m_points[point];
    QToolTip::showText(mapToGlobal(placeOf(point).toPoint()), at.name % u", " % at.words, this);
}

void TrendChart::paintAxis(QPainter &painter) const
{
    const Theme &theme = Theme::of(palette());
    const QRect area = plot();
    painter.setFont(kernelyard::font(Type::Tick));
    const QFontMetrics metrics = painter.fontMetrics();
    for (const double share : {0., 0.5, 1.}) {
        const int y = area.bottom() - int(share * area.height());
        painter.fillRect(QRect(area.left(), y, area.width(), 1), theme.grid);
        painter.setPen(theme.muted);
        painter.drawText(QRect(0, y - metrics.height() / 2, area.left() - px(8), metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, share == 0 ? u"0"_s : clock(m_top * share));
    }
    const int below = area.bottom() + px(6);
    painter.drawText(QRect(area.left(), below, area.width(), metrics.height()), Qt::AlignLeft, m_points.first().name);
    if (m_points.size() > 1)
        painter.drawText(QRect(area.left(), below, area.width(), metrics.height()), Qt::AlignRight,
                         m_points.last().name);
}

void TrendChart::paintLine(QPainter &painter) const
{
    const Theme &theme = Theme::of(palette());
    QPainterPath line;
    for (int i = 0; i < m_points.size(); ++i) {
        if (m_points[i].kind != Kind::Measured)
            continue;
        if (line.elementCount() == 0)
            line.moveTo(placeOf(i));
        else
            line.lineTo(placeOf(i));
    }
    painter.setPen(QPen(theme.series[0], 1.5));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(line);
}

/// Measured: a dot, where there is room for dots. Failed: a cross. Cached: a small square on the base line.
void TrendChart::paintPoints(QPainter &painter) const
{
    const Theme &theme = Theme::of(palette());
    const bool hasRoom = m_points.size() * px(8) < plot().width();
    for (int i = 0; i < m_points.size(); ++i) {
        const Point &point = m_points[i];
        const QPointF at = placeOf(i);
        const double r = px(3);
        if (point.kind == Kind::Failed) {
            painter.setPen(QPen(theme.color(State::Failed), 1.5));
            painter.drawLine(at - QPointF(r, r), at + QPointF(r, r));
            painter.drawLine(at - QPointF(r, -r), at + QPointF(r, -r));
        } else if (point.kind == Kind::Cached && hasRoom) {
            painter.setPen(QPen(theme.color(State::Cached), 1));
            painter.setBrush(theme.base);
            painter.drawRect(QRectF(at.x() - r + 1, at.y() - r + 1, 2 * r - 2, 2 * r - 2));
        } else if (point.kind == Kind::Measured && (hasRoom || point.marked || i == m_current)) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(theme.series[0]);
            painter.drawEllipse(at, r, r);
        }
        if (point.marked || i == m_current) {
            painter.setPen(QPen(point.marked ? theme.text : theme.accent, 1.5));
            painter.setBrush(Qt::NoBrush);
            painter.drawEllipse(at, r + px(3), r + px(3));
        }
    }
}

void TrendChart::paintEvent(QPaintEvent *)
{
    if (m_points.isEmpty())
        return;
    QPainter painter(this);
    paintAxis(painter);
    painter.setRenderHint(QPainter::Antialiasing);
    paintLine(painter);
    paintPoints(painter);
}

void TrendChart::mouseMoveEvent(QMouseEvent *event)
{
    setCurrent(pointAt(event->pos().x()));
}

void TrendChart::leaveEvent(QEvent *event)
{
    setCurrent(-1);
    QWidget::leaveEvent(event);
}

void TrendChart::keyPressEvent(QKeyEvent *event)
{
    const int step = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
    if (step == 0 || m_points.isEmpty()) {
        QWidget::keyPressEvent(event);
        return;
    }
    const int last = int(m_points.size()) - 1;
    setCurrent(m_current < 0 ? last : std::clamp(m_current + step, 0, last));
}

} // namespace kernelyard
