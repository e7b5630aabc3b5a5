// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/callwatch.h"
#include "core/gpu/gpu.h"

#include <QByteArray>

#include <chrono>
#include <variant>

namespace kernelyard {

/// The process of its own in which the driver is asked (`kernelyardctl gpu-helper`): a call that never returns sticks
/// it and nothing else. It writes one JSON object a line on standard output: readings; while a call lasts over a
/// second, which one; and, where there was nothing to be said for two seconds, that it is alive. Takes the arguments
/// after the command's name; returns the exit status.
///
/// --once: one reading, for which a GPU that is asleep is woken; a watch leaves it asleep. --interval MS: from one
/// reading to the next (1000). --limit MS: the process ends when a call lasts longer (5000; four times that where it
/// starts the driver or a GPU). --library FILE, --root FOLDER: see GpuReaderOptions; the environment's
/// KERNELYARD_NVML_LIBRARY names the library, too. --idle MS: see GpuReaderOptions. --skip N,N: GPUs that are not
/// asked. --no-smi.
/// --append FILE: readings go to the end of that file (GpuRecordFile) instead; ends where there is no GPU to
/// be read, and goes on without one that sticks it.
int runGpuHelper(const QStringList &arguments);

constexpr int gpuHelperGaveUp = 75; ///< exit status after a call over the limit (EX_TEMPFAIL of sysexits.h)

struct GpuHelperReading
{
    GpuReading reading;
    std::chrono::milliseconds next{0}; ///< until the next one
};
struct GpuHelperStuck
{
    QString call;
    int gpu = -1;
    std::chrono::milliseconds lasted{0};
    CallKind kind = CallKind::Running;
};
struct GpuHelperAlive
{};
struct GpuHelperNoise
{};

/// One line of the helper; Noise where it is none.
std::variant<GpuHelperNoise, GpuHelperReading, GpuHelperStuck, GpuHelperAlive>
parseGpuHelperLine(const QByteArray &line);

} // namespace kernelyard
