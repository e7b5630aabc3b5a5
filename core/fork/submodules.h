// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/fork.h"
#include "core/fork/git.h"

namespace kernelyard {

/// The submodules of an open checkout at any depth, by path.
QList<SubmoduleStatus> submodulesOf(git_repository *repository);

/// Brings the submodules of an open checkout to what is pinned: addresses from .gitmodules, those missing checked out,
/// those moved put back, each with its own submodules. Objects come from \a cachedCheckout (a checkout of the same
/// project; empty: none) where it has them, else from their addresses. One that has changed files, or stands at a
/// commit that no branch holds, is left as it is. What went wrong with one stands in its `trouble` and hinders no
/// other. Errors: Cancelled.
Result<QList<SubmoduleStatus>> updateSubmodules(git_repository *repository, const QString &cachedCheckout,
                                                const ProgressFunction &progress);

} // namespace kernelyard
