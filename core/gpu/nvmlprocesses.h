// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/gpu.h"
#include "core/gpu/nvmlcaller.h"

#include <QList>

#include <chrono>
#include <map>

namespace kernelyard {

/// A slice and the handle by which NVML is asked of it.
struct NvmlSlice
{
    nvml::Device device = nullptr;
    MigSlice slice;
};

/// The processes of one GPU, and how busy each keeps it.
class NvmlProcesses
{
public:
    /// Of a GPU in slices each slice is asked: only root is told of all at once. Absent: not told.
    std::optional<QList<GpuProcess>> read(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device,
                                          const QList<NvmlSlice> &slices);

private:
    using Clock = std::chrono::steady_clock;
    struct Load
    {
        int percent = 0;
        Clock::time_point at;
    };

    void addLoads(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device, QList<GpuProcess> &processes);

    uint64_t m_seen = 0; ///< time stamp of the newest sample
    std::map<qint64, Load> m_loads;
};

} // namespace kernelyard
