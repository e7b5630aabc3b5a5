// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/gpu.h"

#include <QMap>

#include <chrono>

namespace kernelyard {

/// What a chart shows of one GPU at one moment; NaN: unknown.
struct GpuPoint
{
    qint64 atMs = 0;
    float utilisation = 0; ///< per cent
    float memoryGiB = 0;
    float temperature = 0; ///< °C
    float power = 0;       ///< watts
};

/// The last half hour of every GPU, in memory. Also made from the samples kept beside a build.
class GpuHistory
{
public:
    static constexpr std::chrono::minutes span{30};

    void add(const GpuReading &reading);
    const QList<GpuPoint> &of(int gpu) const; ///< oldest first
    QString nameOf(int gpu) const { return m_names.value(gpu); }

private:
    QMap<int, QList<GpuPoint>> m_points;
    QMap<int, QString> m_names;
};

} // namespace kernelyard
