// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/build/engineend.h"
#include "core/process/command.h"

namespace kernelyard {

/// Starts \a command as the leader of a process group of its own, without standard input, its output going to the
/// descriptors \a out and \a err, with LC_ALL=C.UTF-8 (its output is parsed) and TMPDIR as \a temporaryFolder. The
/// process puts its pid into \a running before the program begins, so that a guard knows every program that ever ran.
/// Errors: Missing (no such program), Permission, Failed.
Result<pid_t> startEngine(const Command &command, const QString &temporaryFolder, int out, int err,
                          RunningTask &running);

} // namespace kernelyard
