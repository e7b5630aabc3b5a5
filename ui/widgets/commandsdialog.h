// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/process/command.h"

#include <QDialog>

namespace kernelyard {

/// A dry run: the commands of a plan, exactly as they would run, to read and copy.
class CommandsDialog : public QDialog
{
    Q_OBJECT

public:
    /// Some of them under a heading of their own.
    struct Group
    {
        QString heading; ///< may be empty
        QList<Command> commands;
    };
    CommandsDialog(const QString &title, const QList<Group> &groups, QWidget *parent = nullptr);
};

} // namespace kernelyard
