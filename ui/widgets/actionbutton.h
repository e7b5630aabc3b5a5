// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPushButton>

class QAction;

namespace kernelyard {

/// A push button that is an action: its icon text (short, as the action's text names its object for the palette), icon,
/// enabled state, tooltip and visibility follow it.
class ActionButton : public QPushButton
{
    Q_OBJECT

public:
    enum class Look {
        Plain,
        Filled,   ///< the one main button
        Link,     ///< words in accent, without edge; at the right of a card's header
        IconOnly, ///< without edge; the action's text becomes tooltip and accessible name
    };
    explicit ActionButton(QAction *action, Look look = Look::Plain, QWidget *parent = nullptr);

    void setFilled(bool filled); ///< Plain becomes Filled and back, where another button takes the main place
    bool isShown() const;        ///< the action is visible

private:
    void follow();

    QAction *m_action;
    Look m_look;
};

} // namespace kernelyard
