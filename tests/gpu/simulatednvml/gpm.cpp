// SPDX-License-Identifier: GPL-3.0-or-later
// GPM, which came with R520 for Hopper.
#include "tests/gpu/simulatednvml/simulation.h"

#if GENERATION >= 535
#include <chrono>
#include <cmath>
#include <cstddef>
#include <set>

using namespace kernelyard::nvml;
using namespace simulated;

// nvml.h in numbers. It has room for 98 metrics in CUDA 12.1 to 12.8, 210 in 12.9 to 13.1, 333 in 13.2 and 13.3.
static_assert(sizeof(GpmSupport) == 8 && offsetof(GpmSupport, isSupported) == 4 && gpmSupportVersion == 1);
static_assert(sizeof(GpmMetric) == 40 && offsetof(GpmMetric, code) == 4 && offsetof(GpmMetric, value) == 8 &&
              offsetof(GpmMetric, shortName) == 16 && offsetof(GpmMetric, unit) == 32);
static_assert(offsetof(GpmMetrics, count) == 4 && offsetof(GpmMetrics, first) == 8 &&
              offsetof(GpmMetrics, second) == 16 && offsetof(GpmMetrics, metrics) == 24 &&
              sizeof(GpmMetrics) >= 24 + 333 * 40 && gpmMetricsVersion == 1);
static_assert(gpmGraphicsUtilisation == 1);

namespace kernelyard::nvml {
struct GpmSampleBuffer
{
    int gpu = -1;
    uint32_t instance = 0;
    std::chrono::steady_clock::time_point at;
};
} // namespace kernelyard::nvml

static std::set<GpmSample> samples;

EXPORT Return nvmlGpmQueryDeviceSupport(Device device, GpmSupport *support)
{
    if (support->version != gpmSupportVersion)
        return Return::ArgumentVersionMismatch;
    const Return code = gate("nvmlGpmQueryDeviceSupport", gpuOf(device));
    support->isSupported = scenario.gpm.contains(gpuOf(device));
    return code;
}

EXPORT Return nvmlGpmSampleAlloc(GpmSample *sample)
{
    if (const Return code = gate("nvmlGpmSampleAlloc"); code != Return::Success)
        return code;
    *sample = *samples.insert(new GpmSampleBuffer).first;
    return Return::Success;
}

EXPORT Return nvmlGpmSampleFree(GpmSample sample)
{
    const Return code = gate("nvmlGpmSampleFree");
    if (samples.erase(sample) == 0)
        return Return::InvalidArgument;
    delete sample;
    return code;
}

EXPORT Return nvmlGpmMigSampleGet(Device device, uint32_t instance, GpmSample sample)
{
    if (!samples.contains(sample) || sliceOf(device) >= 0)
        return Return::InvalidArgument;
    if (const Return code = gate("nvmlGpmMigSampleGet", gpuOf(device)); code != Return::Success)
        return code;
    if (!scenario.gpm.contains(gpuOf(device)))
        return Return::NotSupported;
    *sample = {gpuOf(device), instance, std::chrono::steady_clock::now()};
    return Return::Success;
}

EXPORT Return nvmlGpmMetricsGet(GpmMetrics *asked)
{
    if (asked->version != gpmMetricsVersion)
        return Return::ArgumentVersionMismatch;
    if (!samples.contains(asked->first) || !samples.contains(asked->second))
        return Return::InvalidArgument;
    const GpmSampleBuffer &first = *asked->first, &second = *asked->second;
    if (first.gpu != second.gpu || first.instance != second.instance ||
        second.at - first.at < std::chrono::milliseconds(100))
        return Return::InvalidArgument;
    if (const Return code = gate("nvmlGpmMetricsGet", first.gpu); code != Return::Success)
        return code;
    const int busy = scenario.gpm[first.gpu];
    for (uint32_t i = 0; i < asked->count; ++i) {
        GpmMetric &metric = asked->metrics[i];
        const bool told = metric.id == gpmGraphicsUtilisation && busy >= 0;
        metric.code = told ? Return::Success : Return::NotSupported;
        metric.value = told ? busy + static_cast<double>(first.instance) / 8 : std::nan("");
    }
    return Return::Success;
}
#endif
