// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/git.h"

#include <functional>

namespace kernelyard {

/// The folder of git's own data for the checkout or bare repository at \a path, following a `.git` file; empty: none.
QString gitFolderOf(const QString &path);

/// Gives \a repository every object that the git folder \a source holds: packs and loose objects, by hard link, or by
/// copy where they lie on another file system. What is there already stays. \a goOn is asked between files; false
/// ends the work. Errors: NoSpace, Permission, Cancelled, Failed.
Result<void> shareObjects(const QString &source, git_repository *repository, const std::function<bool()> &goOn);

} // namespace kernelyard
