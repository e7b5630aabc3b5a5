// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpureader.h"

#include "core/gpu/kernelgpus.h"
#include "core/gpu/nvidiasmi.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QFile>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

/// nvidia-smi wakes each GPU when the persistence daemon does not run: that takes seconds.
static constexpr auto smiLimit = 10s;

GpuReader::GpuReader(CallWatch &watch, GpuReaderOptions options)
    : m_watch(watch)
    , m_options(std::move(options))
    , m_nvml(watch, m_options.library, m_options.skipped)
{}

/// NVML's own words for what only it can see; of what stands in /proc and /sys those tell more.
static GpuFault faultOf(const GpuReading &asked, const KernelGpus &kernel)
{
    const bool loaded = !kernel.moduleVersion.isEmpty() || isToldByADriver(asked.fault.condition);
    if (!loaded && kernel.gpus.isEmpty())
        return {GpuCondition::NoDevice, asked.fault.evidence};
    if (!loaded)
        return {GpuCondition::NoDriver, asked.fault.evidence};
    return asked.fault;
}

GpuReading GpuReader::byOtherWays(const GpuReading &nvml)
{
    GpuReading asked = nvml;
    const GpuCondition why = nvml.fault.condition;
    if (m_options.smi && (why == GpuCondition::NoLibrary || why == GpuCondition::Failed)) {
        if (Result<GpuReading> smi = m_smi.read(smiLimit)) {
            if (smi->fault.condition == GpuCondition::Healthy) {
                smi->detail = nvml.fault.evidence;
                return *smi;
            }
            asked = *smi;
        } else if (smi.error().kind == ErrorKind::Timeout) {
            asked.fault = {GpuCondition::Stuck, smi.error().message};
        } else if (smi.error().kind != ErrorKind::Missing) {
            asked.fault = {GpuCondition::Failed, smi.error().detail};
        }
    }
    m_watch.begin("/sys");
    const KernelGpus kernel = readKernelGpus(m_options.root);
    m_watch.end();
    GpuReading reading;
    reading.source = kernel.gpus.isEmpty() && kernel.moduleVersion.isEmpty() ? GpuSource::None : GpuSource::Kernel;
    reading.driver = kernel.moduleVersion;
    reading.gpus = kernel.gpus;
    reading.fault = faultOf(asked, kernel);
    reading.detail = nvml.fault.evidence;
    for (GpuStatus &gpu : reading.gpus)
        gpu.fault = reading.fault;
    return reading;
}

GpuReading GpuReader::read()
{
    QElapsedTimer timer;
    timer.start();
    GpuReading reading = m_nvml.read();
    if (reading.fault.condition != GpuCondition::Healthy)
        reading = byOtherWays(reading);
    QFile version(m_options.root + u"/proc/driver/nvidia/version"_s);
    if (version.open(QIODevice::ReadOnly))
        reading.moduleVersion = moduleVersionOf(version.read(4096));
    m_watch.begin("/proc"); // a process that is stuck in the driver may hold its own entry
    nameProcesses(reading, m_options.root);
    m_watch.end();
    reading.atMs = QDateTime::currentMSecsSinceEpoch();
    reading.tookMs = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    return reading;
}

} // namespace kernelyard
