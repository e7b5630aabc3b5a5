// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/emptystate.h"

#include "ui/widgets/actionbutton.h"
#include "ui/widgets/label.h"

#include <QVBoxLayout>

namespace kernelyard {

EmptyState::EmptyState(QWidget *parent)
    : QWidget(parent)
    , m_what(new Label({}, Type::Object))
    , m_why(new Label({}, Type::Body, Tone::Muted))
    , m_column(new QVBoxLayout)
{
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(px(12), 0, px(12), 0);
    outer->addStretch(1);
    outer->addLayout(m_column);
    outer->addStretch(2);
    m_what->setWordWrap(true);
    m_why->setWordWrap(true);
    m_column->setSpacing(px(4));
    m_column->addWidget(m_what);
    m_column->addWidget(m_why);
}

void EmptyState::setWords(const QString &what, const QString &why)
{
    m_what->setText(what);
    m_why->setText(why);
    setAccessibleName(what);
    setAccessibleDescription(why);
}

void EmptyState::setAction(QAction *action)
{
    m_column->addSpacing(px(8));
    m_column->addWidget(new ActionButton(action, ActionButton::Look::Filled), 0, Qt::AlignLeft);
}

} // namespace kernelyard
