// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/badge.h"

#include "ui/widgets/icon.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/ring.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

namespace kernelyard {

Badge::Badge(QWidget *parent)
    : QWidget(parent)
{
    QFont medium = kernelyard::font(Type::Secondary);
    medium.setWeight(QFont::DemiBold);
    setFont(medium);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    new RingTicker(this, [this] { return m_state == State::Running; });
}

void Badge::setState(State state, const QString &word)
{
    if (state == m_state && word == m_word)
        return;
    m_state = state;
    m_word = word;
    setAccessibleName(word);
    updateGeometry();
    update();
}

QSize Badge::sizeHint() const
{
    return {px(6) + px(14) + px(5) + fontMetrics().horizontalAdvance(m_word) + px(8), px(20)};
}

void Badge::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.tint(m_state));
    painter.drawRoundedRect(rect(), px(4), px(4));
    const int side = px(14);
    paintState(painter, QRect(px(6), (height() - side) / 2, side, side), m_state, theme,
               m_state == State::Running ? ringTurn() : 0);
    painter.setPen(theme.color(m_state));
    painter.drawText(rect().adjusted(px(6) + side + px(5), 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, m_word);
}

StateLine::StateLine(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    new RingTicker(this, [this] { return m_state == State::Running; });
}

void StateLine::setFact(std::optional<State> state, const QString &text)
{
    if (state == m_state && text == m_text)
        return;
    m_state = state;
    m_text = text;
    setAccessibleName(state ? wordOf(*state) + QStringLiteral(": ") + text : text);
    updateGeometry();
    update();
}

int StateLine::textLeft() const
{
    return m_state ? px(16) + px(4) : 0;
}

QSize StateLine::sizeHint() const
{
    return {textLeft() + fontMetrics().horizontalAdvance(m_text) + 1, qMax(px(20), fontMetrics().height())};
}

QSize StateLine::minimumSizeHint() const
{
    return {qMin(sizeHint().width(), textLeft() + px(48)), sizeHint().height()};
}

void StateLine::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    const int side = px(16);
    if (m_state)
        paintState(painter, QRect(0, (height() - side) / 2, side, side), *m_state, theme,
                   m_state == State::Running ? ringTurn() : 0);
    painter.setPen(palette().color(foregroundRole()));
    painter.drawText(rect().adjusted(textLeft(), 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft,
                     fontMetrics().elidedText(m_text, Qt::ElideRight, width() - textLeft()));
}

bool StateLine::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty() && sizeHint().width() > width()) {
        QToolTip::showText(static_cast<QHelpEvent *>(event)->globalPos(), m_text, this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace kernelyard
