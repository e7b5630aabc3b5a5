// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/base/result.h"
#include "core/environment/environment.h"

namespace kernelyard {

/// Reads one environment file. Every error names file, line, column and what was expected there.
Result<Environment> readEnvironment(const QString &file, const Paths &paths);

/// All environments: the shipped ones and the user's own, which win over a shipped one of the same name. A file that
/// can't be read stands in \a errors and hides nothing else.
struct Catalog
{
    QList<Environment> environments; ///< by name
    QList<Error> errors;

    const Environment *find(const QString &name) const;
};
Catalog readCatalog(const Paths &paths);

} // namespace kernelyard
