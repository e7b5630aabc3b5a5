// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/label.h"

#include <QHelpEvent>
#include <QPainter>
#include <QStyle>
#include <QToolTip>

namespace kernelyard {

Label::Label(const QString &text, Type type, Tone tone, QWidget *parent)
    : QLabel(text, parent)
{
    setTextFormat(Qt::PlainText);
    setFont(kernelyard::font(type));
    setTone(tone);
}

void Label::setTone(Tone tone)
{
    switch (tone) {
    case Tone::Text:
        setForegroundRole(QPalette::WindowText);
        break;
    case Tone::Muted:
        setForegroundRole(QPalette::BrightText);
        break;
    case Tone::Faint:
        setForegroundRole(QPalette::PlaceholderText);
        break;
    case Tone::Accent:
        setForegroundRole(QPalette::Link);
        break;
    }
}

void Label::setElideMode(Qt::TextElideMode mode)
{
    m_elide = mode;
    update();
}

QSize Label::minimumSizeHint() const
{
    if (wordWrap() || m_elide == Qt::ElideNone)
        return QLabel::minimumSizeHint();
    return {qMin(QLabel::minimumSizeHint().width(), fontMetrics().horizontalAdvance(u'm') * 4),
            QLabel::minimumSizeHint().height()};
}

void Label::paintEvent(QPaintEvent *event)
{
    if (wordWrap()) {
        QLabel::paintEvent(event);
        return;
    }
    QPainter painter(this);
    const QString shown = fontMetrics().elidedText(text(), m_elide, contentsRect().width());
    style()->drawItemText(&painter, contentsRect(), static_cast<int>(alignment()) | Qt::TextSingleLine, palette(),
                          isEnabled(), shown, foregroundRole());
}

bool Label::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty() && !wordWrap() &&
        fontMetrics().horizontalAdvance(text()) > contentsRect().width()) {
        QToolTip::showText(static_cast<QHelpEvent *>(event)->globalPos(), text(), this);
        return true;
    }
    return QLabel::event(event);
}

} // namespace kernelyard
