// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/nvmlreader.h"

#include <QScopeGuard>

#include <array>
#include <map>

using namespace Qt::StringLiterals;

namespace kernelyard {

using nvml::Return;

/// A GPU as it was last seen: its handle, and what does not change.
struct NvmlReader::Known
{
    nvml::Device device = nullptr;
    GpuStatus fixed;
    uint64_t processesSeen = 0; ///< time stamp of the newest process sample
};

static constexpr int readingsBeforeRenewal = 10;

NvmlReader::NvmlReader(CallWatch &watch, QString path, QSet<int> skipped)
    : m_watch(watch)
    , m_path(std::move(path))
    , m_skipped(std::move(skipped))
{}

NvmlReader::~NvmlReader()
{
    close();
}

void NvmlReader::close()
{
    if (m_ready)
        start("nvmlShutdown", m_f.shutdown); // puts GPUs to sleep that nothing else keeps awake
    m_ready = false;
    m_library.reset();
    m_f = {};
}

/// A call that may start the driver or a GPU, or end that.
template <class... P, class... A>
Return NvmlReader::start(const char *name, nvml::Function<P...> function, A... arguments)
{
    if (!function)
        return Return::FunctionNotFound;
    m_watch.begin(name, CallKind::Starting);
    const Return code = function(arguments...);
    m_watch.end();
    return code;
}

template <class... P, class... A>
Return NvmlReader::call(const char *name, nvml::Function<P...> function, A... arguments)
{
    if (!function)
        return Return::FunctionNotFound;
    m_watch.begin(name);
    const Return code = function(arguments...);
    m_watch.end();
    if (code == Return::GpuIsLost || code == Return::ResetRequired) {
        m_lost = true;
        m_lostCode = code;
    }
    return code;
}

/// Keeps the call's number where it succeeds. A lost GPU is asked nothing more: each call may take seconds.
template <class T, class... P, class... A>
void NvmlReader::take(std::optional<T> &value, const char *name, nvml::Function<P...> function, A... arguments)
{
    uint32_t number = 0;
    if (!m_lost && call(name, function, arguments..., &number) == Return::Success)
        value = static_cast<T>(number);
}

QString NvmlReader::words(Return code) const
{
    const char *text = m_f.errorString ? m_f.errorString(code) : nullptr;
    return text ? QString::fromLocal8Bit(text) : u"NVML code %1"_s.arg(static_cast<int>(code));
}

template <class F>
static QString textOf(F &&ask)
{
    std::array<char, 96> buffer{};
    return ask(buffer.data(), unsigned(buffer.size())) == Return::Success
               ? QString::fromUtf8(buffer.data(), qstrnlen(buffer.data(), buffer.size()))
               : QString();
}

bool NvmlReader::prepare(GpuReading &reading)
{
    if (m_ready)
        return true;
    m_watch.begin("dlopen", CallKind::Starting);
    Result<NvmlLibrary> opened = NvmlLibrary::open(m_path);
    m_watch.end();
    if (!opened) {
        reading.fault = {GpuCondition::NoLibrary, opened.error().detail};
        return false;
    }
    m_library.emplace(std::move(*opened));
    m_f = m_library->functions();
    const Return begun = start("nvmlInit", m_f.init);
    if (begun != Return::Success) {
        reading.fault = {conditionOfNvmlCode(static_cast<int>(begun)), words(begun)};
        close();
        return false;
    }
    m_ready = true;
    m_driver =
        textOf([this](char *text, unsigned size) { return call("driver version", m_f.driverVersion, text, size); });
    m_libraryVersion =
        textOf([this](char *text, unsigned size) { return call("NVML version", m_f.libraryVersion, text, size); });
    int cuda = 0;
    m_cuda.clear();
    if (call("CUDA version", m_f.cudaVersion, &cuda) == Return::Success)
        m_cuda = u"%1.%2"_s.arg(cuda / 1000).arg(cuda % 1000 / 10);
    for (Known &known : m_known)
        known.device = nullptr;
    return true;
}

GpuReading NvmlReader::read()
{
    GpuReading reading;
    reading.source = GpuSource::Nvml;
    const bool lossesStand = std::any_of(m_known.cbegin(), m_known.cend(), [](const Known &known) {
        return known.fixed.fault.condition == GpuCondition::FallenOffBus;
    });
    // NVML sees a GPU that came back, or that is no longer in the machine, only once it is initialised again.
    if (lossesStand && ++m_readingsSinceLoss >= readingsBeforeRenewal) {
        m_readingsSinceLoss = 0;
        close();
    }
    if (!prepare(reading))
        return reading;
    reading.driver = m_driver;
    reading.libraryVersion = m_libraryVersion;
    reading.cuda = m_cuda;
    uint32_t count = 0;
    const Return counted = call("nvmlDeviceGetCount", m_f.count, &count);
    if (counted != Return::Success) {
        reading.fault = {conditionOfNvmlCode(static_cast<int>(counted)), words(counted)};
        close();
        return reading;
    }
    const auto wanted = std::max<std::size_t>(count, m_known.size());
    m_known.resize(wanted);
    for (std::size_t index = 0; index < wanted; ++index)
        readGpu(static_cast<int>(index), reading);
    if (reading.gpus.isEmpty())
        reading.fault = {GpuCondition::NoDevice, {}};
    return reading;
}

void NvmlReader::readGpu(int index, GpuReading &reading)
{
    Known &known = m_known[std::size_t(index)];
    m_lost = false;
    m_watch.setGpu(index);
    const auto none = qScopeGuard([this] { m_watch.setGpu(-1); });
    known.fixed.index = index;
    known.fixed.fault = {};
    known.fixed.driver = m_driver;
    if (m_skipped.contains(index)) {
        known.fixed.fault = {GpuCondition::Stuck, u"left out until it is asked again"_s};
        reading.gpus << known.fixed;
        return;
    }
    if (!known.device) {
        const Return code = start("nvmlDeviceGetHandleByIndex", m_f.handleByIndex, uint32_t(index), &known.device);
        if (code != Return::Success) {
            // An index that was there before is a GPU that went.
            const bool gone =
                (code == Return::InvalidArgument || code == Return::NotFound) && !known.fixed.uuid.isEmpty();
            known.device = nullptr;
            known.fixed.fault = {gone ? GpuCondition::FallenOffBus : conditionOfNvmlCode(static_cast<int>(code)),
                                 gone ? u"The driver no longer lists it."_s : words(code)};
            reading.gpus << known.fixed;
            return;
        }
        readFixed(known);
    }
    GpuStatus gpu = known.fixed;
    readLive(known, gpu);
    if (m_lost) {
        known.fixed.fault = {conditionOfNvmlCode(static_cast<int>(m_lostCode)), words(m_lostCode)};
        known.device = nullptr;
        gpu = known.fixed;
    }
    reading.gpus << gpu;
}

/// "00000000:01:00.0" as /sys writes it: "0000:01:00.0".
static QString busIdOf(const char *text, std::size_t size)
{
    QString id = QString::fromLatin1(text, qstrnlen(text, uint(size))).toLower();
    const qsizetype colon = id.indexOf(u':');
    return colon > 4 ? id.sliced(colon - 4) : id;
}

void NvmlReader::readFixed(Known &known)
{
    const nvml::Device device = known.device;
    GpuStatus &gpu = known.fixed;
    gpu.name =
        textOf([&](char *text, unsigned size) { return call("nvmlDeviceGetName", m_f.name, device, text, size); });
    gpu.uuid =
        textOf([&](char *text, unsigned size) { return call("nvmlDeviceGetUUID", m_f.uuid, device, text, size); });
    nvml::PciInfo3 pci3{};
    nvml::PciInfo2 pci2{};
    if (call("nvmlDeviceGetPciInfo_v3", m_f.pci3, device, &pci3) == Return::Success)
        gpu.busId = busIdOf(pci3.busId, sizeof pci3.busId);
    else if (call("nvmlDeviceGetPciInfo", m_f.pci2, device, &pci2) == Return::Success)
        gpu.busId = busIdOf(pci2.busId, sizeof pci2.busId);
    int major = 0, minor = 0;
    if (call("nvmlDeviceGetCudaComputeCapability", m_f.computeCapability, device, &major, &minor) == Return::Success)
        gpu.computeCapability = u"%1.%2"_s.arg(major).arg(minor);
    take(gpu.smClockMaxMHz, "nvmlDeviceGetMaxClockInfo", m_f.maxClock, device, nvml::ClockSm);
    take(gpu.memoryClockMaxMHz, "nvmlDeviceGetMaxClockInfo", m_f.maxClock, device, nvml::ClockMemory);
    take(gpu.pcieGenerationMax, "nvmlDeviceGetMaxPcieLinkGeneration", m_f.pcieGenerationMax, device);
    take(gpu.pcieWidthMax, "nvmlDeviceGetMaxPcieLinkWidth", m_f.pcieWidthMax, device);
    take(gpu.temperatureLimitCelsius, "nvmlDeviceGetTemperatureThreshold", m_f.temperatureThreshold, device,
         nvml::ThresholdGpuMax);
    if (!gpu.temperatureLimitCelsius)
        take(gpu.temperatureLimitCelsius, "nvmlDeviceGetTemperatureThreshold", m_f.temperatureThreshold, device,
             nvml::ThresholdSlowdown);
}

static QStringList reasonWords(uint64_t reasons)
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

void NvmlReader::readMemory(nvml::Device device, std::optional<qint64> &used, std::optional<qint64> &total)
{
    nvml::Memory2 memory2{};
    memory2.version = nvml::memory2Version;
    nvml::Memory1 memory1{};
    if (!m_lost && call("nvmlDeviceGetMemoryInfo_v2", m_f.memory2, device, &memory2) == Return::Success) {
        used = static_cast<qint64>(memory2.used);
        total = static_cast<qint64>(memory2.total);
    } else if (!m_lost && call("nvmlDeviceGetMemoryInfo", m_f.memory1, device, &memory1) == Return::Success) {
        used = static_cast<qint64>(memory1.used);
        total = static_cast<qint64>(memory1.total);
    }
}

static std::optional<double> watts(std::optional<qint64> milliwatts)
{
    return milliwatts ? std::optional(static_cast<double>(*milliwatts) / 1000) : std::nullopt;
}

void NvmlReader::readLive(Known &known, GpuStatus &gpu)
{
    const nvml::Device device = known.device;
    nvml::Utilization busy{};
    if (call("nvmlDeviceGetUtilizationRates", m_f.utilization, device, &busy) == Return::Success) {
        gpu.utilisationPercent = static_cast<int>(busy.gpu);
        gpu.memoryUtilisationPercent = static_cast<int>(busy.memory);
    }
    readMemory(device, gpu.memoryUsedBytes, gpu.memoryTotalBytes);
    take(gpu.temperatureCelsius, "nvmlDeviceGetTemperature", m_f.temperature, device, nvml::sensorGpu);
    std::optional<qint64> power, limit;
    take(power, "nvmlDeviceGetPowerUsage", m_f.powerUsage, device);
    take(limit, "nvmlDeviceGetEnforcedPowerLimit", m_f.enforcedPowerLimit, device);
    gpu.powerWatts = watts(power);
    gpu.powerLimitWatts = watts(limit);
    take(gpu.smClockMHz, "nvmlDeviceGetClockInfo", m_f.clock, device, nvml::ClockSm);
    take(gpu.memoryClockMHz, "nvmlDeviceGetClockInfo", m_f.clock, device, nvml::ClockMemory);
    uint64_t reasons = 0;
    if (!m_lost &&
        call("nvmlDeviceGetCurrentClocksEventReasons", m_f.clockReasons, device, &reasons) == Return::Success)
        gpu.throttleReasons = reasonWords(reasons);
    take(gpu.pcieGeneration, "nvmlDeviceGetCurrPcieLinkGeneration", m_f.pcieGeneration, device);
    take(gpu.pcieWidth, "nvmlDeviceGetCurrPcieLinkWidth", m_f.pcieWidth, device);
    take(gpu.persistence, "nvmlDeviceGetPersistenceMode", m_f.persistence, device);
    take(gpu.display, "nvmlDeviceGetDisplayActive", m_f.displayActive, device);
    readEcc(device, gpu);
    uint32_t mig = 0, pending = 0;
    if (!m_lost && call("nvmlDeviceGetMigMode", m_f.migMode, device, &mig, &pending) == Return::Success)
        gpu.mig = mig != 0;
    if (gpu.mig == true)
        readSlices(device, gpu);
    readProcesses(known, gpu);
}

void NvmlReader::readEcc(nvml::Device device, GpuStatus &gpu)
{
    uint32_t ecc = 0, pending = 0;
    if (m_lost || call("nvmlDeviceGetEccMode", m_f.eccMode, device, &ecc, &pending) != Return::Success)
        return;
    gpu.eccOn = ecc != 0;
    if (!ecc)
        return;
    const auto count = [&](uint32_t type, std::optional<qint64> &value) {
        uint64_t errors = 0;
        if (!m_lost && call("nvmlDeviceGetTotalEccErrors", m_f.eccErrors, device, type, nvml::eccVolatile, &errors) ==
                           Return::Success)
            value = static_cast<qint64>(errors);
    };
    count(nvml::EccCorrected, gpu.eccCorrected);
    count(nvml::EccUncorrected, gpu.eccUncorrected);
}

void NvmlReader::readSlices(nvml::Device device, GpuStatus &gpu)
{
    uint32_t most = 0;
    if (m_lost || call("nvmlDeviceGetMaxMigDeviceCount", m_f.maxMigDevices, device, &most) != Return::Success)
        return;
    for (uint32_t index = 0; index < most && !m_lost; ++index) {
        nvml::Device handle = nullptr;
        if (call("nvmlDeviceGetMigDeviceHandleByIndex", m_f.migDevice, device, index, &handle) != Return::Success)
            continue; // the places of slices need not be filled in order
        MigSlice slice;
        slice.index = static_cast<int>(index);
        const QString name =
            textOf([&](char *text, unsigned size) { return call("nvmlDeviceGetName", m_f.name, handle, text, size); });
        slice.name = name.section(u"MIG "_s, -1); // "NVIDIA H100 80GB HBM3 MIG 1g.10gb"
        slice.uuid =
            textOf([&](char *text, unsigned size) { return call("nvmlDeviceGetUUID", m_f.uuid, handle, text, size); });
        take(slice.gpuInstance, "nvmlDeviceGetGpuInstanceId", m_f.gpuInstance, handle);
        take(slice.computeInstance, "nvmlDeviceGetComputeInstanceId", m_f.computeInstance, handle);
        nvml::Attributes attributes{};
        if (call("nvmlDeviceGetAttributes_v2", m_f.attributes, handle, &attributes) == Return::Success)
            slice.multiprocessors = static_cast<int>(attributes.multiprocessors);
        readMemory(handle, slice.memoryUsedBytes, slice.memoryTotalBytes);
        gpu.slices << slice;
    }
}

template <class Info>
static GpuProcess processOf(const Info &info, bool graphics)
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

void NvmlReader::readProcesses(Known &known, GpuStatus &gpu)
{
    const nvml::Device device = known.device;
    std::map<qint64, GpuProcess> found; // one that computes and draws is listed twice
    const auto list = [&]<class Info>(const char *name, nvml::Function<nvml::Device, uint32_t *, Info *> function,
                                      bool graphics) {
        std::array<Info, 256> all{};
        auto count = uint32_t(all.size());
        if (m_lost || call(name, function, device, &count, all.data()) != Return::Success)
            return false;
        for (uint32_t i = 0; i < std::min(count, uint32_t(all.size())); ++i)
            found.try_emplace(all[i].pid, processOf(all[i], graphics));
        return true;
    };
    if (!list("nvmlDeviceGetComputeRunningProcesses", m_f.computeProcesses2, false))
        list("nvmlDeviceGetComputeRunningProcesses", m_f.computeProcesses1, false);
    if (!list("nvmlDeviceGetGraphicsRunningProcesses", m_f.graphicsProcesses2, true))
        list("nvmlDeviceGetGraphicsRunningProcesses", m_f.graphicsProcesses1, true);
    std::array<nvml::ProcessUtilization, 256> samples{};
    auto count = uint32_t(samples.size());
    if (!m_lost && !found.empty() &&
        call("nvmlDeviceGetProcessUtilization", m_f.processUtilization, device, samples.data(), &count,
             known.processesSeen) == Return::Success)
        for (uint32_t i = 0; i < std::min(count, uint32_t(samples.size())); ++i) {
            known.processesSeen = std::max(known.processesSeen, samples[i].timeStamp);
            if (const auto at = found.find(samples[i].pid); at != found.end() && samples[i].sm <= 100)
                at->second.smPercent = static_cast<int>(samples[i].sm);
        }
    for (const auto &[pid, process] : found)
        gpu.processes << process;
}

} // namespace kernelyard
