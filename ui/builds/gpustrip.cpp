// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/gpustrip.h"

#include "ui/models/gpufigures.h"
#include "ui/models/wording.h"
#include "ui/widgets/linechart.h"
#include "ui/widgets/measure.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace kernelyard {

GpuStrip::GpuStrip(QWidget *parent)
    : Card(parent)
    , m_gpu(new QComboBox)
{
    setHeader(tr("GPU"));
    m_gpu->setAccessibleName(tr("GPU shown"));
    headerActions()->addWidget(m_gpu);
    auto *row = new QHBoxLayout;
    row->setSpacing(px(16));
    for (int i = 0; i < 4; ++i) {
        m_charts.append(new LineChart);
        m_charts.last()->setFixedHeight(px(88));
        row->addWidget(m_charts.last(), 1);
    }
    body()->addLayout(row);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    connect(m_gpu, &QComboBox::currentIndexChanged, this, [this] {
        m_isChosen = true;
        showChosen();
    });
    hide();
}

/// The GPU whose highest load was the highest is shown until the user chooses: a build seldom has them all.
static int busiest(const GpuRecord &record)
{
    int best = 0;
    float most = -1;
    for (int i = 0; i < record.last.gpus.size(); ++i)
        for (const GpuPoint &point : record.history.of(record.last.gpus[i].index))
            if (point.utilisation > most) {
                most = point.utilisation;
                best = i;
            }
    return best;
}

void GpuStrip::setRecord(const GpuRecord &record, bool isRunning)
{
    const bool sameGpus = m_gpu->count() == record.last.gpus.size();
    m_record = record;
    m_isRunning = isRunning;
    if (!sameGpus) {
        const QSignalBlocker quiet(m_gpu);
        m_gpu->clear();
        for (const GpuStatus &gpu : record.last.gpus)
            m_gpu->addItem(titleOf(gpu));
        m_isChosen = false;
    }
    if (!m_isChosen) {
        const QSignalBlocker quiet(m_gpu);
        m_gpu->setCurrentIndex(busiest(record));
    }
    m_gpu->setVisible(m_gpu->count() > 1);
    setVisible(!record.isEmpty());
    showChosen();
}

/// Of what has ended the highest value tells more than the last one.
static ChartData asPeak(ChartData data)
{
    data.isPast = true;
    double most = -1;
    for (const QPointF &point : std::as_const(data.points))
        if (point.y() > most) // false for unknown ones
            most = point.y();
    if (most >= 0) {
        data.value = QString::number(most, 'f', most < 100 && most != std::floor(most) ? 1 : 0);
        data.unit = GpuStrip::tr("%1 peak").arg(data.unit);
    }
    return data;
}

void GpuStrip::showChosen()
{
    if (m_gpu->currentIndex() < 0 || m_gpu->currentIndex() >= m_record.last.gpus.size())
        return;
    const GpuStatus &gpu = m_record.last.gpus[m_gpu->currentIndex()];
    const QList<GpuPoint> &points = m_record.history.of(gpu.index);
    const qint64 first = points.isEmpty() ? 0 : points.first().atMs, last = points.isEmpty() ? 0 : points.last().atMs;
    const double span = std::max(10.0, static_cast<double>(last - first) / 1000);
    const QString time = durationText(std::chrono::milliseconds(last - first));
    setHeader(tr("GPU"), m_gpu->count() > 1 ? time : tr("%1, %2").arg(titleOf(gpu), time));
    setAccessibleName(tr("GPU during this build")); // the header's title alone does not say when
    const QList<ChartData> charts = chartsOf(gpu, points, last, span, ChartWords::Short);
    for (qsizetype i = 0; i < charts.size(); ++i) {
        m_charts[i]->setData(m_isRunning ? charts[i] : asPeak(charts[i]));
    }
}

} // namespace kernelyard
