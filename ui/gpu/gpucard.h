// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/gpufigures.h"
#include "ui/widgets/card.h"

namespace kernelyard {

class Badge;
class FactLine;
class FaultWords;
class Label;
class LineChart;
class SliceBars;

/// One GPU: charts with limits, facts, slices; its fault with the remedy above them.
class GpuCard : public Card
{
    Q_OBJECT

public:
    explicit GpuCard(QWidget *parent = nullptr);

    struct Shown
    {
        const GpuStatus &gpu;
        const QList<GpuPoint> &history;
        const GpuOwners &owners;
        const ArchitectureTable &table;
        const GpuFault &whole; ///< the driver's fault, which the page tells once for all GPUs
        qint64 atMs = 0;
        double spanSeconds = 300;
    };
    void show(const Shown &shown);
    const Badge &badge() const { return *m_badge; }
    const FaultWords &fault() const { return *m_fault; }
    const SliceBars &slices() const { return *m_slices; }
    const QList<LineChart *> &charts() const { return m_charts; }

private:
    void showFault(const Shown &shown);
    ChartWords words() const;

    Badge *m_badge;
    QList<LineChart *> m_charts;
    FactLine *m_facts;
    SliceBars *m_slices;
    FaultWords *m_fault;
    Label *m_silent; ///< in place of all, while the page tells the fault
};

} // namespace kernelyard
