// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/build/estimate.h"
#include "core/engine/engine.h"
#include "core/gpu/gpu.h"
#include "core/preflight/cdispec.h"
#include "core/preflight/gpuprobe.h"
#include "core/preflight/stack.h"

namespace kernelyard {

/// What `nvidia-ctk --version` tells of the NVIDIA Container Toolkit.
struct ContainerToolkit
{
    enum class State {
        Missing,    ///< it is not in PATH; parts of the toolkit may be there (up to 1.9, in a snap, in Docker Desktop)
        Silent,     ///< it could not be run, or did not end in time
        Unreadable, ///< its words are not understood
        Known,
    };
    State state = State::Missing;
    QString version; ///< "1.18.1"
    QString words;   ///< of a Silent or Unreadable one

    bool operator==(const ContainerToolkit &) const = default;
};

/// A GPU by what the kernel tells of it; none that another driver has.
struct PciGpu
{
    QString busId;            ///< "0000:01:00.0"
    std::optional<int> minor; ///< its node is /dev/nvidiaN; absent: the driver has not taken it
};

/// What the checks need to know of this machine. Gathered once; the checks themselves ask nothing.
struct MachineFacts
{
    std::optional<GpuReading> gpus; ///< absent: the helper could not be run; why stands in gpuError
    QString gpuError;
    QStringList deviceNodes; ///< "nvidia0", "nvidiactl", "nvidia-uvm", "nvidia-caps/nvidia-cap21"
    QList<PciGpu> pciGpus;   ///< that NVML may not list
    bool openModule = false; ///< the loaded kernel module is the open one
    bool hasDxg = false;     ///< /dev/dxg: Windows' GPUs under WSL
    bool hasWslCuda = false; ///< libcuda.so.1 of Windows' driver
    ContainerToolkit toolkit;
    std::optional<Command> toolkitFix; ///< installs the toolkit, or registers it with the engine
    QList<CdiFile> cdi;
    std::optional<Engine> engine; ///< absent: none works
    Error engineError;            ///< why
    GpuProbe probe;
    int cores = 0;
    qint64 memoryBytes = 0;            ///< available now
    std::optional<qint64> cgroupLimit; ///< of memory, on this process
    QString cgroups;                   ///< "version 2", "version 1", "hybrid", "none"
    std::optional<qint64> freeBytes;   ///< where the engine keeps its images
    QString diskPath;
    QList<BuildTime> earlier; ///< how long the environment's builds took that ended well, newest first
};

/// How the machine is asked.
struct MachineSources
{
    Command gpuHelper;
    Result<Engine> engine;
    Paths paths;
    QString root;         ///< of /proc, /sys, /dev and /etc; empty: this machine's
    QStringList images;   ///< for the probe, the first that is there; pulls none
    bool mayProbe = true; ///< a container may be run
};

/// What of \a environment (its choices made) a probe container can be made of: its images from the last to the base.
QStringList probeImages(const Environment &environment);

/// Blocks for some seconds: for worker threads and commands. Asks; changes nothing.
MachineFacts readMachineFacts(const MachineSources &sources, const Stack &stack);

/// The version in the output of `nvidia-ctk --version`: "1.18.1".
QString toolkitVersionOf(const QByteArray &output);

/// Whether a program may ask the driver: no call into it is known never to return.
bool isSafeToAsk(const GpuReading &reading);

} // namespace kernelyard
