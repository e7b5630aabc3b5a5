// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/nvmlstatus.h"

#include <array>

using namespace Qt::StringLiterals;

namespace kernelyard {

using nvml::Return;

namespace {

/// "00000000:01:00.0" as /sys writes it: "0000:01:00.0".
QString busIdOf(const char *text, std::size_t size)
{
    QString id = QString::fromLatin1(text, qstrnlen(text, uint(size))).toLower();
    const qsizetype colon = id.indexOf(u':');
    return colon > 4 ? id.sliced(colon - 4) : id;
}

QStringList reasonWords(uint64_t reasons)
{
    const std::array<std::pair<uint64_t, QString>, 8> all{{
        {nvml::ReasonApplicationClocks, u"application clocks"_s},
        {nvml::ReasonPowerCap, u"power cap"_s},
        {nvml::ReasonHardwareThermal, u"hardware thermal"_s},
        {nvml::ReasonPowerBrake, u"power brake"_s},
        {nvml::ReasonSyncBoost, u"sync boost"_s},
        {nvml::ReasonSoftwareThermal, u"software thermal"_s},
        {nvml::ReasonHardwareSlowdown, u"hardware slowdown"_s},
        {nvml::ReasonDisplayClock, u"display clock"_s},
    }};
    QStringList words;
    for (const auto &[bit, word] : all)
        if (reasons & bit)
            words << word;
    return words;
}

std::optional<double> watts(std::optional<qint64> milliwatts)
{
    return milliwatts ? std::optional(static_cast<double>(*milliwatts) / 1000) : std::nullopt;
}

void readMemory(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device, std::optional<qint64> &used,
                std::optional<qint64> &total)
{
    nvml::Memory2 memory2{};
    memory2.version = nvml::memory2Version;
    nvml::Memory1 memory1{};
    if (calls.call("nvmlDeviceGetMemoryInfo_v2", f.memory2, device, &memory2) == Return::Success) {
        used = static_cast<qint64>(memory2.used);
        total = static_cast<qint64>(memory2.total);
    } else if (calls.call("nvmlDeviceGetMemoryInfo", f.memory1, device, &memory1) == Return::Success) {
        used = static_cast<qint64>(memory1.used);
        total = static_cast<qint64>(memory1.total);
    }
}

/// What every GPU that works answers some of.
void readVitals(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device, GpuStatus &gpu)
{
    nvml::Utilization busy{};
    if (calls.call("nvmlDeviceGetUtilizationRates", f.utilization, device, &busy) == Return::Success) {
        gpu.utilisationPercent = static_cast<int>(busy.gpu);
        gpu.memoryUtilisationPercent = static_cast<int>(busy.memory);
    }
    readMemory(calls, f, device, gpu.memoryUsedBytes, gpu.memoryTotalBytes);
    calls.take(gpu.temperatureCelsius, "nvmlDeviceGetTemperature", f.temperature, device, nvml::sensorGpu);
    std::optional<qint64> power, limit;
    calls.take(power, "nvmlDeviceGetPowerUsage", f.powerUsage, device);
    calls.take(limit, "nvmlDeviceGetEnforcedPowerLimit", f.enforcedPowerLimit, device);
    gpu.powerWatts = watts(power);
    gpu.powerLimitWatts = watts(limit);
    calls.take(gpu.smClockMHz, "nvmlDeviceGetClockInfo", f.clock, device, nvml::ClockSm);
    calls.take(gpu.memoryClockMHz, "nvmlDeviceGetClockInfo", f.clock, device, nvml::ClockMemory);
    uint64_t reasons = 0;
    if (calls.call("nvmlDeviceGetCurrentClocksEventReasons", f.clockReasons, device, &reasons) == Return::Success)
        gpu.throttleReasons = reasonWords(reasons);
}

void readEcc(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device, GpuStatus &gpu)
{
    uint32_t ecc = 0, pending = 0;
    if (calls.call("nvmlDeviceGetEccMode", f.eccMode, device, &ecc, &pending) != Return::Success)
        return;
    gpu.eccOn = ecc != 0;
    if (!ecc)
        return;
    const auto count = [&](uint32_t type, std::optional<qint64> &value) {
        uint64_t errors = 0;
        if (calls.call("nvmlDeviceGetTotalEccErrors", f.eccErrors, device, type, nvml::eccVolatile, &errors) ==
            Return::Success)
            value = static_cast<qint64>(errors);
    };
    count(nvml::EccCorrected, gpu.eccCorrected);
    count(nvml::EccUncorrected, gpu.eccUncorrected);
}

QList<NvmlSlice> readSlices(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device)
{
    QList<NvmlSlice> slices;
    uint32_t most = 0;
    if (calls.call("nvmlDeviceGetMaxMigDeviceCount", f.maxMigDevices, device, &most) != Return::Success)
        return slices;
    for (uint32_t index = 0; index < most; ++index) {
        nvml::Device handle = nullptr;
        if (calls.call("nvmlDeviceGetMigDeviceHandleByIndex", f.migDevice, device, index, &handle) != Return::Success)
            continue; // the places of slices need not be filled in order
        MigSlice slice;
        slice.index = static_cast<int>(index);
        calls.takeText(slice.name, "nvmlDeviceGetName", f.name, handle);
        slice.name = slice.name.section(u"MIG "_s, -1); // "NVIDIA H100 80GB HBM3 MIG 1g.10gb"
        calls.takeText(slice.uuid, "nvmlDeviceGetUUID", f.uuid, handle);
        calls.take(slice.gpuInstance, "nvmlDeviceGetGpuInstanceId", f.gpuInstance, handle);
        calls.take(slice.computeInstance, "nvmlDeviceGetComputeInstanceId", f.computeInstance, handle);
        nvml::Attributes attributes{};
        if (calls.call("nvmlDeviceGetAttributes_v2", f.attributes, handle, &attributes) == Return::Success)
            slice.multiprocessors = static_cast<int>(attributes.multiprocessors);
        readMemory(calls, f, handle, slice.memoryUsedBytes, slice.memoryTotalBytes);
        slices << NvmlSlice{handle, slice};
    }
    return slices;
}

/// Of a GPU that is asked without the right to see all of it: what its slices tell.
void sumMemory(GpuStatus &gpu)
{
    qint64 used = 0, total = 0;
    for (const MigSlice &slice : std::as_const(gpu.slices)) {
        if (!slice.memoryUsedBytes || !slice.memoryTotalBytes)
            return;
        used += *slice.memoryUsedBytes;
        total += *slice.memoryTotalBytes;
    }
    if (gpu.slices.isEmpty())
        return;
    gpu.memoryUsedBytes = used;
    gpu.memoryTotalBytes = total;
}

/// Where it slows itself down. From Ada on the newest drivers tell how far that is, and no longer where (nvml.h, at
/// nvmlDeviceGetTemperatureThreshold).
void readTemperatureLimit(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device, GpuStatus &gpu)
{
    for (const uint32_t threshold : {nvml::ThresholdGpuMax, nvml::ThresholdSlowdown})
        if (!gpu.temperatureLimitCelsius)
            calls.take(gpu.temperatureLimitCelsius, "nvmlDeviceGetTemperatureThreshold", f.temperatureThreshold, device,
                       threshold);
    if (gpu.temperatureLimitCelsius)
        return;
    std::optional<int> now;
    nvml::MarginTemperature margin{nvml::marginTemperatureVersion, 0};
    calls.take(now, "nvmlDeviceGetTemperature", f.temperature, device, nvml::sensorGpu);
    if (now && calls.call("nvmlDeviceGetMarginTemperature", f.marginTemperature, device, &margin) == Return::Success)
        gpu.temperatureLimitCelsius = *now + margin.celsius;
}

} // namespace

void readFixed(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device, GpuStatus &gpu)
{
    calls.takeText(gpu.name, "nvmlDeviceGetName", f.name, device);
    calls.takeText(gpu.uuid, "nvmlDeviceGetUUID", f.uuid, device);
    nvml::PciInfo3 pci3{};
    nvml::PciInfo2 pci2{};
    if (calls.call("nvmlDeviceGetPciInfo_v3", f.pci3, device, &pci3) == Return::Success)
        gpu.busId = busIdOf(pci3.busId, sizeof pci3.busId);
    else if (calls.call("nvmlDeviceGetPciInfo", f.pci2, device, &pci2) == Return::Success)
        gpu.busId = busIdOf(pci2.busId, sizeof pci2.busId);
    int major = 0, minor = 0;
    if (calls.call("nvmlDeviceGetCudaComputeCapability", f.computeCapability, device, &major, &minor) ==
        Return::Success)
        gpu.computeCapability = u"%1.%2"_s.arg(major).arg(minor);
    calls.take(gpu.smClockMaxMHz, "nvmlDeviceGetMaxClockInfo", f.maxClock, device, nvml::ClockSm);
    calls.take(gpu.memoryClockMaxMHz, "nvmlDeviceGetMaxClockInfo", f.maxClock, device, nvml::ClockMemory);
    calls.take(gpu.pcieGenerationMax, "nvmlDeviceGetMaxPcieLinkGeneration", f.pcieGenerationMax, device);
    calls.take(gpu.pcieWidthMax, "nvmlDeviceGetMaxPcieLinkWidth", f.pcieWidthMax, device);
    readTemperatureLimit(calls, f, device, gpu);
}

std::optional<Return> readLive(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device,
                               NvmlProcesses &processes, NvmlGpm &gpm, GpuStatus &gpu)
{
    calls.beginVitals();
    readVitals(calls, f, device, gpu);
    if (const std::optional<Return> failure = calls.failure())
        return failure;
    calls.take(gpu.pcieGeneration, "nvmlDeviceGetCurrPcieLinkGeneration", f.pcieGeneration, device);
    calls.take(gpu.pcieWidth, "nvmlDeviceGetCurrPcieLinkWidth", f.pcieWidth, device);
    calls.take(gpu.persistence, "nvmlDeviceGetPersistenceMode", f.persistence, device);
    calls.take(gpu.display, "nvmlDeviceGetDisplayActive", f.displayActive, device);
    readEcc(calls, f, device, gpu);
    uint32_t mig = 0, pending = 0;
    if (calls.call("nvmlDeviceGetMigMode", f.migMode, device, &mig, &pending) == Return::Success)
        gpu.mig = mig != 0;
    QList<NvmlSlice> slices = gpu.mig == true ? readSlices(calls, f, device) : QList<NvmlSlice>();
    gpm.read(calls, f, device, slices);
    for (const NvmlSlice &one : std::as_const(slices))
        gpu.slices << one.slice;
    if (!gpu.memoryTotalBytes)
        sumMemory(gpu);
    gpu.processes = processes.read(calls, f, device, slices);
    return calls.lost();
}

} // namespace kernelyard
