// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/gpurest.h"
#include "core/gpu/kernelgpus.h"
#include "core/gpu/nvidiasmi.h"
#include "core/gpu/nvmlreader.h"

namespace kernelyard {

struct GpuReaderOptions
{
    QString library; ///< see NvmlLibrary::open
    QString root;    ///< of /proc, /sys and /dev; empty: this machine's
    QSet<int> skipped;
    bool smi = true;     ///< nvidia-smi may be run
    bool mayWake = true; ///< else GPUs that all sleep are left asleep, and those that nothing uses may fall asleep
    std::chrono::milliseconds idle{60000}; ///< for which nothing must have used those
};

/// Reads the GPUs by the best way that works: NVML, else nvidia-smi, else what the kernel tells. Any call may never
/// return: see NvmlReader.
class GpuReader
{
public:
    GpuReader(CallWatch &watch, GpuReaderOptions options);

    GpuReading read();
    bool wantsAnother() const { return m_nvml.wantsAnother(); } ///< see NvmlReader

private:
    std::optional<GpuReading> asleep();
    GpuReading byOtherWays(const GpuReading &nvml);
    KernelGpus askKernel(Waking waking = Waking::Allowed);
    bool isIdle(const GpuReading &reading) const;
    void compareWithKernel(GpuReading &reading);

    CallWatch &m_watch;
    GpuReaderOptions m_options;
    NvmlReader m_nvml;
    NvidiaSmi m_smi;
    GpuRest m_rest;
    QList<GpuStatus> m_seenByKernel; ///< when NVML was initialised
    int m_comparedWith = 0;          ///< that initialisation
    bool m_lacksSome = false;        ///< NVML lists fewer
};

} // namespace kernelyard
