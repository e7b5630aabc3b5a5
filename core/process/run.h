// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/process/command.h"

#include <QByteArray>

#include <chrono>

namespace kernelyard {

/// How a finished program ended and what it wrote.
struct Completed
{
    int exitCode = 0; ///< as a shell tells it: 128 + n for signal n
    QByteArray out;
    QByteArray err;
};

/// Runs \a command to its end on the calling worker thread, with LC_ALL=C and no standard input; never call it on the
/// window's thread. A non-zero exit is a value, not an error. Errors: Missing (no such program), Timeout (the program
/// and what it started was terminated, then killed), Failed (it could not be started).
Result<Completed> run(const Command &command, std::chrono::milliseconds limit);

} // namespace kernelyard
