// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"

#include <QDialog>

class QAction;
class QScrollArea;
class QVBoxLayout;

namespace kernelyard {

class Label;
class Machine;

/// Every problem of every engine: its cause, what to do, the command to copy, and a button that runs it where it needs
/// no other user's rights. Follows the machine while it is open.
class RepairDialog : public QDialog
{
    Q_OBJECT

public:
    explicit RepairDialog(Machine &machine, QWidget *parent = nullptr);

    /// Whether the window may run \a fix itself: it does not ask for root.
    static bool isRunnable(const Command &fix);

private:
    void rebuild();
    void addEngine(QVBoxLayout *column, const Engine &engine);
    void addProblem(QVBoxLayout *column, const EngineProblem &problem);
    void runFix(const Command &fix);

    Machine &m_machine;
    QScrollArea *m_scroll;
    QAction *m_check;
    Label *m_outcome;
};

} // namespace kernelyard
