// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/environment/environmentfile.h"

#include <QHash>

namespace kernelyard {

/// All environments: the shipped ones and the user's own, which win over a shipped one of the same name; each with the
/// user's own values of its choices. A file that can't be read stands in \a errors and hides nothing else.
struct Catalog
{
    QList<Environment> environments; ///< by name
    QList<Error> errors;
    /// Places in errors, by the name that a file which can't be read was meant to have.
    QHash<QString, qsizetype> broken;

    const Environment *find(const QString &name) const;
    /// Why the file that was to define \a name can't be read; none: there is no such file. A shipped environment of
    /// that name may be found all the same.
    const Error *failureOf(const QString &name) const;
    /// The same with words: NotFound names those that exist, or gives the error of the file that should define it.
    Result<Environment> get(const QString &name) const;
};

/// Reads every *.yml and *.yaml of the shipped and the user's folder; a folder that does not exist is empty.
Catalog readCatalog(const Paths &paths);

} // namespace kernelyard
