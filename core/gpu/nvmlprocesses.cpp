// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/nvmlprocesses.h"

#include <algorithm>
#include <cstring>
#include <vector>

using namespace std::chrono_literals;

namespace kernelyard {

using nvml::Return;

namespace {

/// The driver takes a sample now and then, not for each reading.
constexpr auto loadLasts = 3s;

/// Calls with room for a list of \a Record, of which each may take \a each bytes, and with more where it was too
/// little.
template <class Record, class Call>
std::optional<std::vector<Record>> listOf(std::size_t each, Call &&call, Return *why = nullptr)
{
    for (uint32_t room = 256; room <= 1 << 16; room *= 2) {
        std::vector<uint64_t> buffer((each * room + 7) / 8);
        uint32_t count = room;
        const Return code = call(&count, reinterpret_cast<Record *>(buffer.data()));
        if (why)
            *why = code;
        if (code == Return::InsufficientSize)
            continue;
        if (code != Return::Success)
            return std::nullopt;
        std::vector<Record> records(std::min(count, room));
        if (!records.empty())
            std::memcpy(records.data(), buffer.data(), records.size() * sizeof(Record));
        return records;
    }
    return std::nullopt;
}

template <class Info>
GpuProcess processOf(const Info &info, bool graphics)
{
    GpuProcess process;
    process.pid = info.pid;
    process.graphics = graphics;
    if (info.usedGpuMemory != nvml::valueNotAvailable)
        process.memoryBytes = static_cast<qint64>(info.usedGpuMemory);
    if constexpr (requires { info.gpuInstance; })
        if (info.gpuInstance != nvml::noInstance)
            process.gpuInstance = static_cast<int>(info.gpuInstance);
    return process;
}

/// By process and slice: one that computes and draws is listed twice.
using Found = std::map<std::pair<qint64, int>, GpuProcess>;

/// False: not told.
bool addProcesses(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device, std::optional<int> instance,
                  Found &found)
{
    const auto list = [&]<class Info>(const char *name, nvml::Function<nvml::Device, uint32_t *, Info *> function,
                                      bool graphics) {
        const auto all = listOf<Info>(nvml::processRoom, [&](uint32_t *count, Info *infos) {
            return calls.call(name, function, device, count, infos);
        });
        if (!all)
            return false;
        for (const Info &info : *all) {
            GpuProcess process = processOf(info, graphics);
            if (instance)
                process.gpuInstance = instance;
            found.try_emplace({process.pid, process.gpuInstance.value_or(-1)}, process);
        }
        return true;
    };
    const bool computing = list("nvmlDeviceGetComputeRunningProcesses", f.computeProcesses2, false) ||
                           list("nvmlDeviceGetComputeRunningProcesses", f.computeProcesses1, false);
    const bool drawing = list("nvmlDeviceGetGraphicsRunningProcesses", f.graphicsProcesses2, true) ||
                         list("nvmlDeviceGetGraphicsRunningProcesses", f.graphicsProcesses1, true);
    return computing || drawing;
}

} // namespace

std::optional<QList<GpuProcess>> NvmlProcesses::read(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device,
                                                     const QList<NvmlSlice> &slices)
{
    Found found;
    bool told = false;
    for (const NvmlSlice &one : slices)
        told = addProcesses(calls, f, one.device, one.slice.gpuInstance, found) || told;
    if (slices.isEmpty())
        told = addProcesses(calls, f, device, {}, found);
    if (!told)
        return std::nullopt;
    QList<GpuProcess> processes;
    for (const auto &[key, process] : found)
        processes << process;
    addLoads(calls, f, device, processes);
    return processes;
}

void NvmlProcesses::addLoads(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device,
                             QList<GpuProcess> &processes)
{
    if (processes.isEmpty()) {
        m_loads.clear();
        return;
    }
    const auto now = Clock::now();
    Return code{};
    auto samples = listOf<nvml::ProcessUtilization>(
        sizeof(nvml::ProcessUtilization),
        [&](uint32_t *count, nvml::ProcessUtilization *all) {
            return calls.call("nvmlDeviceGetProcessUtilization", f.processUtilization, device, all, count, m_seen);
        },
        &code);
    if (!samples && code != Return::NotFound) // NotFound: there is no newer sample
        return;
    if (samples) {
        std::ranges::sort(*samples, {}, &nvml::ProcessUtilization::timeStamp);
        for (const nvml::ProcessUtilization &sample : *samples) {
            m_seen = std::max(m_seen, sample.timeStamp);
            if (sample.sm <= 100)
                m_loads[sample.pid] = {static_cast<int>(sample.sm), now};
        }
    }
    std::erase_if(m_loads, [now](const auto &load) { return now - load.second.at > loadLasts; });
    for (GpuProcess &process : processes) {
        const auto load = m_loads.find(process.pid);
        process.smPercent = load == m_loads.end() ? 0 : load->second.percent;
    }
}

} // namespace kernelyard
