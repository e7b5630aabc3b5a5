// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/fork.h"
#include "core/fork/git.h"

namespace kernelyard {

/// The changed files of an open checkout, index and working tree against its head, by path; submodules are left out.
/// Writes nothing, not even the index.
Result<QList<ChangedFile>> changedFilesOf(git_repository *repository, const QString &path);

/// What git has begun there and not ended: merge, rebase, …; empty: nothing.
QString operationOf(git_repository *repository);

} // namespace kernelyard
