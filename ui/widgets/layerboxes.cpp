// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/layerboxes.h"

#include "ui/widgets/icon.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/ring.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

LayerBoxes::LayerBoxes(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    new RingTicker(this, [this] {
        return std::any_of(m_boxes.cbegin(), m_boxes.cend(),
                           [](const LayerBox &box) { return box.state == State::Running; });
    });
}

void LayerBoxes::setBoxes(const QList<LayerBox> &boxes)
{
    if (boxes == m_boxes)
        return;
    m_boxes = boxes;
    QStringList words;
    for (const LayerBox &box : boxes)
        words.append(box.name + u' ' + wordOf(box.state) + u' ' + box.sub);
    setAccessibleName(tr("Layers"));
    setAccessibleDescription(words.join(u", "_s));
    updateGeometry();
    update();
}

QSize LayerBoxes::sizeHint() const
{
    return {static_cast<int>(m_boxes.size()) * px(120), px(34)};
}

QSize LayerBoxes::minimumSizeHint() const
{
    return {static_cast<int>(m_boxes.size()) * px(64), px(34)};
}

QRect LayerBoxes::boxRect(qsizetype index) const
{
    const int gap = px(18);
    const auto count = static_cast<int>(m_boxes.size());
    const int wide = qMin((width() - gap * (count - 1)) / count, px(280));
    return {static_cast<int>(index) * (wide + gap), 0, wide, height()};
}

void LayerBoxes::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QFont strong = kernelyard::font(Type::Secondary);
    strong.setWeight(QFont::DemiBold);
    for (qsizetype i = 0; i < m_boxes.size(); ++i) {
        const LayerBox &layer = m_boxes[i];
        const QRect box = boxRect(i);
        painter.setPen(theme.line);
        painter.setBrush(theme.alt);
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), px(4), px(4));
        const int side = px(16);
        paintState(painter, QRect(box.x() + px(9), (height() - side) / 2, side, side), layer.state, theme,
                   layer.state == State::Running ? ringTurn() : 0);
        const QRect room = box.adjusted(px(31), px(2), -px(4), -px(2));
        painter.setFont(strong);
        painter.setPen(theme.text);
        painter.drawText(room.adjusted(0, 0, 0, -room.height() / 2), Qt::AlignVCenter | Qt::AlignLeft,
                         painter.fontMetrics().elidedText(layer.name, Qt::ElideRight, room.width()));
        painter.setFont(kernelyard::font(Type::Secondary));
        painter.setPen(theme.muted);
        painter.drawText(room.adjusted(0, room.height() / 2, 0, 0), Qt::AlignVCenter | Qt::AlignLeft,
                         painter.fontMetrics().elidedText(layer.sub, Qt::ElideRight, room.width()));
        if (i + 1 < m_boxes.size())
            paintGlyph(painter, QRect(box.right() + px(3), (height() - px(12)) / 2, px(12), px(12)),
                       Glyph::ChevronRight, theme.muted);
    }
}

bool LayerBoxes::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    for (qsizetype i = 0; i < m_boxes.size(); ++i)
        if (boxRect(i).contains(help->pos()))
            QToolTip::showText(help->globalPos(),
                               u"%1: %2, %3"_s.arg(m_boxes[i].name, wordOf(m_boxes[i].state), m_boxes[i].sub), this);
    return true;
}

ProgressLine::ProgressLine(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void ProgressLine::setProgress(int done, int total)
{
    m_done = done;
    m_total = total;
    setAccessibleName(tr("%1 of %2").arg(done).arg(total));
    update();
}

QSize ProgressLine::sizeHint() const
{
    return {px(96), px(6)};
}

void ProgressLine::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.track);
    painter.drawRoundedRect(rect(), px(2), px(2));
    if (m_total <= 0 || m_done <= 0)
        return;
    painter.setBrush(theme.accent);
    painter.drawRoundedRect(QRect(0, 0, qMax(px(4), width() * qMin(m_done, m_total) / m_total), height()), px(2),
                            px(2));
}

} // namespace kernelyard
