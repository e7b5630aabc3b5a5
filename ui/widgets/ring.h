// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>

#include <functional>

class QWidget;

namespace kernelyard {

/// Where the running ring stands now, 0 to 1: one turn in 2 s, in steps of a tenth of a second, the same for every
/// widget. Always 0 when the desktop asks for no animations.
double ringTurn();

/// Repaints \a widget, its parent, ten times a second while it is visible, its window is not minimised and \a running
/// says so. It asks when the widget is shown or painted anew, so a still page costs nothing.
class RingTicker : public QObject
{
    Q_OBJECT

public:
    RingTicker(QWidget *widget, std::function<bool()> running);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void tick();

    QWidget *m_widget;
    std::function<bool()> m_running;
    QTimer m_timer;
};

} // namespace kernelyard
