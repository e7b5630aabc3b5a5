// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/plan.h"
#include "core/environment/environment.h"

#include <QDialog>

namespace kernelyard {

/// A dry run: the commands of a plan, exactly as they would run, to read and copy.
class CommandsDialog : public QDialog
{
    Q_OBJECT

public:
    CommandsDialog(const QString &title, const QList<Command> &commands, QWidget *parent = nullptr);
};

} // namespace kernelyard
