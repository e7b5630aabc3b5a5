// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/card.h"

#include "ui/widgets/label.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QPainterPath>
#include <QVBoxLayout>

namespace kernelyard {

Card::Card(QWidget *parent)
    : QFrame(parent)
    , m_outer(new QVBoxLayout(this))
    , m_body(new QVBoxLayout)
{
    m_outer->setContentsMargins(1, 1, 1, 1);
    m_outer->setSpacing(0);
    m_body->setContentsMargins(px(12), px(10), px(12), px(12));
    m_body->setSpacing(px(8));
    m_outer->addLayout(m_body);
}

void Card::setHeader(const QString &title, const QString &sub)
{
    if (!m_header) {
        m_header = new QWidget(this);
        m_header->setFixedHeight(px(36));
        auto *row = new QHBoxLayout(m_header);
        row->setContentsMargins(px(12), 0, px(8), 0);
        row->setSpacing(px(8));
        m_title = new Label({}, Type::CardHeader);
        m_sub = new Label({}, Type::Secondary, Tone::Muted);
        m_title->setElideMode(Qt::ElideNone);
        row->addWidget(m_title);
        row->addWidget(m_sub, 1);
        m_actions = new QHBoxLayout;
        m_actions->setSpacing(px(8));
        row->addLayout(m_actions);
        m_outer->insertWidget(0, m_header);
    }
    m_title->setText(title);
    m_sub->setText(sub);
    setAccessibleName(title);
}

QHBoxLayout *Card::headerActions()
{
    return m_actions;
}

void Card::setFlush()
{
    m_body->setContentsMargins(0, 0, 0, 0);
    m_body->setSpacing(0);
}

void Card::setBar(std::optional<State> state)
{
    m_bar = state;
    m_outer->setContentsMargins(state ? px(4) : 1, 1, 1, 1);
    update();
}

void Card::setSelected(bool selected)
{
    m_selected = selected;
    update();
}

void Card::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    QPainterPath shape;
    shape.addRoundedRect(frame, px(6), px(6));
    painter.fillPath(shape, theme.base);
    if (m_bar) {
        painter.setClipPath(shape);
        painter.fillRect(0, 0, px(4), height(), theme.color(*m_bar));
        painter.setClipping(false);
    }
    painter.setPen(QPen(m_selected ? theme.accent : theme.line, 1));
    painter.drawPath(shape);
    if (m_header) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        const int y = m_header->geometry().bottom();
        painter.setPen(theme.grid);
        painter.drawLine(m_header->x(), y, width() - 2, y);
    }
}

} // namespace kernelyard
