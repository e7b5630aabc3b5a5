// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpureader.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QElapsedTimer>
#include <QFile>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

/// nvidia-smi wakes each GPU when the persistence daemon does not run: that takes seconds.
static constexpr auto smiLimit = 10s;

GpuReader::GpuReader(CallWatch &watch, GpuReaderOptions options)
    : m_watch(watch)
    , m_options(std::move(options))
    , m_nvml(watch, m_options.library, m_options.skipped)
    , m_rest(m_options.idle)
{}

/// NVML's own words for what only it can see; of what stands in /proc and /sys those tell more.
static GpuFault faultOf(const GpuReading &asked, const KernelGpus &kernel)
{
    // Under WSL the driver is Windows'; its part there is /dev/dxg, which other vendors' GPUs have as well.
    const bool loaded = !kernel.moduleVersion.isEmpty() || isToldByADriver(asked.fault.condition) ||
                        (kernel.isWsl && asked.fault.condition != GpuCondition::NoLibrary);
    if (!loaded && kernel.gpus.isEmpty())
        return {GpuCondition::NoDevice, asked.fault.evidence};
    if (!loaded)
        return {GpuCondition::NoDriver, asked.fault.evidence};
    if (asked.fault.condition == GpuCondition::NoDriver && !kernel.moduleVersion.isEmpty() &&
        !kernel.deviceNodes.contains("nvidiactl"_L1))
        return {GpuCondition::NoDeviceNodes, asked.fault.evidence};
    return asked.fault;
}

/// A driver that can't reach a GPU does not always say so.
static bool mayBeOffTheBus(const GpuFault &fault)
{
    return fault.condition == GpuCondition::Failed || fault.condition == GpuCondition::NotTaken;
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
    const KernelGpus kernel = askKernel();
    GpuReading reading;
    reading.source = kernel.gpus.isEmpty() && kernel.moduleVersion.isEmpty() ? GpuSource::None : GpuSource::Kernel;
    reading.driver = kernel.moduleVersion;
    reading.gpus = kernel.gpus;
    reading.fault = faultOf(asked, kernel);
    reading.detail = nvml.fault.evidence;
    if (reading.fault.condition == GpuCondition::NoDevice) {
        reading.gpus.removeIf([this](const GpuStatus &gpu) { return !isExpected(gpu, m_options.root); });
        if (!reading.gpus.isEmpty())
            reading.fault = {GpuCondition::NotTaken, {}};
    }
    const auto isOff = [this](const GpuStatus &gpu) { return isOffTheBus(gpu.busId, m_options.root); };
    if (mayBeOffTheBus(reading.fault) && !reading.gpus.isEmpty() && std::ranges::all_of(reading.gpus, isOff))
        reading.fault.condition = GpuCondition::FallenOffBus;
    for (GpuStatus &gpu : reading.gpus) {
        gpu.fault = reading.fault;
        if (mayBeOffTheBus(gpu.fault) && isOff(gpu))
            gpu.fault.condition = GpuCondition::FallenOffBus;
    }
    return reading;
}

KernelGpus GpuReader::askKernel(Waking waking)
{
    m_watch.begin("/sys");
    KernelGpus kernel = readKernelGpus(m_options.root, waking);
    m_watch.end();
    return kernel;
}

/// What the kernel tells, where NVML would wake GPUs that must not be woken.
std::optional<GpuReading> GpuReader::asleep()
{
    if (m_options.mayWake || m_nvml.isOpen())
        return std::nullopt;
    KernelGpus kernel = askKernel(Waking::Avoided);
    const auto sleeps = [](const GpuStatus &gpu) { return gpu.fault.condition == GpuCondition::Asleep; };
    if (kernel.gpus.isEmpty())
        return std::nullopt;
    if (std::ranges::all_of(kernel.gpus, sleeps))
        m_rest.slept();
    else if (!m_rest.isTried(GpuRest::Clock::now()))
        return std::nullopt;
    for (GpuStatus &gpu : kernel.gpus) {
        if (!sleeps(gpu))
            gpu.fault = {GpuCondition::Asleep,
                         QCoreApplication::translate("Gpu", "Nothing uses it: it is let fall asleep.")};
        const auto seen = std::ranges::find(m_seenByKernel, gpu.busId, &GpuStatus::busId);
        if (seen != m_seenByKernel.end()) {
            gpu.name = seen->name;
            gpu.uuid = seen->uuid;
        }
    }
    GpuReading reading;
    reading.source = GpuSource::Kernel;
    reading.driver = kernel.moduleVersion;
    reading.gpus = kernel.gpus;
    return reading;
}

/// Whether all of them could sleep and nothing but the watch is seen that keeps them awake. A display server has every
/// GPU open and lets it sleep.
bool GpuReader::isIdle(const GpuReading &reading) const
{
    const auto computes = [](const GpuProcess &process) { return !process.graphics; };
    return !reading.gpus.isEmpty() && std::ranges::all_of(reading.gpus, [&](const GpuStatus &gpu) {
        return gpu.fault.condition == GpuCondition::Healthy && gpu.utilisationPercent == 0 && gpu.display != true &&
               gpu.processes && std::ranges::none_of(*gpu.processes, computes) &&
               fallsAsleep(gpu.busId, m_options.root);
    });
}

/// NVML leaves out a GPU that it could not start, and does not say which one it is that it has no handle of.
void GpuReader::compareWithKernel(GpuReading &reading)
{
    if (m_comparedWith != m_nvml.initialisations()) {
        m_comparedWith = m_nvml.initialisations();
        m_seenByKernel = askKernel().gpus;
    }
    QList<GpuStatus> rest = m_seenByKernel;
    rest.removeIf([&reading](const GpuStatus &seen) {
        return std::ranges::find(reading.gpus, seen.busId, &GpuStatus::busId) != reading.gpus.end();
    });
    m_lacksSome = false;
    for (GpuStatus &gpu : reading.gpus)
        if (gpu.id().isEmpty() && !rest.isEmpty()) {
            const GpuStatus seen = rest.takeFirst();
            gpu.name = seen.name;
            gpu.uuid = seen.uuid;
            gpu.busId = seen.busId;
        }
    for (GpuStatus &seen : rest)
        if (isExpected(seen, m_options.root)) {
            seen.index = static_cast<int>(reading.gpus.size());
            seen.driver = reading.driver;
            seen.fault = {GpuCondition::NotTaken, seen.busId};
            reading.gpus << seen;
            m_lacksSome = true;
        }
    for (GpuStatus &gpu : reading.gpus)
        if (mayBeOffTheBus(gpu.fault) && isOffTheBus(gpu.busId, m_options.root))
            gpu.fault.condition = GpuCondition::FallenOffBus;
}

GpuReading GpuReader::read()
{
    QElapsedTimer timer;
    timer.start();
    GpuReading reading;
    if (std::optional<GpuReading> left = asleep()) {
        reading = std::move(*left);
    } else {
        reading = m_nvml.read(m_lacksSome);
        if (reading.fault.condition != GpuCondition::Healthy)
            reading = byOtherWays(reading);
        else
            compareWithKernel(reading);
        if (!m_options.mayWake && m_nvml.isOpen() && m_rest.letsGo(isIdle(reading), GpuRest::Clock::now()))
            m_nvml.close();
    }
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
