// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/heatmap.h"

#include "ui/widgets/icon.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/theme.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

/// One hue, from none to all. What is small recedes into the card, so the dark shade begins dark and ends bright.
QColor ground(double share, const Theme &theme)
{
    const bool dark = theme.shade == Shade::Dark;
    const QColor none = dark ? QColor(0x24, 0x2E, 0x42) : QColor(0xEE, 0xF3, 0xFC);
    const QColor all = dark ? QColor(0x8D, 0xB4, 0xFF) : QColor(0x1B, 0x47, 0xA3);
    return mixed(all, none, std::clamp(share, 0., 1.));
}

QColor ink(const QColor &ground)
{
    const QColor dark(0x1A, 0x1E, 0x26);
    return contrast(dark, ground) > contrast(Qt::white, ground) ? dark : QColor(Qt::white);
}

} // namespace

HeatMap::HeatMap(QWidget *parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void HeatMap::setContent(const QStringList &rows, const QList<HeatGroup> &groups, const QString &scale)
{
    if (rows == m_rows && groups == m_groups && scale == m_scale)
        return;
    const QString kept = current() ? current()->id : QString();
    m_rows = rows;
    m_groups = groups;
    m_scale = scale;
    m_current.reset();
    setCurrentId(kept);
    int failed = 0;
    for (const HeatGroup &group : m_groups)
        for (const auto &row : group.cells)
            failed += static_cast<int>(
                std::count_if(row.cbegin(), row.cend(), [](const auto &one) { return one && one->failed; }));
    setAccessibleDescription(failed == 0 ? tr("none failed") : tr("%1 failed").arg(failed));
    updateGeometry();
    update();
}

int HeatMap::columnCount() const
{
    int count = 0;
    for (const HeatGroup &group : m_groups)
        count += static_cast<int>(group.columns.size());
    return qMax(1, count);
}

int HeatMap::rowHeight() const
{
    return QFontMetrics(kernelyard::font(Type::Secondary)).height() + px(8);
}

int HeatMap::labelWidth() const
{
    const QFontMetrics metrics(kernelyard::font(Type::Tick));
    int width = 0;
    for (const QString &row : m_rows)
        width = qMax(width, metrics.horizontalAdvance(row));
    return width + px(8);
}

int HeatMap::cellWidth() const
{
    const int gaps = px(14) * qMax(0, static_cast<int>(m_groups.size()) - 1);
    return qMin(px(64), (width() - labelWidth() - gaps) / columnCount());
}

QSize HeatMap::sizeHint() const
{
    const int head = QFontMetrics(kernelyard::font(Type::Secondary)).height() +
                     QFontMetrics(kernelyard::font(Type::Tick)).height() + px(6);
    return {px(340), head + rowHeight() * static_cast<int>(m_rows.size()) + px(28)};
}

QSize HeatMap::minimumSizeHint() const
{
    return {labelWidth() + columnCount() * px(26), sizeHint().height()};
}

QRect HeatMap::cellRect(const Place &place) const
{
    int left = labelWidth();
    for (int i = 0; i < place.group; ++i)
        left += static_cast<int>(m_groups[i].columns.size()) * cellWidth() + px(14);
    const int head = sizeHint().height() - rowHeight() * static_cast<int>(m_rows.size()) - px(28);
    return {left + place.column * cellWidth(), head + place.row * rowHeight(), cellWidth() - px(2),
            rowHeight() - px(2)};
}

const HeatCell *HeatMap::cell(const Place &place) const
{
    if (place.group < 0 || place.group >= m_groups.size())
        return nullptr;
    const auto &cells = m_groups[place.group].cells;
    if (place.row < 0 || place.row >= cells.size() || place.column < 0 || place.column >= cells[place.row].size())
        return nullptr;
    const auto &found = cells[place.row][place.column];
    return found ? &*found : nullptr;
}

const HeatCell *HeatMap::current() const
{
    return m_current ? cell(*m_current) : nullptr;
}

std::optional<HeatMap::Place> HeatMap::placeAt(QPoint point) const
{
    for (int group = 0; group < m_groups.size(); ++group)
        for (int row = 0; row < m_rows.size(); ++row)
            for (int column = 0; column < m_groups[group].columns.size(); ++column)
                if (const Place place{group, row, column}; cell(place) && cellRect(place).contains(point))
                    return place;
    return std::nullopt;
}

void HeatMap::setPlace(const std::optional<Place> &place)
{
    if (place == m_current)
        return;
    m_current = place;
    if (const HeatCell *now = current())
        setAccessibleDescription(now->words);
    QAccessibleEvent told(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&told);
    update();
}

void HeatMap::setCurrentId(const QString &id)
{
    std::optional<Place> found;
    for (int group = 0; group < m_groups.size() && !id.isEmpty(); ++group)
        for (int row = 0; row < m_rows.size(); ++row)
            for (int column = 0; column < m_groups[group].columns.size(); ++column)
                if (const HeatCell *one = cell({group, row, column}); one && one->id == id)
                    found = Place{group, row, column};
    setPlace(found);
}

/// To the next cell that there is in that direction; columns go on in the next group.
void HeatMap::move(int columns, int rows)
{
    if (!m_current) {
        for (int row = 0; row < m_rows.size(); ++row)
            for (int column = 0; column < (m_groups.isEmpty() ? 0 : m_groups[0].columns.size()); ++column)
                if (cell({0, row, column}))
                    return setPlace(Place{0, row, column});
        return;
    }
    Place next = *m_current;
    for (;;) {
        next.row += rows;
        next.column += columns;
        if (next.column < 0 && next.group > 0)
            next.column = static_cast<int>(m_groups[--next.group].columns.size()) - 1;
        else if (next.group < m_groups.size() && next.column >= m_groups[next.group].columns.size()) {
            ++next.group;
            next.column = 0;
        }
        if (next.row < 0 || next.row >= m_rows.size() || next.column < 0 || next.group >= m_groups.size())
            return;
        if (cell(next))
            return setPlace(next);
    }
}

void HeatMap::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Left:
        return move(-1, 0);
    case Qt::Key_Right:
        return move(1, 0);
    case Qt::Key_Up:
        return move(0, -1);
    case Qt::Key_Down:
        return move(0, 1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (current())
            Q_EMIT activated(current()->id);
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

void HeatMap::mousePressEvent(QMouseEvent *event)
{
    const auto place = placeAt(event->position().toPoint());
    if (!place)
        return;
    setPlace(place);
    Q_EMIT activated(cell(*place)->id);
}

bool HeatMap::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const auto place = placeAt(help->pos());
    QToolTip::showText(help->globalPos(), place ? cell(*place)->words : QString(), this);
    return true;
}

void HeatMap::paintCell(QPainter &painter, const Place &place) const
{
    const Theme &theme = Theme::of(palette());
    const QRect rect = cellRect(place);
    const HeatCell *one = cell(place);
    if (!one) {
        painter.setPen(theme.faint);
        painter.drawText(rect, Qt::AlignCenter, u"–"_s);
        return;
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(one->failed ? theme.tint(State::Failed) : ground(one->share, theme));
    painter.drawRoundedRect(rect, px(2), px(2));
    if (one->failed) {
        const int side = px(14);
        paintState(painter, QRect(rect.center().x() - side / 2, rect.center().y() - side / 2, side, side),
                   State::Failed, theme);
    } else {
        painter.setPen(ink(ground(one->share, theme)));
        painter.drawText(rect, Qt::AlignCenter, one->text);
    }
    if (m_current == place) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(hasFocus() ? theme.accent : theme.text, 2));
        painter.drawRoundedRect(rect.adjusted(0, 0, 0, 0), px(2), px(2));
    }
}

void HeatMap::paintLegend(QPainter &painter) const
{
    const Theme &theme = Theme::of(palette());
    painter.setFont(kernelyard::font(Type::Tick));
    const QFontMetrics metrics = painter.fontMetrics();
    const int top = height() - px(20);
    int left = labelWidth();
    painter.setPen(theme.muted);
    const auto write = [&](const QString &text) {
        painter.setPen(theme.muted);
        painter.drawText(QRect(left, top, width() - left, px(16)), Qt::AlignLeft | Qt::AlignVCenter, text);
        left += metrics.horizontalAdvance(text) + px(6);
    };
    write(u"0"_s);
    constexpr int steps = 10;
    for (int i = 0; i < steps; ++i)
        painter.fillRect(QRect(left + i * px(10), top + px(3), px(10), px(10)), ground((i + 0.5) / steps, theme));
    left += steps * px(10) + px(6);
    write(m_scale);
}

void HeatMap::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QFont small = kernelyard::font(Type::Tick);
    const int tick = QFontMetrics(small).height();
    for (int group = 0; group < m_groups.size(); ++group) {
        const QRect first = cellRect({group, 0, 0});
        const int wide = cellWidth() * static_cast<int>(m_groups[group].columns.size());
        painter.setFont(kernelyard::font(Type::Secondary));
        painter.setPen(theme.text);
        const QString title = painter.fontMetrics().elidedText(m_groups[group].title, Qt::ElideRight, wide + px(10));
        painter.drawText(QRect(first.left(), 0, wide + px(12), painter.fontMetrics().height()), Qt::AlignLeft, title);
        painter.setFont(small);
        painter.setPen(theme.muted);
        for (int column = 0; column < m_groups[group].columns.size(); ++column)
            painter.drawText(QRect(first.left() + column * cellWidth(), first.top() - tick - px(3), cellWidth(), tick),
                             Qt::AlignCenter, m_groups[group].columns[column]);
        for (int row = 0; row < m_rows.size(); ++row)
            for (int column = 0; column < m_groups[group].columns.size(); ++column)
                paintCell(painter, {group, row, column});
    }
    painter.setFont(small);
    painter.setPen(theme.muted);
    for (int row = 0; row < m_rows.size(); ++row)
        painter.drawText(QRect(0, cellRect({0, row, 0}).top(), labelWidth() - px(8), rowHeight() - px(2)),
                         Qt::AlignRight | Qt::AlignVCenter, m_rows[row]);
    paintLegend(painter);
    if (hasFocus() && !m_current) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(theme.accent, 2));
        painter.drawRoundedRect(rect().adjusted(1, 1, -1, -1), px(4), px(4));
    }
}

} // namespace kernelyard
