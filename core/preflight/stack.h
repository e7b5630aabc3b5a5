// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/environment/choices.h"
#include "core/gpu/architecture.h"

namespace kernelyard {

/// What an environment is made of, as far as its file and the choices tell. A null version is not pinned.
struct Stack
{
    QString environment;
    QString baseImage; ///< "docker.io/nvidia/cuda:12.8.0-devel-ubuntu22.04"
    Version cuda;      ///< of the base image, by its tag; null: it has none, or does not say
    bool isDevel = false;
    QString cudaTag; ///< of PyTorch's wheels: "cu128"; "cpu", "rocm6.4"
    Version torch;
    Version python;           ///< where the environment chooses another than the system's
    QString package;          ///< what is compiled, by the name of its fork: "xformers"; empty: none
    QString packageVersion;   ///< the tag that is compiled, without "v"
    QStringList capabilities; ///< that are compiled for, as written: "8.0", "9.0+PTX"
    bool detects = false;     ///< none are chosen: those of the GPUs found are taken instead, where there are any
    int jobs = 0;             ///< compilers at a time; 0: the environment lets its tool decide

    bool usesTorch() const { return !cudaTag.isEmpty() || !torch.isNull(); }
    bool wantsGpu() const { return !cuda.isNull() || cudaTag.startsWith(QStringLiteral("cu")); }
};

/// Reads the choices named base-image, torch-version, cuda-tag, python-version, first-build-ref and
/// jobs, and the one that detects architectures. Errors: those of withChoices.
Result<Stack> stackOf(const Environment &environment, const ChosenValues &chosen);

/// "12.8" of "cu128", "9.2" of "cu92"; null for other texts.
Version cudaOfTag(const QString &tag);

} // namespace kernelyard
