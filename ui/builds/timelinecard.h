// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/card.h"

class QAction;

namespace kernelyard {

class Timeline;

/// The timeline below its header: what the marks mean, and the switch for CPU.
class TimelineCard : public Card
{
    Q_OBJECT

public:
    explicit TimelineCard(QWidget *parent = nullptr);

    Timeline *timeline() const { return m_timeline; }
    QAction *cpuAction() const { return m_cpu; }

private:
    Timeline *m_timeline;
    QAction *m_cpu;
};

} // namespace kernelyard
