// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/build/estimate.h"
#include "core/engine/engine.h"
#include "core/gpu/gpu.h"
#include "core/preflight/cdispec.h"
#include "core/preflight/stack.h"

namespace kernelyard {

/// What a container that was given the GPUs saw.
struct GpuProbe
{
    enum class Kind {
        NotAsked, ///< no container may be started
        NotRun,   ///< no image to run, or the engine can't be told to give GPUs
        Seen,     ///< the device nodes and the driver's library are there
        NotSeen,  ///< it ran, and they are not
        Refused,  ///< the engine did not start it
    };
    Kind kind = Kind::NotAsked;
    QString words; ///< what was seen, or the engine's own words
    qint64 tookMs = 0;

    bool operator==(const GpuProbe &) const = default;
};

/// What the checks need to know of this machine. Gathered once; the checks themselves ask nothing.
struct MachineFacts
{
    std::optional<GpuReading> gpus; ///< absent: the helper could not be run; why stands in gpuError
    QString gpuError;
    QStringList deviceNodes; ///< "nvidia0", "nvidiactl", "nvidia-uvm"
    QString toolkit;         ///< version of the NVIDIA Container Toolkit; empty: not installed
    QList<Result<CdiSpec>> cdi;
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

} // namespace kernelyard
