// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/git.h"

namespace kernelyard {

// What a repository's configuration says of its remotes, asked key by key. Up to libgit2 1.5 each look-up of a
// git_remote matches a pattern against every key and leaks some 20 KB at each that differs (libgit2's change 6382 mends
// it): too much for a window that reads its forks for days.

/// remote.NAME.url as written; empty: there is no such remote.
QString remoteAddress(git_repository *repository, const QString &name);

/// The full name of the branch that the local \a branch follows, such as "refs/remotes/origin/main": branch.NAME.merge,
/// led through the fetch rules of branch.NAME.remote. Empty: none. Whether it is there is not asked.
QString followedBranch(git_repository *repository, const QString &branch);

} // namespace kernelyard
