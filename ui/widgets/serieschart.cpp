// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/serieschart.h"

#include "ui/widgets/measure.h"
#include "ui/widgets/theme.h"

#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QString figure(double value)
{
    return QString::number(value, 'f', value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3);
}

QPen penOf(int index, const Theme &theme)
{
    QPen pen(theme.series[static_cast<std::size_t>(index) % theme.series.size()], 1.5);
    static const QList<QList<qreal>> dashes{{}, {6, 3}, {2, 3}, {8, 3, 2, 3}};
    const QList<qreal> &dash = dashes[index % dashes.size()];
    if (!dash.isEmpty())
        pen.setDashPattern(dash);
    return pen;
}

void paintMarker(QPainter &painter, QPointF at, int index, const Theme &theme)
{
    const double r = px(3.5);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.series[static_cast<std::size_t>(index) % theme.series.size()]);
    switch (index % 4) {
    case 0:
        painter.drawEllipse(at, r, r);
        break;
    case 1:
        painter.drawPolygon(QPolygonF{at + QPointF(0, -r - 1), at + QPointF(r + 1, 0), at + QPointF(0, r + 1),
                                      at + QPointF(-r - 1, 0)});
        break;
    case 2:
        painter.drawRect(QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r));
        break;
    default:
        painter.drawPolygon(QPolygonF{at + QPointF(0, -r - 1), at + QPointF(r + 1, r), at + QPointF(-r - 1, r)});
    }
}

} // namespace

double roundedUp(double value)
{
    if (!(value > 0) || !std::isfinite(value))
        return 1;
    const double unit = std::pow(10., std::floor(std::log10(value)));
    for (const double step : {1., 1.5, 2., 3., 4., 5., 6., 8.})
        if (step * unit >= value * (1 - 1e-12))
            return step * unit;
    return 10 * unit;
}

SeriesChart::SeriesChart(QWidget *parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
}

void SeriesChart::setContent(const QStringList &places, const QList<ChartSeries> &series, const QString &unit)
{
    if (places == m_places && series == m_series && unit == m_unit)
        return;
    m_places = places;
    m_series = series;
    m_unit = unit;
    m_current = -1;
    double highest = 0;
    for (const ChartSeries &one : m_series)
        for (const auto &value : one.values)
            highest = qMax(highest, value.value_or(0));
    m_top = roundedUp(highest);
    setAccessibleDescription(words());
    update();
}

QString SeriesChart::words() const
{
    if (m_places.isEmpty())
        return {};
    const int place = m_current >= 0 ? m_current : static_cast<int>(m_places.size()) - 1;
    QStringList parts;
    for (const ChartSeries &one : m_series)
        if (const auto value = one.values.value(place))
            parts.append(one.name + u' ' + figure(*value));
    return tr("%1: %2 %3").arg(m_places[place], parts.isEmpty() ? tr("none") : parts.join(u", "_s), m_unit);
}

QSize SeriesChart::sizeHint() const
{
    return {px(340), px(176)};
}

QSize SeriesChart::minimumSizeHint() const
{
    return {px(220), px(120)};
}

QRect SeriesChart::plot() const
{
    const QFontMetrics tick(kernelyard::font(Type::Tick));
    const QFontMetrics body(kernelyard::font(Type::Secondary));
    int names = 0;
    for (const ChartSeries &one : m_series)
        names = qMax(names, body.horizontalAdvance(one.name));
    int left = 0;
    for (const double share : {0.25, 0.5, 0.75, 1.})
        left = qMax(left, tick.horizontalAdvance(QString::number(m_top * share, 'g', 4)) + px(8));
    return rect().adjusted(left, px(8), -qMin(names + px(14), width() / 3), -tick.height() - px(8));
}

QPointF SeriesChart::at(int place, double value) const
{
    const QRectF area = plot();
    const double x = m_places.size() < 2
                         ? area.center().x()
                         : area.left() + px(6) + (area.width() - px(12)) * place / double(m_places.size() - 1);
    return {x, area.bottom() - area.height() * value / m_top};
}

void SeriesChart::setCurrent(int place, bool tells)
{
    if (m_places.isEmpty())
        return;
    m_current = std::clamp(place, 0, static_cast<int>(m_places.size()) - 1);
    setAccessibleDescription(words());
    if (tells)
        QToolTip::showText(mapToGlobal(at(m_current, m_top).toPoint()), words(), this);
    update();
}

void SeriesChart::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Left)
        return setCurrent(m_current < 0 ? static_cast<int>(m_places.size()) - 1 : m_current - 1, true);
    if (event->key() == Qt::Key_Right)
        return setCurrent(m_current + 1, true);
    QWidget::keyPressEvent(event);
}

void SeriesChart::mouseMoveEvent(QMouseEvent *event)
{
    const QRect area = plot();
    if (m_places.isEmpty() || !area.adjusted(-px(8), -px(8), px(8), px(8)).contains(event->position().toPoint()))
        return;
    const double share = area.width() > 0 ? (event->position().x() - area.left()) / area.width() : 0;
    setCurrent(static_cast<int>(std::lround(share * double(m_places.size() - 1))), true);
}

void SeriesChart::leaveEvent(QEvent *event)
{
    if (!hasFocus()) {
        m_current = -1;
        update();
    }
    QWidget::leaveEvent(event);
}

void SeriesChart::paintAxes(QPainter &painter) const
{
    const Theme &theme = Theme::of(palette());
    const QRect area = plot();
    painter.setFont(kernelyard::font(Type::Tick));
    const QFontMetrics metrics = painter.fontMetrics();
    constexpr int lines = 4;
    for (int i = 0; i <= lines; ++i) {
        const int y = static_cast<int>(at(0, m_top * i / lines).y());
        painter.fillRect(QRect(area.left(), y, area.width(), 1), theme.grid);
        painter.setPen(theme.muted);
        painter.drawText(QRect(0, y - metrics.height() / 2, area.left() - px(8), metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, QString::number(m_top * i / lines, 'g', 4));
    }
    int end = -1; // names that would run into each other are left out
    for (int place = 0; place < m_places.size(); ++place) {
        const int wide = metrics.horizontalAdvance(m_places[place]);
        const int left = static_cast<int>(at(place, 0).x()) - wide / 2;
        if (left <= end)
            continue;
        painter.setPen(theme.muted);
        painter.drawText(QRect(left, area.bottom() + px(6), wide + 2, metrics.height()), Qt::AlignLeft,
                         m_places[place]);
        end = left + wide + px(4);
    }
    if (m_current >= 0) {
        painter.setPen(QPen(hasFocus() ? theme.accent : theme.muted, 1));
        painter.drawLine(at(m_current, 0), at(m_current, m_top));
    }
}

void SeriesChart::paintSeries(QPainter &painter, int index) const
{
    const Theme &theme = Theme::of(palette());
    QPainterPath line;
    const auto &values = m_series[index].values;
    for (int place = 0; place < values.size(); ++place) {
        const auto value = values[place];
        if (value && line.elementCount() == 0)
            line.moveTo(at(place, *value));
        else if (value)
            line.lineTo(at(place, *value));
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(penOf(index, theme));
    painter.drawPath(line);
    for (int place = 0; place < values.size(); ++place)
        if (const auto value = values[place])
            paintMarker(painter, at(place, *value), index, theme);
}

/// At the lines' ends, each as near to its own as the others leave room.
void SeriesChart::paintNames(QPainter &painter) const
{
    const Theme &theme = Theme::of(palette());
    painter.setFont(kernelyard::font(Type::Secondary));
    const int high = painter.fontMetrics().height();
    QList<std::pair<double, int>> wanted;
    for (int i = 0; i < m_series.size(); ++i)
        for (qsizetype place = m_series[i].values.size() - 1; place >= 0; --place)
            if (const auto value = m_series[i].values[place]) {
                wanted.append({at(static_cast<int>(place), *value).y(), i});
                break;
            }
    std::ranges::sort(wanted);
    for (qsizetype i = 1; i < wanted.size(); ++i)
        wanted[i].first = qMax(wanted[i].first, wanted[i - 1].first + high);
    double lowest = plot().bottom() + high / 2.;
    for (qsizetype i = wanted.size() - 1; i >= 0; --i) {
        wanted[i].first = qMin(wanted[i].first, lowest);
        lowest = wanted[i].first - high;
    }
    const int left = plot().right() + px(8);
    for (const auto &[y, index] : wanted) {
        painter.setPen(theme.series[static_cast<std::size_t>(index) % theme.series.size()]);
        const QRect rect(left, static_cast<int>(y) - high / 2, width() - left, high);
        painter.drawText(rect, Qt::AlignLeft | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(m_series[index].name, Qt::ElideRight, rect.width()));
    }
}

void SeriesChart::paintEvent(QPaintEvent *)
{
    if (m_places.isEmpty())
        return;
    QPainter painter(this);
    paintAxes(painter);
    painter.setRenderHint(QPainter::Antialiasing);
    for (int i = 0; i < m_series.size(); ++i)
        paintSeries(painter, i);
    paintNames(painter);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(Theme::of(palette()).accent, 2));
        painter.drawRoundedRect(rect().adjusted(1, 1, -1, -1), px(4), px(4));
    }
}

} // namespace kernelyard
