// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/preflight/check.h"
#include "core/preflight/compatibility.h"
#include "core/preflight/machinefacts.h"

namespace kernelyard {

/// Whether \a stack can be built and run here: the whole ladder, from the kernel module to the time it takes. Pure.
/// Where there is no GPU the rungs above it are unknown for an environment that needs none, and the first of them is a
/// warning for one that does: it can be built, but its numbers can't be proven here.
Preflight preflight(const Stack &stack, const MachineFacts &machine, const CompatibilityTables &tables);

// Its two parts, in order: up to a GPU in a container; then the engine and what is built with it.
QList<Check> machineChecks(const Stack &stack, const MachineFacts &machine);
QList<Check> stackChecks(const Stack &stack, const MachineFacts &machine, const CompatibilityTables &tables);

/// Leaves of the choices that would pass those that \a environment leaves open, and gives them as commands too.
void offerChoices(QList<Check> &checks, const Environment &environment);

/// Reads the tables and the machine, and judges. \a sources without images: those of the environment are taken.
/// Blocks as readMachineFacts. Errors: Invalid (a choice that does not exist, a table that can't be read).
Result<Preflight> runPreflight(const Environment &environment, const ChosenValues &choices, MachineSources sources);

} // namespace kernelyard
