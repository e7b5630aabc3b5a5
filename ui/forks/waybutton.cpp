// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/waybutton.h"

#include "ui/widgets/measure.h"

#include <QPainter>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

WayButton::WayButton(QWidget *parent)
    : QAbstractButton(parent)
{
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
}

void WayButton::setWay(const AdviceWay &way)
{
    m_way = way;
    setText(way.title);
    setAccessibleName(way.time.isEmpty() ? way.title : QString(way.title % u", " % way.time));
    setAccessibleDescription(way.sub);
    setEnabled(way.isPossible);
    update();
}

QSize WayButton::sizeHint() const
{
    return {px(300), px(12) + QFontMetrics(kernelyard::font(Type::Body)).height() + px(18) +
                         QFontMetrics(kernelyard::font(Type::Secondary)).height()};
}

QSize WayButton::minimumSizeHint() const
{
    return {px(180), sizeHint().height()};
}

void WayButton::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setPen(QPen(isChecked() ? theme.accent : theme.line, 1));
    painter.setBrush(isChecked() ? theme.selection : underMouse() && isEnabled() ? theme.hover : theme.base);
    painter.drawRoundedRect(frame, px(4), px(4));

    const int side = px(14);
    const QRect ring(px(10), px(9), side, side);
    painter.setPen(isChecked() ? Qt::NoPen : QPen(theme.fieldEdge, 1));
    painter.setBrush(isChecked() ? theme.accentFill : theme.base);
    painter.drawEllipse(QRectF(ring).adjusted(0.5, 0.5, -0.5, -0.5));
    if (isChecked()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.onAccent);
        painter.drawEllipse(QRectF(ring).center(), side / 5.0, side / 5.0);
    }

    const QColor ink = isEnabled() ? theme.text : palette().color(QPalette::Disabled, QPalette::WindowText);
    const QColor quiet = isEnabled() ? theme.muted : ink;
    const int left = ring.right() + px(9);
    const int right = width() - px(10);
    painter.setFont(kernelyard::font(isChecked() ? Type::CardHeader : Type::Body));
    const int line = painter.fontMetrics().height();
    const QRect top(left, px(8), right - left, line);
    painter.setPen(ink);
    painter.setFont(kernelyard::font(Type::Body));
    painter.drawText(top, Qt::AlignRight | Qt::AlignVCenter, m_way.time);
    const int room = top.width() - painter.fontMetrics().horizontalAdvance(m_way.time) - px(8);
    painter.setFont(kernelyard::font(isChecked() ? Type::CardHeader : Type::Body));
    painter.drawText(top, Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(m_way.title, Qt::ElideRight, room));

    const QRectF bar(left, top.bottom() + px(4), right - left, px(5));
    painter.setPen(Qt::NoPen);
    painter.setBrush(isChecked() ? theme.base : theme.track);
    painter.drawRoundedRect(bar, px(2), px(2));
    if (m_way.share > 0) {
        QRectF filled = bar;
        filled.setWidth(std::max<double>(px(3), bar.width() * m_way.share));
        painter.setBrush(isChecked() ? theme.accent : theme.fieldEdge);
        painter.drawRoundedRect(filled, px(2), px(2));
    }
    painter.setFont(kernelyard::font(Type::Secondary));
    painter.setPen(quiet);
    const QRectF below(left, bar.bottom() + px(3), right - left, painter.fontMetrics().height());
    painter.drawText(below, Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(m_way.sub, Qt::ElideRight, int(below.width())));
}

} // namespace kernelyard
