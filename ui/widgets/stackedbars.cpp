// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/stackedbars.h"

#include "ui/widgets/measure.h"
#include "ui/widgets/theme.h"

#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

const QColor &seriesColor(const Theme &theme, int series)
{
    return theme.series[static_cast<std::size_t>(series) % theme.series.size()];
}

/// 1, 2 or 5 times a power of ten, so that some nine of it reach \a most.
double niceTick(double most)
{
    const double rough = std::max(most, 1e-6) / 9;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= rough)
            return factor * power;
    return 10 * power;
}

} // namespace

QString secondsText(double seconds)
{
    const int digits = seconds < 0.995 ? 2 : seconds < 9.95 ? 1 : 0;
    return StackedBars::tr("%1 s").arg(QLocale().toString(seconds, 'f', digits));
}

double StackedBar::value() const
{
    return std::accumulate(parts.cbegin(), parts.cend(), 0.0,
                           [](double sum, const BarPart &part) { return sum + part.value; });
}

StackedBars::StackedBars(Scale scale, QWidget *parent)
    : QWidget(parent)
    , m_scale(scale)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void StackedBars::setBars(const QList<StackedBar> &bars)
{
    if (bars == m_bars)
        return;
    m_bars = bars;
    double most = 0;
    for (const StackedBar &bar : bars)
        most = std::max({most, bar.value(), bar.range ? bar.range->second : 0.0});
    m_tick = niceTick(most);
    m_top = std::max(most, m_tick);
    m_markedBar = m_markedPart = -1;
    tell();
    updateGeometry();
    update();
}

QSize StackedBars::sizeHint() const
{
    const bool common = m_scale == Scale::Common;
    const auto count = static_cast<int>(m_bars.size());
    return {px(600), common ? count * px(52) + px(24) : count * px(42)};
}

QSize StackedBars::minimumSizeHint() const
{
    return {px(320), sizeHint().height()};
}

QRectF StackedBars::plot() const
{
    // The widest total stands behind its bar.
    const QFontMetrics strong(kernelyard::font(Type::CardHeader));
    int behind = 0;
    for (const StackedBar &bar : m_bars)
        behind = std::max(behind, strong.horizontalAdvance(bar.total));
    return QRectF(rect()).adjusted(px(42), 0, -behind - px(24), m_scale == Scale::Common ? -px(24) : 0);
}

QRectF StackedBars::barRect(int bar) const
{
    const QRectF area = plot();
    const bool common = m_scale == Scale::Common;
    const double share = common ? m_bars[bar].value() / m_top : 1;
    return {area.left(), area.top() + bar * px(common ? 52 : 42), area.width() * share, double(px(common ? 34 : 32))};
}

QList<QRectF> StackedBars::partRects(int bar) const
{
    const QRectF whole = barRect(bar);
    const double sum = m_bars[bar].value();
    QList<QRectF> rects;
    double at = 0;
    for (const BarPart &part : m_bars[bar].parts) {
        const double from = sum > 0 ? at / sum : 0;
        at += part.value;
        const double to = sum > 0 ? at / sum : 0;
        QRectF rect(whole.left() + from * whole.width(), whole.top(), (to - from) * whole.width(), whole.height());
        if (rect.width() > 2)
            rect.setWidth(rect.width() - 1); // a gap tells neighbours apart in every colour
        rects << rect;
    }
    return rects;
}

/// Title and number where there is room, else the number, else nothing.
QString StackedBars::partText(const StackedBar &bar, const BarPart &part, double room) const
{
    const double sum = bar.value();
    const QString number = m_scale == Scale::Common ? secondsText(part.value)
                                                    : tr("%1 %").arg(sum > 0 ? std::lround(part.value / sum * 100) : 0);
    const QFontMetrics metrics(kernelyard::font(Type::Secondary));
    for (const QString &text : {QString(part.title + u' ' + number), number})
        if (metrics.horizontalAdvance(text) + px(12) <= room)
            return text;
    return {};
}

QString StackedBars::markedText() const
{
    if (m_markedBar < 0)
        return {};
    const StackedBar &bar = m_bars[m_markedBar];
    const BarPart &part = bar.parts[m_markedPart];
    const double sum = bar.value();
    return tr("%1, %2: %3, %4 %")
        .arg(bar.name, part.title, secondsText(part.value))
        .arg(sum > 0 ? std::lround(part.value / sum * 100) : 0);
}

void StackedBars::mark(int bar, int part)
{
    m_markedBar = m_markedPart = -1;
    if (bar >= 0 && bar < m_bars.size() && !m_bars[bar].parts.isEmpty()) {
        m_markedBar = bar;
        m_markedPart = std::clamp(part, 0, static_cast<int>(m_bars[bar].parts.size()) - 1);
    }
    tell();
    update();
}

/// Every bar in words, or the marked part.
void StackedBars::tell()
{
    QStringList words;
    for (const StackedBar &bar : std::as_const(m_bars)) {
        QStringList parts;
        for (const BarPart &part : bar.parts)
            parts << part.title + u' ' + secondsText(part.value);
        words << bar.name + u' ' + bar.total + (parts.isEmpty() ? QString() : QString(u": "_s + parts.join(u", "_s)));
    }
    setAccessibleDescription(m_markedBar < 0 ? words.join(u". "_s) : markedText());
}

void StackedBars::keyPressEvent(QKeyEvent *event)
{
    const auto count = static_cast<int>(m_bars.size());
    switch (event->key()) {
    case Qt::Key_Left:
        mark(std::max(m_markedBar, 0), m_markedPart - 1);
        break;
    case Qt::Key_Right:
        mark(std::max(m_markedBar, 0), m_markedPart + 1);
        break;
    case Qt::Key_Up:
        mark(std::max(m_markedBar - 1, 0), m_markedPart);
        break;
    case Qt::Key_Down:
        mark(std::min(m_markedBar + 1, count - 1), m_markedPart);
        break;
    case Qt::Key_Escape:
        if (m_markedBar >= 0) {
            mark(-1, -1);
            break;
        }
        [[fallthrough]];
    default:
        QWidget::keyPressEvent(event);
    }
}

void StackedBars::mouseMoveEvent(QMouseEvent *event)
{
    for (int bar = 0; bar < m_bars.size(); ++bar) {
        const QList<QRectF> rects = partRects(bar);
        for (int part = 0; part < rects.size(); ++part)
            if (rects[part].contains(event->position())) {
                if (bar != m_markedBar || part != m_markedPart)
                    mark(bar, part);
                QToolTip::showText(event->globalPosition().toPoint(), markedText(), this);
                return;
            }
    }
    QToolTip::hideText();
    if (m_markedBar >= 0)
        mark(-1, -1);
}

void StackedBars::leaveEvent(QEvent *)
{
    if (!hasFocus())
        mark(-1, -1);
}

void StackedBars::focusOutEvent(QFocusEvent *event)
{
    QWidget::focusOutEvent(event);
    mark(-1, -1);
}

void StackedBars::paintAxis(QPainter &painter) const
{
    const Theme &theme = Theme::of(palette());
    const QRectF area = plot();
    painter.setFont(kernelyard::font(Type::Tick));
    const int digits = m_tick < 1 ? (m_tick < 0.1 ? 2 : 1) : 0;
    for (int i = 0; i * m_tick <= m_top * 1.0001; ++i) {
        const double x = std::round(area.left() + i * m_tick / m_top * area.width()) + 0.5;
        painter.setPen(theme.grid);
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
        painter.setPen(theme.muted);
        const QString number = QLocale().toString(i * m_tick, 'f', digits);
        painter.drawText(QRectF(x - px(40), area.bottom() + px(4), px(80), px(18)), Qt::AlignHCenter | Qt::AlignTop,
                         i == 0 ? tr("%1 s").arg(number) : number);
    }
}

void StackedBars::paintBar(QPainter &painter, int index) const
{
    const Theme &theme = Theme::of(palette());
    const StackedBar &bar = m_bars[index];
    const QRectF whole = barRect(index);
    painter.setFont(kernelyard::font(Type::Object));
    painter.setPen(theme.text);
    painter.drawText(QRectF(0, whole.top(), px(32), whole.height()), Qt::AlignHCenter | Qt::AlignVCenter, bar.name);
    const QList<QRectF> rects = partRects(index);
    painter.setFont(kernelyard::font(Type::Secondary));
    for (int i = 0; i < rects.size(); ++i) {
        const QRectF &rect = rects[i];
        painter.fillRect(rect, seriesColor(theme, bar.parts[i].series));
        if (const QString text = partText(bar, bar.parts[i], rect.width()); !text.isEmpty()) {
            painter.setPen(theme.onSeries);
            painter.drawText(rect.adjusted(px(7), 0, -px(4), 0), Qt::AlignLeft | Qt::AlignVCenter, text);
        }
        if (index == m_markedBar && i == m_markedPart) {
            painter.setPen(QPen(theme.text, px(2)));
            painter.drawRect(rect.adjusted(1, 1, -1, -1));
        }
    }
    const bool common = m_scale == Scale::Common;
    painter.setFont(kernelyard::font(common ? Type::CardHeader : Type::Secondary));
    painter.setPen(common ? theme.text : theme.muted);
    const double after = common ? std::max(whole.right(), whole.left() + px(2)) : plot().right();
    painter.drawText(QRectF(after + px(10), whole.top(), width() - after, whole.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, bar.total);
    if (!common || !bar.range || bar.range->first == bar.range->second)
        return;
    const QRectF area = plot();
    const double from = area.left() + bar.range->first / m_top * area.width();
    const double to = area.left() + bar.range->second / m_top * area.width();
    const double y = std::round(whole.bottom() + px(5)) + 0.5;
    painter.setPen(QPen(theme.text, 1.2));
    painter.drawLine(QPointF(from, y), QPointF(to, y));
    for (const double x : {from, to})
        painter.drawLine(QPointF(x, y - px(3)), QPointF(x, y + px(3)));
}

void StackedBars::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    if (m_scale == Scale::Common)
        paintAxis(painter);
    for (int bar = 0; bar < m_bars.size(); ++bar)
        paintBar(painter, bar);
}

BarLegend::BarLegend(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void BarLegend::setEntries(const QList<std::pair<QString, int>> &entries)
{
    m_entries = entries;
    QStringList names;
    for (const auto &[title, series] : entries)
        names << title;
    setAccessibleName(tr("Legend: %1").arg(names.join(u", "_s)));
    updateGeometry();
    update();
}

QSize BarLegend::sizeHint() const
{
    const QFontMetrics metrics(kernelyard::font(Type::Secondary));
    int width = 0;
    for (const auto &[title, series] : m_entries)
        width += px(16) + metrics.horizontalAdvance(title) + px(12);
    return {std::max(0, width - px(12)), px(20)};
}

void BarLegend::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const Theme &theme = Theme::of(palette());
    painter.setFont(kernelyard::font(Type::Secondary));
    int x = 0;
    for (const auto &[title, series] : std::as_const(m_entries)) {
        painter.fillRect(x, (height() - px(10)) / 2, px(10), px(10), seriesColor(theme, series));
        painter.setPen(theme.text);
        const int wide = painter.fontMetrics().horizontalAdvance(title);
        painter.drawText(QRect(x + px(16), 0, wide + 1, height()), Qt::AlignLeft | Qt::AlignVCenter, title);
        x += px(16) + wide + px(12);
    }
}

} // namespace kernelyard
