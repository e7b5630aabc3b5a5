// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/machine.h"
#include "ui/widgets/card.h"

class QAction;
class QHBoxLayout;

namespace kernelyard {

class StateLine;

/// One fact in the machine line.
struct MachineFact
{
    State state = State::Unknown;
    QString text;
};

/// Engines, GPU, cores and memory, and what is wrong, in this order.
QList<MachineFact> machineFacts(const Machine &machine);

/// "This machine": its facts in a row, and Repair where an engine has a problem.
class MachineLine : public Card
{
    Q_OBJECT

public:
    explicit MachineLine(const Machine &machine, QWidget *parent = nullptr);

    QAction *repairAction() const { return m_repair; }

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void rebuild();
    void fit();

    const Machine &m_machine;
    QHBoxLayout *m_facts;
    QAction *m_repair;
    QList<StateLine *> m_lines;
};

} // namespace kernelyard
