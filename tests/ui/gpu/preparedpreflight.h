// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/preflight/preflight.h"

namespace kernelyard::test {

/// What \a reading's machine is beside its GPUs: a Podman that works, a toolkit, a CDI specification (tests/data),
/// memory for eight compilers.
MachineFacts preparedMachine(const GpuReading &reading);

/// The real checks of \a environment over preparedMachine(), as a run with a probe would have them where \a probed.
Result<Preflight> preparedPreflight(const Environment &environment, const GpuReading &reading, bool probed);

} // namespace kernelyard::test
