// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/gpu.h"
#include "core/preflight/compatibility.h"
#include "core/preflight/stack.h"

namespace kernelyard {

/// The capabilities that \a stack is compiled for on a machine with \a gpus.
QStringList capabilitiesOf(const Stack &stack, const QList<GpuStatus> &gpus);

/// Whether nvcc and the package can build what \a stack is compiled for, and whether it runs on each of \a gpus.
void checkArchitectures(Check &check, const Stack &stack, const QList<GpuStatus> &gpus,
                        const CompatibilityTables &tables);

} // namespace kernelyard
