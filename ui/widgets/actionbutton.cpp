// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/actionbutton.h"

#include "ui/widgets/measure.h"

#include <QAction>

using namespace Qt::StringLiterals;

namespace kernelyard {

ActionButton::ActionButton(QAction *action, Look look, QWidget *parent)
    : QPushButton(parent)
    , m_action(action)
    , m_look(look)
{
    setFont(kernelyard::font(Type::Medium));
    setAutoDefault(false);
    setDefault(look == Look::Filled);
    setFlat(look == Look::IconOnly || look == Look::Link);
    if (look == Look::IconOnly)
        setFixedSize(px(28), px(28));
    else
        setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(action, &QAction::changed, this, &ActionButton::follow);
    connect(this, &QPushButton::clicked, action, &QAction::trigger);
    follow();
}

void ActionButton::setFilled(bool filled)
{
    m_look = filled ? Look::Filled : Look::Plain;
    setDefault(filled);
    update();
}

bool ActionButton::isShown() const
{
    return m_action->isVisible();
}

void ActionButton::follow()
{
    const bool iconOnly = m_look == Look::IconOnly;
    setText(iconOnly ? QString() : m_action->iconText());
    setIcon(m_look == Look::Link ? QIcon() : m_action->icon());
    setEnabled(m_action->isEnabled());
    if (m_look == Look::Link)
        setFixedHeight(px(24));
    // Without a parent yet, showing would open a window of its own; the layout shows it later.
    if (!m_action->isVisible())
        setVisible(false);
    else if (parentWidget())
        setVisible(true);
    else
        setAttribute(Qt::WA_WState_ExplicitShowHide, false);
    QString name = iconOnly ? m_action->text() : m_action->iconText();
    name.remove(u'…');
    setAccessibleName(name);
    const QString keys = m_action->shortcut().toString(QKeySequence::NativeText);
    QString tip = m_action->toolTip() == m_action->iconText() && !iconOnly ? QString() : m_action->toolTip();
    if (!keys.isEmpty())
        tip = tip.isEmpty() ? keys : tip + u" ("_s + keys + u')';
    setToolTip(tip);
}

} // namespace kernelyard
