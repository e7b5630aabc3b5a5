// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <spdlog/logger.h>

namespace kernelyard {

/// The parts of the program that log, one logger each.
enum class LogDomain { Engine, Environment, Build, Runner, Fork, Validation, Gpu, Ui, App };

/// The logger of \a domain. Before startLogging it discards everything, so libraries and tests may log freely.
spdlog::logger &log(LogDomain domain);

/// Sends every domain to a rotating file (5 files of 2 MiB) in \a folder, created when missing; warnings and errors
/// also to standard error when \a alsoStderr. Call once, at start.
Result<void> startLogging(const QString &folder, const QString &fileName, bool alsoStderr);

} // namespace kernelyard
