// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/environment/choices.h"
#include "core/gpu/architecture.h"

namespace kernelyard {

/// What of this machine decides for which GPUs is compiled.
struct GpuFacts
{
    struct Gpu
    {
        QString name;
        QString capability;
    };
    QList<Gpu> gpus;
    QString problem;                 ///< why the GPUs are not known; empty: they are, or there are none
    ArchitectureTable architectures; ///< those that may be chosen; empty: not checked

    /// Asks the driver, within its time limit, where \a environment has a choice that is detected; by \a ctl, the
    /// absolute path of kernelyardctl. Blocks.
    static GpuFacts of(const Environment &environment, const Paths &paths, const QString &ctl);
};

/// A choice that is detected, with its value and why it has it, as a sentence for people.
struct ArchitectureChoice
{
    QString name;
    QString value;
    QString reason;

    bool operator==(const ArchitectureChoice &) const = default;
};

/// The value of each choice of \a environment that is detected: the one in \a chosen, else the user's own, else the
/// capabilities of the GPUs that were found, else the default. Errors: Invalid (an unknown capability; one that the
/// chosen CUDA image's toolkit does not compile for).
Result<QList<ArchitectureChoice>> architectureChoices(const Environment &environment, const ChosenValues &chosen,
                                                      const GpuFacts &facts);

/// CUDA's version in the name of one of NVIDIA's images: 12.8.0 of docker.io/nvidia/cuda:12.8.0-devel-ubuntu22.04; null
/// for others.
Version cudaOfImage(const QString &image);

/// The capabilities in a list such as "8.0;9.0a;12.0+PTX" (also split at spaces and commas, as PyTorch takes it),
/// without their suffixes.
QStringList capabilitiesIn(const QString &list);

} // namespace kernelyard
