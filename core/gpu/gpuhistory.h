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

/// The last half hour of every GPU, in memory; or all that was kept beside a build.
class GpuHistory
{
public:
    explicit GpuHistory(std::chrono::minutes span = std::chrono::minutes(30))
        : m_span(span)
    {}

    void add(const GpuReading &reading);
    /// Of the GPU that had the index \a gpu last, whichever it had before; oldest first.
    const QList<GpuPoint> &of(int gpu) const;
    QString nameOf(int gpu) const { return m_names.value(m_ids.value(gpu)); }

private:
    std::chrono::minutes m_span;
    QMap<int, QString> m_ids; ///< by index; the rest by id
    QMap<QString, QList<GpuPoint>> m_points;
    QMap<QString, QString> m_names;
};

} // namespace kernelyard
