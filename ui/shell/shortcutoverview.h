// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QAction;

namespace kernelyard {

/// F1: every action that has keys, by its name; read from the actions themselves, so that it can't be out of date.
class ShortcutOverview : public QDialog
{
    Q_OBJECT

public:
    /// Groups in order, each with its title.
    ShortcutOverview(const QList<std::pair<QString, QList<QAction *>>> &groups, QWidget *parent = nullptr);
};

} // namespace kernelyard
