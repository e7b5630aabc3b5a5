// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/nvmlgpm.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kernelyard {

using nvml::Return;

void NvmlGpm::Free::operator()(nvml::GpmSample sample) const
{
    calls->start("nvmlGpmSampleFree", function, sample); // of a GPU that is lost, too
}

NvmlGpm::Sample NvmlGpm::take(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device, int gpuInstance)
{
    nvml::GpmSample allocated = nullptr;
    if (calls.call("nvmlGpmSampleAlloc", f.gpmAllocate, &allocated) != Return::Success)
        return {};
    Sample sample(allocated, {&calls, f.gpmFree});
    if (calls.call("nvmlGpmMigSampleGet", f.gpmMigSample, device, uint32_t(gpuInstance), allocated) != Return::Success)
        return {};
    return sample;
}

std::optional<int> NvmlGpm::busy(NvmlCaller &calls, const nvml::Functions &f, const Sample &first, const Sample &second)
{
    nvml::GpmMetrics asked{};
    asked.version = nvml::gpmMetricsVersion;
    asked.count = 1;
    asked.first = first.get();
    asked.second = second.get();
    const nvml::GpmMetric &metric = asked.metrics[0];
    asked.metrics[0].id = nvml::gpmGraphicsUtilisation;
    if (calls.call("nvmlGpmMetricsGet", f.gpmMetrics, &asked) != Return::Success || metric.code != Return::Success ||
        !std::isfinite(metric.value))
        return std::nullopt;
    return static_cast<int>(std::lround(std::clamp(metric.value, 0.0, 100.0)));
}

void NvmlGpm::read(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device, QList<NvmlSlice> &slices)
{
    std::map<QString, Sampled> before = std::exchange(m_sampled, {});
    nvml::GpmSupport support{nvml::gpmSupportVersion, 0};
    if (slices.isEmpty() ||
        calls.call("nvmlGpmQueryDeviceSupport", f.gpmSupport, device, &support) != Return::Success ||
        support.isSupported == 0)
        return;
    for (auto &[handle, slice] : slices) {
        if (slice.uuid.isEmpty() || !slice.gpuInstance)
            continue;
        Sampled &now = m_sampled[slice.uuid];
        now = std::move(before[slice.uuid]);
        if (!now.sample || Clock::now() - now.at >= renewal) {
            Sample next = take(calls, f, device, *slice.gpuInstance);
            now.percent = now.sample && next ? busy(calls, f, now.sample, next) : std::nullopt;
            now.sample = std::move(next);
            now.at = Clock::now();
        }
        slice.utilisationPercent = now.percent;
    }
}

bool NvmlGpm::wantsAnother() const
{
    return std::ranges::any_of(m_sampled, [](const auto &one) { return one.second.sample && !one.second.percent; });
}

} // namespace kernelyard
