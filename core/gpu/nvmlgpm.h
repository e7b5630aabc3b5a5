// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/nvmlprocesses.h"

#include <map>
#include <memory>

namespace kernelyard {

/// How busy each slice of one GPU is, which only GPM (GPU Performance Monitoring, Hopper and newer) tells: from the
/// counters of its GPU instance at two moments. Its samples belong to the library: it must end before that.
class NvmlGpm
{
public:
    /// From one sample to the next, at least: nvml.h wants more than 100 ms.
    static constexpr std::chrono::milliseconds renewal{110};

    /// Fills in utilisationPercent of those slices that have been sampled before. \a calls must outlive this.
    void read(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device, QList<NvmlSlice> &slices);
    /// Whether some slice was sampled and has no figure yet.
    bool wantsAnother() const;

private:
    using Clock = std::chrono::steady_clock;
    struct Free
    {
        NvmlCaller *calls;
        nvml::Function<nvml::GpmSample> function;
        void operator()(nvml::GpmSample sample) const;
    };
    using Sample = std::unique_ptr<nvml::GpmSampleBuffer, Free>;
    struct Sampled
    {
        Sample sample;
        Clock::time_point at;
        std::optional<int> percent; ///< since the sample before
    };

    static Sample take(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device, int gpuInstance);
    static std::optional<int> busy(NvmlCaller &calls, const nvml::Functions &f, const Sample &first,
                                   const Sample &second);

    std::map<QString, Sampled> m_sampled; ///< by UUID: another slice may get the number of one that is gone
};

} // namespace kernelyard
