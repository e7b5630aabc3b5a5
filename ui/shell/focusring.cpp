// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/focusring.h"

#include <QAbstractButton>
#include <QApplication>
#include <QComboBox>
#include <QLineEdit>

namespace kernelyard {

FocusRing::FocusRing(QWidget *window)
    : QFocusFrame(window)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget *, QWidget *focused) { follow(focused); });
}

/// A frame is cut at the parent of what it surrounds: one that its children fill gets it as a whole.
static QWidget *surrounded(QWidget *focused)
{
    QWidget *parent = focused->parentWidget();
    if (parent && parent->property("focusRing").toBool() && parent->focusPolicy() == Qt::NoFocus)
        return parent;
    const bool ringed = qobject_cast<QAbstractButton *>(focused) || qobject_cast<QComboBox *>(focused) ||
                        qobject_cast<QLineEdit *>(focused) || focused->property("focusRing").toBool();
    return ringed ? focused : nullptr;
}

void FocusRing::follow(QWidget *focused)
{
    const bool here = focused && focused->window() == parentWidget()->window();
    setWidget(here ? surrounded(focused) : nullptr);
    if (widget())
        raise();
}

} // namespace kernelyard
