// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpuhistory.h"

#include <limits>

namespace kernelyard {

template <class T>
static float orNothing(const std::optional<T> &value, double scale = 1)
{
    return value ? static_cast<float>(static_cast<double>(*value) * scale) : std::numeric_limits<float>::quiet_NaN();
}

void GpuHistory::add(const GpuReading &reading)
{
    const qint64 oldest = reading.atMs - std::chrono::milliseconds(m_span).count();
    for (const GpuStatus &gpu : reading.gpus) {
        // One that was not asked has its index alone.
        const QString id = gpu.id().isEmpty() ? m_ids.value(gpu.index, QString::number(gpu.index)) : gpu.id();
        m_ids.insert(gpu.index, id);
        if (!gpu.name.isEmpty())
            m_names.insert(id, gpu.name);
        QList<GpuPoint> &points = m_points[id];
        points.append({reading.atMs, orNothing(gpu.utilisationPercent),
                       orNothing(gpu.memoryUsedBytes, 1.0 / (1LL << 30)), orNothing(gpu.temperatureCelsius),
                       orNothing(gpu.powerWatts)});
        // Many at once, so that the list moves seldom.
        qsizetype old = 0;
        while (old < points.size() && points[old].atMs < oldest)
            ++old;
        if (old > 120)
            points.remove(0, old);
    }
}

const QList<GpuPoint> &GpuHistory::of(int gpu) const
{
    static const QList<GpuPoint> none;
    const auto found = m_points.constFind(m_ids.value(gpu));
    return found == m_points.cend() ? none : *found;
}

} // namespace kernelyard
