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

void FocusRing::follow(QWidget *focused)
{
    const bool ringed = focused && focused->window() == parentWidget()->window() &&
                        (qobject_cast<QAbstractButton *>(focused) || qobject_cast<QComboBox *>(focused) ||
                         qobject_cast<QLineEdit *>(focused) || focused->property("focusRing").toBool());
    setWidget(ringed ? focused : nullptr);
    if (ringed)
        raise();
}

} // namespace kernelyard
