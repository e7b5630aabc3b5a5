// SPDX-License-Identifier: GPL-3.0-or-later
// See README.md. GENERATION is 390, 470, 535 or 580.
#include "tests/gpu/simulatednvml/simulation.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <vector>

using namespace kernelyard::nvml;
using namespace simulated;

// nvml.h of R580 in numbers, for both sides of the tests share nvmlabi.h.
static_assert(sizeof(PciInfo3) == 68 && offsetof(PciInfo3, domain) == 16 && offsetof(PciInfo3, busId) == 36);
static_assert(sizeof(PciInfo2) == 52 && offsetof(PciInfo2, domain) == 16 && offsetof(PciInfo2, reserved) == 36);
static_assert(sizeof(Utilization) == 8 && offsetof(Utilization, memory) == 4);
static_assert(sizeof(Memory1) == 24 && offsetof(Memory1, free) == 8 && offsetof(Memory1, used) == 16);
static_assert(sizeof(Memory2) == 40 && offsetof(Memory2, total) == 8 && offsetof(Memory2, reserved) == 16 &&
              offsetof(Memory2, free) == 24 && offsetof(Memory2, used) == 32 && memory2Version == 0x02000028);
static_assert(sizeof(MarginTemperature) == 8 && offsetof(MarginTemperature, celsius) == 4 &&
              marginTemperatureVersion == 0x01000008);
static_assert(sizeof(Process1) == 16 && offsetof(Process1, usedGpuMemory) == 8);
static_assert(sizeof(Process2) == 24 && offsetof(Process2, usedGpuMemory) == 8 &&
              offsetof(Process2, gpuInstance) == 16 && offsetof(Process2, computeInstance) == 20);
static_assert(sizeof(ProcessUtilization) == 32 && offsetof(ProcessUtilization, timeStamp) == 8 &&
              offsetof(ProcessUtilization, sm) == 16);
static_assert(sizeof(Attributes) == 40 && offsetof(Attributes, memoryMiB) == 32);
static_assert(int(Return::NotSupported) == 3 && int(Return::NoPermission) == 4 && int(Return::NotFound) == 6 &&
              int(Return::InsufficientSize) == 7 && int(Return::InsufficientPower) == 8 &&
              int(Return::DriverNotLoaded) == 9 && int(Return::Timeout) == 10 && int(Return::IrqIssue) == 11 &&
              int(Return::LibraryNotFound) == 12 && int(Return::FunctionNotFound) == 13 &&
              int(Return::CorruptedInforom) == 14 && int(Return::GpuIsLost) == 15 && int(Return::ResetRequired) == 16 &&
              int(Return::OperatingSystem) == 17 && int(Return::LibRmVersionMismatch) == 18 &&
              int(Return::ArgumentVersionMismatch) == 25 && int(Return::GpuNotFound) == 28);
static_assert(ClockSm == 1 && ClockMemory == 2 && ThresholdSlowdown == 1 && ThresholdGpuMax == 3 && EccCorrected == 0 &&
              EccUncorrected == 1 && ReasonIdle == 0x1 && ReasonPowerCap == 0x4 && ReasonHardwareThermal == 0x40);

#if GENERATION >= 535
/// What _v3 of R535.43 to R535.86 writes; other drivers' is Process2.
struct Process3
{
    uint32_t pid;
    uint64_t usedGpuMemory;
    uint32_t gpuInstance, computeInstance;
#if GENERATION == 535
    uint64_t usedGpuCcProtectedMemory;
#endif
};
#endif

namespace {

std::vector<int> present; ///< the GPUs at the last initialisation, by index: NVML counts only then

Return number(const char *function, Device device, uint32_t *value, uint32_t result)
{
    const Return code = gate(function, gpuOf(device));
    if (code == Return::Success)
        *value = result;
    return code;
}

template <class... A>
Return text(const char *function, int gpu, char *buffer, unsigned size, const char *format, A... arguments)
{
    const Return code = gate(function, gpu);
    if (code == Return::Success)
        std::snprintf(buffer, size, format, arguments...);
    return code;
}

/// A user who is not root may ask the slices only.
bool isForbidden(Device device)
{
    return scenario.unprivileged && scenario.slices[gpuOf(device)] != 0 && sliceOf(device) < 0;
}

template <class Info>
Return processes(const char *function, Device device, uint32_t *count, Info *infos)
{
    const int gpu = gpuOf(device);
    if (const Return code = gate(function, gpu); code != Return::Success)
        return code;
    if (isForbidden(device))
        return Return::NoPermission;
    std::vector<Info> all;
    for (const SimulatedProcess &process : scenario.processes)
        if (process.gpu == gpu && sliceOf(device) <= 0) { // all are in the first slice
            Info info{};
            info.pid = process.pid;
            info.usedGpuMemory = process.mib << 20;
            if constexpr (requires { info.gpuInstance; })
                info.gpuInstance = info.computeInstance = kernelyard::nvml::noInstance;
            all.push_back(info);
        }
    const auto room = *count;
    *count = uint32_t(all.size());
    if (room < all.size())
        return Return::InsufficientSize;
    std::copy(all.begin(), all.end(), infos);
    return Return::Success;
}

} // namespace

EXPORT Return nvmlInit_v2()
{
    if (const Return code = gate("nvmlInit_v2"); code != Return::Success)
        return code;
    present.clear();
    for (int gpu = 0; gpu < int(scenario.gpus); ++gpu)
        if (isThere(gpu))
            present.push_back(gpu);
    return Return::Success;
}

EXPORT Return nvmlShutdown()
{
    return gate("nvmlShutdown");
}

EXPORT const char *nvmlErrorString(Return code)
{
    switch (code) {
    case Return::NoPermission:
        return "Insufficient Permissions";
    case Return::DriverNotLoaded:
        return "Driver Not Loaded";
    case Return::GpuIsLost:
        return "GPU is lost";
    case Return::ResetRequired:
        return "GPU requires reset";
    case Return::LibRmVersionMismatch:
        return "Driver/library version mismatch";
    default:
        return "Unknown Error";
    }
}

EXPORT Return nvmlSystemGetDriverVersion(char *buffer, unsigned size)
{
    const char *version = GENERATION >= 580   ? "580.95.05"
                          : GENERATION >= 535 ? "535.54.03"
                          : GENERATION >= 470 ? "470.256.02"
                                              : "390.157";
    return text("nvmlSystemGetDriverVersion", -1, buffer, size, "%s", version);
}

EXPORT Return nvmlSystemGetNVMLVersion(char *buffer, unsigned size)
{
    return text("nvmlSystemGetNVMLVersion", -1, buffer, size, "%d.%s", GENERATION >= 580 ? 13 : 11, "simulated");
}

#if GENERATION >= 470
EXPORT Return nvmlSystemGetCudaDriverVersion_v2(int *version)
{
    *version = GENERATION >= 580 ? 13000 : 11040;
    return gate("nvmlSystemGetCudaDriverVersion_v2");
}
#endif

EXPORT Return nvmlDeviceGetCount_v2(uint32_t *count)
{
    return number("nvmlDeviceGetCount_v2", nullptr, count, uint32_t(present.size()));
}

EXPORT Return nvmlDeviceGetHandleByIndex_v2(uint32_t index, Device *device)
{
    if (index >= present.size())
        return Return::InvalidArgument;
    if (const Return code = gate("nvmlDeviceGetHandleByIndex_v2", present[index]); code != Return::Success)
        return code;
    *device = handle(unsigned(present[index]));
    return Return::Success;
}

EXPORT Return nvmlDeviceGetName(Device device, char *buffer, unsigned size)
{
    if (sliceOf(device) >= 0)
        return text("nvmlDeviceGetName", gpuOf(device), buffer, size, "%s", "Simulated A100 MIG 1g.10gb");
    return text("nvmlDeviceGetName", gpuOf(device), buffer, size, "%s", "Simulated A100");
}

EXPORT Return nvmlDeviceGetUUID(Device device, char *buffer, unsigned size)
{
    if (sliceOf(device) >= 0)
        return text("nvmlDeviceGetUUID", gpuOf(device), buffer, size, "MIG-%d-%d", gpuOf(device), sliceOf(device));
    return text("nvmlDeviceGetUUID", gpuOf(device), buffer, size, "GPU-0000000%d", gpuOf(device));
}

#if GENERATION >= 470
EXPORT Return nvmlDeviceGetPciInfo_v3(Device device, PciInfo3 *info)
{
    std::snprintf(info->busId, sizeof info->busId, "00000000:0%d:00.0", gpuOf(device) + 1);
    return gate("nvmlDeviceGetPciInfo_v3", gpuOf(device));
}
#else
EXPORT Return nvmlDeviceGetPciInfo_v2(Device device, PciInfo2 *info)
{
    std::snprintf(info->busId, sizeof info->busId, "0000:0%x:00.0", unsigned(gpuOf(device) + 1) % 16);
    return gate("nvmlDeviceGetPciInfo_v2", gpuOf(device));
}
#endif

EXPORT Return nvmlDeviceGetCudaComputeCapability(Device device, int *major, int *minor)
{
    *major = 8;
    *minor = 0;
    return gate("nvmlDeviceGetCudaComputeCapability", gpuOf(device));
}

EXPORT Return nvmlDeviceGetUtilizationRates(Device device, Utilization *busy)
{
    const int gpu = gpuOf(device);
    if (const Return code = gate("nvmlDeviceGetUtilizationRates", gpu); code != Return::Success)
        return code;
    if (scenario.slices[gpu] != 0)
        return Return::NotSupported;
    *busy = scenario.idle ? Utilization{0, 0} : Utilization{uint32_t(40 + gpu), 25};
    return Return::Success;
}

EXPORT Return nvmlDeviceGetMemoryInfo(Device device, Memory1 *memory)
{
    const uint64_t total = sliceOf(device) >= 0 ? 10ULL << 30 : 80ULL << 30;
    *memory = {total, total - (3ULL << 30), 3ULL << 30};
    if (isForbidden(device))
        return Return::NoPermission;
    return gate("nvmlDeviceGetMemoryInfo", gpuOf(device));
}

#if GENERATION >= 580
EXPORT Return nvmlDeviceGetMemoryInfo_v2(Device device, Memory2 *memory)
{
    if (memory->version != memory2Version)
        return Return::ArgumentVersionMismatch;
    const uint64_t total = sliceOf(device) >= 0 ? 10ULL << 30 : 80ULL << 30;
    *memory = {memory2Version, total, 1ULL << 30, total - (3ULL << 30), 2ULL << 30};
    if (isForbidden(device))
        return Return::NoPermission;
    return gate("nvmlDeviceGetMemoryInfo_v2", gpuOf(device));
}
#endif

EXPORT Return nvmlDeviceGetTemperature(Device device, uint32_t, uint32_t *value)
{
    return number("nvmlDeviceGetTemperature", device, value, 55);
}

EXPORT Return nvmlDeviceGetTemperatureThreshold(Device device, uint32_t threshold, uint32_t *value)
{
    return number("nvmlDeviceGetTemperatureThreshold", device, value, threshold == ThresholdGpuMax ? 85 : 90);
}

#if GENERATION >= 580
EXPORT Return nvmlDeviceGetMarginTemperature(Device device, MarginTemperature *margin)
{
    if (margin->version != marginTemperatureVersion)
        return Return::ArgumentVersionMismatch;
    margin->celsius = 32;
    return gate("nvmlDeviceGetMarginTemperature", gpuOf(device));
}
#endif

EXPORT Return nvmlDeviceGetPowerUsage(Device device, uint32_t *value)
{
    return number("nvmlDeviceGetPowerUsage", device, value, 187500);
}

EXPORT Return nvmlDeviceGetEnforcedPowerLimit(Device device, uint32_t *value)
{
    return number("nvmlDeviceGetEnforcedPowerLimit", device, value, 400000);
}

EXPORT Return nvmlDeviceGetClockInfo(Device device, uint32_t clock, uint32_t *value)
{
    return number("nvmlDeviceGetClockInfo", device, value, clock == ClockMemory ? 1593 : 1410);
}

EXPORT Return nvmlDeviceGetMaxClockInfo(Device device, uint32_t clock, uint32_t *value)
{
    return number("nvmlDeviceGetMaxClockInfo", device, value, clock == ClockMemory ? 1593 : 1980);
}

#if GENERATION >= 580
EXPORT Return nvmlDeviceGetCurrentClocksEventReasons(Device device, uint64_t *reasons)
{
    *reasons = ReasonPowerCap | ReasonHardwareThermal;
    return gate("nvmlDeviceGetCurrentClocksEventReasons", gpuOf(device));
}
#else
EXPORT Return nvmlDeviceGetCurrentClocksThrottleReasons(Device device, uint64_t *reasons)
{
    *reasons = ReasonIdle;
    return gate("nvmlDeviceGetCurrentClocksThrottleReasons", gpuOf(device));
}
#endif

EXPORT Return nvmlDeviceGetEccMode(Device device, uint32_t *current, uint32_t *pending)
{
    *current = *pending = 1;
    return gate("nvmlDeviceGetEccMode", gpuOf(device));
}

EXPORT Return nvmlDeviceGetTotalEccErrors(Device device, uint32_t type, uint32_t, uint64_t *count)
{
    *count = type == EccUncorrected ? 0 : 7;
    return gate("nvmlDeviceGetTotalEccErrors", gpuOf(device));
}

EXPORT Return nvmlDeviceGetCurrPcieLinkGeneration(Device device, uint32_t *value)
{
    return number("nvmlDeviceGetCurrPcieLinkGeneration", device, value, 3);
}

EXPORT Return nvmlDeviceGetCurrPcieLinkWidth(Device device, uint32_t *value)
{
    return number("nvmlDeviceGetCurrPcieLinkWidth", device, value, 16);
}

EXPORT Return nvmlDeviceGetMaxPcieLinkGeneration(Device device, uint32_t *value)
{
    return number("nvmlDeviceGetMaxPcieLinkGeneration", device, value, 4);
}

EXPORT Return nvmlDeviceGetMaxPcieLinkWidth(Device device, uint32_t *value)
{
    return number("nvmlDeviceGetMaxPcieLinkWidth", device, value, 16);
}

EXPORT Return nvmlDeviceGetPersistenceMode(Device device, uint32_t *value)
{
    return number("nvmlDeviceGetPersistenceMode", device, value, 1);
}

EXPORT Return nvmlDeviceGetDisplayActive(Device device, uint32_t *value)
{
    return number("nvmlDeviceGetDisplayActive", device, value, 0);
}

#if GENERATION >= 470
EXPORT Return nvmlDeviceGetMigMode(Device device, uint32_t *current, uint32_t *pending)
{
    *current = *pending = scenario.slices[gpuOf(device)] != 0 ? 1 : 0;
    return gate("nvmlDeviceGetMigMode", gpuOf(device));
}

EXPORT Return nvmlDeviceGetMaxMigDeviceCount(Device device, uint32_t *value)
{
    return number("nvmlDeviceGetMaxMigDeviceCount", device, value, 7);
}

EXPORT Return nvmlDeviceGetMigDeviceHandleByIndex(Device device, uint32_t index, Device *slice)
{
    if (const Return code = gate("nvmlDeviceGetMigDeviceHandleByIndex", gpuOf(device)); code != Return::Success)
        return code;
    if (index >= scenario.slices[gpuOf(device)])
        return Return::NotFound;
    *slice = handle(unsigned(gpuOf(device)), index + 1);
    return Return::Success;
}

EXPORT Return nvmlDeviceGetGpuInstanceId(Device device, uint32_t *value)
{
    return number("nvmlDeviceGetGpuInstanceId", device, value, uint32_t(sliceOf(device)) + 1);
}

EXPORT Return nvmlDeviceGetComputeInstanceId(Device device, uint32_t *value)
{
    return number("nvmlDeviceGetComputeInstanceId", device, value, 0);
}

EXPORT Return nvmlDeviceGetAttributes_v2(Device device, Attributes *attributes)
{
    *attributes = {14, 1, 0, 0, 0, 0, 1, 1, 10240};
    return gate("nvmlDeviceGetAttributes_v2", gpuOf(device));
}
#endif

#if GENERATION >= 535
EXPORT Return nvmlDeviceGetComputeRunningProcesses_v3(Device device, uint32_t *count, Process3 *infos)
{
    return processes("nvmlDeviceGetComputeRunningProcesses_v3", device, count, infos);
}
#endif

#if GENERATION >= 470
EXPORT Return nvmlDeviceGetComputeRunningProcesses_v2(Device device, uint32_t *count, Process2 *infos)
{
    return processes("nvmlDeviceGetComputeRunningProcesses_v2", device, count, infos);
}
#else
EXPORT Return nvmlDeviceGetComputeRunningProcesses(Device device, uint32_t *count, Process1 *infos)
{
    return processes("nvmlDeviceGetComputeRunningProcesses", device, count, infos);
}
#endif

EXPORT Return nvmlDeviceGetProcessUtilization(Device device, ProcessUtilization *samples, uint32_t *count,
                                              uint64_t since)
{
    const int gpu = gpuOf(device);
    if (const Return code = gate("nvmlDeviceGetProcessUtilization", gpu); code != Return::Success)
        return code;
    uint32_t found = 0;
    for (const SimulatedProcess &process : scenario.processes)
        if (process.gpu == gpu && found < *count && since == 0)
            samples[found++] = {process.pid, 1, 33, 10, 0, 0};
    *count = found;
    return found == 0 ? Return::NotFound : Return::Success;
}
