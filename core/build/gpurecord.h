// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/plan.h"
#include "core/gpu/gpuhistory.h"

namespace kernelyard {

/// What the GPUs did while tasks of a build had them: a GpuRecordFile beside the journal, pruned with it. Not in it,
/// for the readings come from a process of its own, which a stuck driver may hold; without the file a build lacks its
/// charts and nothing else.
struct GpuRecord
{
    GpuReading last; ///< with the limits
    GpuHistory history{std::chrono::hours(24 * 60)};

    bool isEmpty() const { return last.gpus.isEmpty(); }
};

/// Lines that are cut or damaged are left out. Blocks: for worker threads.
GpuRecord readGpuRecord(const QString &file);

/// Whether \a task of a build with \a engine gives its container the GPUs.
bool takesGpus(const Engine &engine, const Task &task);

} // namespace kernelyard
