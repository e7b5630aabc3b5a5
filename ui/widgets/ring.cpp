// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/ring.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QEvent>
#include <QStyle>
#include <QWidget>

namespace kernelyard {

static bool animationsWanted()
{
    return QApplication::style()->styleHint(QStyle::SH_Widget_Animation_Duration) > 0;
}

double ringTurn()
{
    static const QElapsedTimer clock = [] {
        QElapsedTimer started;
        started.start();
        return started;
    }();
    if (!animationsWanted())
        return 0;
    return static_cast<double>(clock.elapsed() / 100 % 20 + 1) / 20.0;
}

RingTicker::RingTicker(QWidget *widget, std::function<bool()> running)
    : QObject(widget)
    , m_widget(widget)
    , m_running(std::move(running))
{
    m_timer.setInterval(100);
    connect(&m_timer, &QTimer::timeout, this, &RingTicker::tick);
    widget->installEventFilter(this);
}

bool RingTicker::eventFilter(QObject *, QEvent *event)
{
    if (event->type() == QEvent::Paint && !m_timer.isActive() && m_running() && animationsWanted())
        m_timer.start();
    else if (event->type() == QEvent::Hide)
        m_timer.stop();
    return false;
}

void RingTicker::tick()
{
    if (!m_running() || !m_widget->isVisible() || m_widget->window()->isMinimized())
        m_timer.stop();
    else
        m_widget->update();
}

} // namespace kernelyard
