// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/process/command.h"

#include <chrono>
#include <functional>

namespace kernelyard {

/// Runs \a command to its end with our own standard output and error, for commands whose whole purpose is to run
/// others. It never outlives us: it is terminated (SIGTERM, after 5 s SIGKILL) when \a cancelled turns true or \a limit
/// has passed, and by the kernel when this process dies. Call it on the main thread of a command-line program: the
/// kernel binds that to the thread. Returns the exit code, 128 + n for signal n. Errors: Missing, Failed (could not
/// start), Cancelled, Timeout.
Result<int> runForeground(const Command &command, std::chrono::milliseconds limit,
                          const std::function<bool()> &cancelled);

} // namespace kernelyard
