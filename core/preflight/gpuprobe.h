// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"
#include "core/gpu/architecture.h"

#include <chrono>

namespace kernelyard {

/// The image that a container is started from to see whether it gets the GPUs.
struct ProbeImage
{
    QString name;        ///< empty: none of the wanted ones is there
    Version cuda;        ///< its CUDA_VERSION; null: it has none
    QString requirement; ///< its NVIDIA_REQUIRE_CUDA; empty: none, or NVIDIA_DISABLE_REQUIRE is set

    bool operator==(const ProbeImage &) const = default;
};

/// What a container that was given the GPUs saw.
struct GpuProbe
{
    enum class Kind {
        NotAsked, ///< no container may be started
        NoImage,  ///< there is none to start one from
        Unsafe,   ///< a call into the driver may never return: no container is started
        Seen, ///< the driver's own tool or CUDA finds GPUs there; in an image without either, their nodes and libcuda
        NotSeen,  ///< it ran, and they do not
        Refused,  ///< the engine did not start it
        TimedOut, ///< it did not end in time, and was removed
    };
    Kind kind = Kind::NotAsked;
    QString words; ///< what was seen, or the engine's own words
    qint64 tookMs = 0;
    QString cuda = {}; ///< "13.0": what CUDA in the container can do, its own compatibility libraries included
    ProbeImage image = {};

    bool wasRun() const { return kind >= Kind::Seen; }

    bool operator==(const GpuProbe &) const = default;
};

/// The first of \a images that \a engine has. Blocks.
ProbeImage findProbeImage(const Engine &engine, const QStringList &images);

/// Runs one container of \a image with the GPUs and lets it look. One that does not end within \a limit is removed.
/// Blocks.
GpuProbe probeGpus(const Engine &engine, const ProbeImage &image,
                   std::chrono::milliseconds limit = std::chrono::seconds(60));

// The pure readers of what comes back.

/// `image inspect` of Docker and Podman, for image \a name.
ProbeImage readProbeImage(const QString &name, const QByteArray &json);
/// What the container wrote; Refused where it is not what the probe writes.
GpuProbe readGpuProbe(const QByteArray &out);
/// The line of \a err (standard error of docker run, podman run) that says why, without the hints at their own help.
QString engineWords(const QByteArray &err);

/// Whether \a requirement, as NVIDIA_REQUIRE_CUDA has it ("cuda>=12.8 brand=tesla,driver>=535,driver<536": one of the
/// alternatives, all of its conditions), holds for a driver. None: that depends on the GPU's brand or what is unknown.
std::optional<bool> meetsRequirement(const QString &requirement, const Version &cuda, const Version &driver);

} // namespace kernelyard
