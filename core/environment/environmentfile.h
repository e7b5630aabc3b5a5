// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/base/result.h"
#include "core/environment/environment.h"

namespace kernelyard {

/// Reads one environment file; resources/environments/README.md describes the format. Relative paths in a shipped
/// file start at the shipped folder, those in a user's own file at its folder. Errors: Invalid (file, line, column
/// and what was expected there), NotFound and Permission (of the file itself).
Result<Environment> readEnvironment(const QString &file, const Paths &paths);

/// The same for a file's bytes: the paths that they name must still exist.
Result<Environment> parseEnvironment(const QByteArray &yaml, const QString &file, const Paths &paths);

} // namespace kernelyard
