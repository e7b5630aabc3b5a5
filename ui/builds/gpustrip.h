// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/gpurecord.h"
#include "ui/widgets/card.h"

class QComboBox;

namespace kernelyard {

class LineChart;

/// What a GPU did while a build had it: the same four charts as on the GPU page, from the first reading to the last.
/// Hidden while nothing was recorded.
class GpuStrip : public Card
{
    Q_OBJECT

public:
    explicit GpuStrip(QWidget *parent = nullptr);

    void setRecord(const GpuRecord &record, bool isRunning);
    const QList<LineChart *> &charts() const { return m_charts; }

private:
    void showChosen();

    GpuRecord m_record;
    bool m_isRunning = false;
    QComboBox *m_gpu;        ///< only where there are several
    bool m_isChosen = false; ///< by the user
    QList<LineChart *> m_charts;
};

} // namespace kernelyard
