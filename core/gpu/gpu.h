// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/process/command.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <optional>

namespace kernelyard {

/// What a GPU, or the driver as a whole, is in. Everything but Healthy has words and a remedy: see GpuNotice.
enum class GpuCondition {
    Healthy,
    NoDevice,         ///< no NVIDIA GPU in this machine
    Asleep,           ///< runtime power management has switched it off until something uses it
    NoDriver,         ///< a GPU is there, its driver is not loaded
    NoLibrary,        ///< the driver is loaded, but neither NVML nor nvidia-smi is installed
    DriverMismatch,   ///< the library is of another version than the loaded kernel module
    NoDeviceNodes,    ///< the driver is loaded, but /dev/nvidiactl is missing
    PermissionDenied, ///< the device nodes may not be opened
    Blocked,          ///< the operating system does not let it be asked
    NotTaken,         ///< it is on the bus, and the loaded driver does not list it
    NoPower,          ///< its power cables are not plugged in
    NoInterrupts,     ///< the kernel sees that its interrupts do not arrive
    BrokenInforom,    ///< the memory that holds its identity and calibration is corrupted
    FallenOffBus,     ///< the GPU answers no more, or is gone from the bus
    ResetRequired,
    Starting, ///< it is being woken, which takes seconds where nothing keeps it awake
    Stuck,    ///< a call into the driver does not return
    Failed,
};

/// A condition with the driver's own words, or what else shows it.
struct GpuFault
{
    GpuCondition condition = GpuCondition::Healthy;
    QString evidence;

    bool operator==(const GpuFault &) const = default;
};

/// Who told the facts.
enum class GpuSource { None, Nvml, NvidiaSmi, Kernel };

/// A process that holds memory of a GPU.
struct GpuProcess
{
    qint64 pid = 0;
    QString name; ///< its command line without folders: "python validate.py"; empty: not readable
    bool graphics = false;
    std::optional<qint64> memoryBytes;
    std::optional<int> smPercent;
    std::optional<int> gpuInstance; ///< of the MIG slice
    QString containerId;            ///< as the engine numbers it; empty: on the host
    QString containerKind;          ///< podman, docker, kubernetes, buildkit

    bool operator==(const GpuProcess &) const = default;
};

/// One slice of a GPU in MIG mode.
struct MigSlice
{
    int index = 0;
    QString name; ///< the profile: "1g.10gb"
    QString uuid;
    std::optional<int> gpuInstance;
    std::optional<int> computeInstance;
    std::optional<int> multiprocessors;
    std::optional<int> utilisationPercent; ///< of its GPU instance
    std::optional<qint64> memoryUsedBytes;
    std::optional<qint64> memoryTotalBytes;

    bool operator==(const MigSlice &) const = default;
};

/// One GPU at one moment. Unknown values are absent, never 0.
struct GpuStatus
{
    int index = 0;
    QString name;
    QString driver;
    QString uuid;
    QString busId;                            ///< "0000:01:00.0", as in /sys/bus/pci/devices
    std::optional<QString> computeCapability; ///< "9.0"
    std::optional<int> utilisationPercent;
    std::optional<int> memoryUtilisationPercent; ///< share of time in which memory was read or written
    std::optional<int> temperatureCelsius;
    std::optional<int> temperatureLimitCelsius; ///< where clocks begin to be lowered
    std::optional<qint64> memoryUsedBytes;
    std::optional<qint64> memoryTotalBytes;
    std::optional<double> powerWatts;
    std::optional<double> powerLimitWatts; ///< as enforced
    std::optional<int> smClockMHz;
    std::optional<int> smClockMaxMHz;
    std::optional<int> memoryClockMHz;
    std::optional<int> memoryClockMaxMHz;
    std::optional<QStringList> throttleReasons; ///< why clocks are lowered; idle is no reason; empty: they are not
    std::optional<bool> eccOn;
    std::optional<qint64> eccCorrected; ///< since the driver was loaded
    std::optional<qint64> eccUncorrected;
    std::optional<int> pcieGeneration; ///< now; lower than the highest when idle
    std::optional<int> pcieWidth;
    std::optional<int> pcieGenerationMax;
    std::optional<int> pcieWidthMax;
    std::optional<bool> persistence;
    std::optional<bool> display; ///< a display is driven by it
    std::optional<bool> mig;
    QList<MigSlice> slices;
    std::optional<QList<GpuProcess>> processes; ///< absent: not told; empty: none
    GpuFault fault;

    /// What it is known by while indices change: its bus id, which the kernel tells too, else its UUID. Empty: neither
    /// could be asked.
    QString id() const { return busId.isEmpty() ? uuid : busId; }

    bool operator==(const GpuStatus &) const = default;
};

/// All GPUs of this machine at one moment.
struct GpuReading
{
    qint64 atMs = 0; ///< since the epoch
    double tookMs = 0;
    GpuSource source = GpuSource::None;
    QString driver;
    QString libraryVersion; ///< of NVML
    QString moduleVersion;  ///< of the loaded kernel module
    QString cuda;           ///< the highest that the driver supports: "13.0"
    QString detail;         ///< why a better source than \a source could not be used
    QList<GpuStatus> gpus;
    GpuFault fault; ///< of the driver as a whole

    bool operator==(const GpuReading &) const = default;
};

/// The words for a fault: what failed, what to do, and a command that does it where there is one.
struct GpuNotice
{
    QString word;    ///< for a badge: "Off the bus"
    QString message; ///< a sentence that names the GPU
    QString remedy;
    std::optional<Command> fix;
};

/// \a object names what the fault is of: "GPU 1 (NVIDIA A100)", or is empty for the driver as a whole. \a gpu is
/// its id().
GpuNotice noticeOf(const GpuFault &fault, const QString &object, const QString &gpu = {});

/// The stable name of \a condition in JSON: "healthy", "no-driver", "fallen-off-the-bus", …
QString conditionName(GpuCondition condition);
QString sourceName(GpuSource source); ///< "none", "nvml", "nvidia-smi", "kernel"

/// Whether \a condition is something to be mended: not that there is no GPU, nor that it is asleep.
bool isTrouble(GpuCondition condition);

/// Whether only a driver that is loaded can say \a condition, so that a GPU is there even where /proc and /sys show
/// none, as under WSL and in containers.
bool isToldByADriver(GpuCondition condition);

/// The condition that NVML's return code (nvmlReturn_t of nvml.h) stands for.
GpuCondition conditionOfNvmlCode(int code);

} // namespace kernelyard
