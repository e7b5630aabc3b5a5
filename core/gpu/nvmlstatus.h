// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/nvmlgpm.h"
#include "core/gpu/nvmlprocesses.h"

namespace kernelyard {

/// What does not change of a GPU. What can't be read now keeps the value that it has.
void readFixed(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device, GpuStatus &gpu);

/// All the rest. How the GPU as a whole failed, where it did: then nothing else of it is true.
std::optional<nvml::Return> readLive(NvmlCaller &calls, const nvml::Functions &f, nvml::Device device,
                                     NvmlProcesses &processes, NvmlGpm &gpm, GpuStatus &gpu);

} // namespace kernelyard
