// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/fork.h"

namespace kernelyard {

/// The full hash of the commit that \a revision (a hash, a branch, HEAD~3) names in the checkout at \a path. Errors:
/// NotFound, those of opening it.
Result<QString> resolveCommit(const QString &path, const QString &revision);

/// What differs between \a commit and the working tree of the checkout at \a path, untracked files included, ignored
/// ones not, by path. A submodule counts when another commit of it is pinned or checked out, and what was changed in
/// one, at any depth, counts by its path in the outermost checkout. Writes nothing. Errors:
/// NotFound (no such commit in it), those of opening it.
Result<QList<ChangedFile>> changesSince(const QString &path, const QString &commit);

/// What git knows in a checkout, as paths relative to it.
struct TrackedFiles
{
    QStringList own;
    QStringList inSubmodules; ///< at any depth, of those that are checked out
};
Result<TrackedFiles> trackedFiles(const QString &path);

} // namespace kernelyard
