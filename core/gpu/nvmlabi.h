// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

/// The part of NVML's binary interface that we use, written from the NVML API Reference (docs.nvidia.com, "NVML API
/// Reference Guide", R390 to R580). A new layout comes with a new name (…_v2) or a version number in the struct; with
/// one exception in published drivers: see processRoom.
namespace kernelyard::nvml {

enum class Return : int {
    Success = 0,
    Uninitialized = 1,
    InvalidArgument = 2,
    NotSupported = 3,
    NoPermission = 4,
    NotFound = 6,
    InsufficientSize = 7,
    InsufficientPower = 8,
    DriverNotLoaded = 9,
    Timeout = 10,
    IrqIssue = 11,
    LibraryNotFound = 12,
    FunctionNotFound = 13,
    CorruptedInforom = 14,
    GpuIsLost = 15,
    ResetRequired = 16,
    OperatingSystem = 17,
    LibRmVersionMismatch = 18,
    ArgumentVersionMismatch = 25,
    GpuNotFound = 28,
    Unknown = 999,
};

using Device = struct DeviceHandle *;

/// nvmlPciInfo_t of nvmlDeviceGetPciInfo_v3.
struct PciInfo3
{
    char busIdLegacy[16];
    uint32_t domain, bus, device;
    uint32_t deviceId, subsystemId;
    char busId[32];
};

/// nvmlPciInfo_v2_t of nvmlDeviceGetPciInfo_v2 and nvmlDeviceGetPciInfo.
struct PciInfo2
{
    char busId[16];
    uint32_t domain, bus, device;
    uint32_t deviceId, subsystemId;
    uint32_t reserved[4];
};

struct Utilization
{
    uint32_t gpu, memory; ///< per cent
};

/// nvmlMemory_t.
struct Memory1
{
    uint64_t total, free, used;
};

/// nvmlMemory_v2_t: what the driver reserves is told apart from what is used.
struct Memory2
{
    uint32_t version;
    uint64_t total, reserved, free, used;
};
constexpr uint32_t memory2Version = sizeof(Memory2) | (2U << 24);

/// nvmlMarginTemperature_v1_t.
struct MarginTemperature
{
    uint32_t version;
    int32_t celsius; ///< left until the GPU slows itself down
};
constexpr uint32_t marginTemperatureVersion = sizeof(MarginTemperature) | (1U << 24);

/// nvmlProcessInfo_v1_t, of the entry point without a version.
struct Process1
{
    uint32_t pid;
    uint64_t usedGpuMemory;
};

/// nvmlProcessInfo_t of the entry points _v2 and _v3.
struct Process2
{
    uint32_t pid;
    uint64_t usedGpuMemory;
    uint32_t gpuInstance, computeInstance;
};
/// The entry points …RunningProcesses_v3 of R535.43 to R535.86 write records of 32 bytes (they end in a
/// usedGpuCcProtectedMemory); before and after that, and in _v2 always, they are Process2.
constexpr std::size_t processRoom = 32;
constexpr uint64_t valueNotAvailable = ~uint64_t(0);
constexpr uint32_t noInstance = 0xFFFFFFFF;

struct ProcessUtilization
{
    uint32_t pid;
    uint64_t timeStamp; ///< microseconds
    uint32_t sm, memory, encoder, decoder;
};

/// nvmlDeviceAttributes_t of nvmlDeviceGetAttributes_v2.
struct Attributes
{
    uint32_t multiprocessors, copyEngines, decoders, encoders, jpegEngines, opticalFlowEngines;
    uint32_t gpuInstanceSlices, computeInstanceSlices;
    uint64_t memoryMiB;
};

/// What nvmlGpmSampleAlloc makes: counters at one moment.
using GpmSample = struct GpmSampleBuffer *;

/// nvmlGpmSupport_t.
struct GpmSupport
{
    uint32_t version;
    uint32_t isSupported;
};
constexpr uint32_t gpmSupportVersion = 1;

/// nvmlGpmMetric_t.
struct GpmMetric
{
    uint32_t id;
    Return code;
    double value; ///< only where code is Success
    const char *shortName, *longName, *unit;
};
constexpr uint32_t gpmGraphicsUtilisation = 1; ///< per cent of the time in which any kernel ran, as Utilization::gpu

/// nvmlGpmMetricsGet_t. The room at its end has grown twice (CUDA 12.9 and 13.2) under the same version number.
struct GpmMetrics
{
    uint32_t version;
    uint32_t count;
    GpmSample first, second;
    GpmMetric metrics[512];
};
constexpr uint32_t gpmMetricsVersion = 1;

enum : uint32_t { ClockSm = 1, ClockMemory = 2 };               // nvmlClockType_t
enum : uint32_t { ThresholdSlowdown = 1, ThresholdGpuMax = 3 }; // nvmlTemperatureThresholds_t
enum : uint32_t { EccCorrected = 0, EccUncorrected = 1 };       // nvmlMemoryErrorType_t
constexpr uint32_t eccVolatile = 0;                             // nvmlEccCounterType_t: since the driver was loaded
constexpr uint32_t sensorGpu = 0;                               // nvmlTemperatureSensors_t

// nvmlClocksEventReasons (…ThrottleReasons before R535).
enum : uint64_t {
    ReasonIdle = 0x1,
    ReasonApplicationClocks = 0x2,
    ReasonPowerCap = 0x4,
    ReasonHardwareSlowdown = 0x8,
    ReasonSyncBoost = 0x10,
    ReasonSoftwareThermal = 0x20,
    ReasonHardwareThermal = 0x40,
    ReasonPowerBrake = 0x80,
    ReasonDisplayClock = 0x100,
};

template <class... A>
using Function = Return (*)(A...);
using Text = Function<char *, unsigned>;
using DeviceText = Function<Device, char *, unsigned>;
using DeviceNumber = Function<Device, uint32_t *>;

/// What a library has; every entry is null where it lacks that entry point.
struct Functions
{
    Function<> init;
    Function<> shutdown;
    Text driverVersion;
    Text libraryVersion;
    Function<int *> cudaVersion; ///< 13000 for 13.0
    Function<uint32_t *> count;
    Function<uint32_t, Device *> handleByIndex;
    DeviceText name;
    DeviceText uuid;
    Function<Device, PciInfo3 *> pci3;
    Function<Device, PciInfo2 *> pci2;
    Function<Device, int *, int *> computeCapability;
    Function<Device, Utilization *> utilization;
    Function<Device, Memory2 *> memory2;
    Function<Device, Memory1 *> memory1;
    Function<Device, uint32_t, uint32_t *> temperature;
    Function<Device, uint32_t, uint32_t *> temperatureThreshold;
    Function<Device, MarginTemperature *> marginTemperature;
    DeviceNumber powerUsage;         ///< milliwatts
    DeviceNumber enforcedPowerLimit; ///< milliwatts
    Function<Device, uint32_t, uint32_t *> clock;
    Function<Device, uint32_t, uint32_t *> maxClock;
    Function<Device, uint64_t *> clockReasons;
    Function<Device, uint32_t *, uint32_t *> eccMode;
    Function<Device, uint32_t, uint32_t, uint64_t *> eccErrors;
    DeviceNumber pcieGeneration, pcieWidth, pcieGenerationMax, pcieWidthMax;
    DeviceNumber persistence;
    DeviceNumber displayActive;
    Function<Device, uint32_t *, uint32_t *> migMode;
    DeviceNumber maxMigDevices;
    Function<Device, uint32_t, Device *> migDevice;
    DeviceNumber gpuInstance, computeInstance;
    Function<Device, Attributes *> attributes;
    Function<Device, uint32_t *, Process2 *> computeProcesses2, graphicsProcesses2;
    Function<Device, uint32_t *, Process1 *> computeProcesses1, graphicsProcesses1;
    Function<Device, ProcessUtilization *, uint32_t *, uint64_t> processUtilization;
    Function<Device, GpmSupport *> gpmSupport;
    Function<GpmSample *> gpmAllocate;
    Function<GpmSample> gpmFree;
    Function<Device, uint32_t, GpmSample> gpmMigSample; ///< the GPU's handle, and a GPU instance
    Function<GpmMetrics *> gpmMetrics;
    const char *(*errorString)(Return);
};

} // namespace kernelyard::nvml
