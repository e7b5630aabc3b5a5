// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/session.h"
#include "core/build/gpuowners.h"
#include "core/gpu/architecture.h"
#include "core/gpu/gpumonitor.h"

namespace kernelyard::ctl {

/// How this program asks the driver: itself, as a helper process.
Command gpuHelper(const Session &session);

/// What is wrong as a whole; empty where nothing is, or where there is just no GPU.
QString gpuFaultSentence(const Result<GpuReading> &reading);

/// One line a GPU, for `engines`.
void printGpuLines(Console &console, const Result<GpuReading> &reading);

/// Everything, for `gpu`. \a table may have no rows.
void printGpus(Console &console, const GpuReading &reading, const GpuOwners &owners, const ArchitectureTable &table);

/// The reading with what only we know beside it: each GPU's row of the table, each process's container and build.
QJsonObject toJson(const GpuReading &reading, const GpuOwners &owners, const ArchitectureTable &table);

} // namespace kernelyard::ctl
