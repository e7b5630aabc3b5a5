// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gpu/gpucard.h"

#include "ui/gpu/factline.h"
#include "ui/gpu/faultwords.h"
#include "ui/gpu/slicebars.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/label.h"
#include "ui/widgets/linechart.h"
#include "ui/widgets/measure.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace kernelyard {

GpuCard::GpuCard(QWidget *parent)
    : Card(parent)
    , m_badge(new Badge)
    , m_facts(new FactLine)
    , m_slices(new SliceBars)
    , m_fault(new FaultWords)
    , m_silent(new Label(tr("Nothing can be read of it until the driver works again."), Type::Secondary, Tone::Muted))
{
    setHeader(u" "_s);
    headerActions()->addWidget(m_badge);
    auto *row = new QHBoxLayout;
    row->setSpacing(px(16));
    for (int i = 0; i < 4; ++i) {
        m_charts.append(new LineChart);
        m_charts.last()->setMinimumHeight(px(100));
        m_charts.last()->setMaximumHeight(px(110));
        row->addWidget(m_charts.last(), 1);
    }
    body()->addWidget(m_fault);
    body()->addWidget(m_silent);
    body()->addLayout(row);
    body()->addWidget(m_facts);
    body()->addWidget(m_slices);
}

ChartWords GpuCard::words() const
{
    return width() < px(640) ? ChartWords::Short : ChartWords::Long;
}

void GpuCard::show(const Shown &shown)
{
    const GpuStatus &gpu = shown.gpu;
    setHeader(titleOf(gpu), kindOf(gpu, shown.table));
    setAccessibleName(titleOf(gpu));
    const GpuBadge badge = badgeOf(gpu, shown.owners);
    m_badge->setState(badge.state, badge.word);
    const QList<ChartData> charts = chartsOf(gpu, shown.history, shown.atMs, shown.spanSeconds, words());
    for (qsizetype i = 0; i < charts.size(); ++i)
        m_charts[i]->setData(charts[i]);
    m_facts->setFacts(factsOf(gpu));
    m_slices->setSlices(gpu.slices);
    m_slices->setVisible(!gpu.slices.isEmpty());
    showFault(shown);
}

void GpuCard::showFault(const Shown &shown)
{
    const GpuStatus &gpu = shown.gpu;
    const bool healthy = gpu.fault.condition == GpuCondition::Healthy;
    const bool known = std::any_of(m_charts.cbegin(), m_charts.cend(), [](const LineChart *chart) {
        return std::any_of(chart->data().points.cbegin(), chart->data().points.cend(),
                           [](const QPointF &point) { return !std::isnan(point.y()); });
    });
    // What was read before a fault stays to be seen; charts that never had a value say nothing.
    for (LineChart *chart : m_charts)
        chart->setVisible(healthy || known);
    m_facts->setVisible(healthy);
    m_fault->setVisible(!healthy && gpu.fault != shown.whole);
    m_silent->setVisible(!healthy && gpu.fault == shown.whole && !known);
    setBar(isTrouble(gpu.fault.condition) ? std::optional(m_badge->state()) : std::nullopt);
    if (healthy)
        return;
    qint64 last = 0;
    for (const GpuPoint &point : shown.history)
        if (!std::isnan(point.temperature) || !std::isnan(point.memoryGiB))
            last = point.atMs;
    m_fault->setFault(gpu.fault, titleOf(gpu), gpu.id(), last);
}

} // namespace kernelyard
