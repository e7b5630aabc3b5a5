// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/listkeys.h"

#include <QAbstractItemView>
#include <QCoreApplication>
#include <QKeyEvent>

namespace kernelyard {

ListKeys::ListKeys(QAbstractItemView *view)
    : QObject(view)
{
    view->installEventFilter(this);
}

bool ListKeys::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() != QEvent::KeyPress)
        return false;
    auto *view = static_cast<QAbstractItemView *>(watched);
    const auto *key = static_cast<QKeyEvent *>(event);
    if (key->modifiers() != Qt::NoModifier && key->modifiers() != Qt::KeypadModifier)
        return false;
    if (key->key() == Qt::Key_J || key->key() == Qt::Key_K) {
        QKeyEvent moved(QEvent::KeyPress, key->key() == Qt::Key_J ? Qt::Key_Down : Qt::Key_Up, Qt::NoModifier);
        QCoreApplication::sendEvent(view, &moved);
        return true;
    }
    if ((key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) && view->currentIndex().isValid()) {
        Q_EMIT view->activated(view->currentIndex());
        return true;
    }
    return false;
}

} // namespace kernelyard
