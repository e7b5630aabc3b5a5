// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/fork.h"
#include "core/fork/transfer.h"

namespace kernelyard {

// What a user does with a checkout. None of it loses uncommitted work: where it would, it changes nothing and says
// which files are in the way (ErrorKind::Conflict, the files as detail). All of it blocks: a worker's work.

/// A branch that can be switched to.
struct ForkBranch
{
    QString name;   ///< of a remote one without the remote's
    QString remote; ///< origin, upstream; empty: a local branch
    QString commit;
    bool isCurrent = false;
};

/// Local branches first, then those that remotes alone have.
Result<QList<ForkBranch>> branchesOf(const QString &path);

/// What one fetch brought.
struct FetchReport
{
    QList<RefUpdate> updates;
    QList<Error> failures; ///< of a remote that could not be fetched; the others were
};

/// Fetches every remote and forgets branches that are gone there. Files, index and branches of the user's stay. Errors:
/// Cancelled; the failure of the only remote; NotFound (it has none).
Result<FetchReport> fetchFork(const QString &path, const ProgressFunction &progress);

/// Sets the address of the remote "upstream", added where it is missing.
Result<void> setUpstream(const QString &path, const QString &url);

/// Checks \a branch out; one that only a remote has becomes a local one that follows it. Changed files that the branch
/// does not touch stay changed. Errors: Conflict, NotFound, Cancelled.
Result<ForkStatus> switchBranch(const QString &path, const QString &branch, const ProgressFunction &progress);

/// Makes a branch at \a start (empty: where the checkout stands) and switches to it. Errors: Invalid (a name that git
/// refuses), Conflict (it exists, or files are in the way), NotFound.
Result<ForkStatus> createBranch(const QString &path, const QString &branch, const QString &start,
                                const ProgressFunction &progress);

/// Moves the current branch forward to \a target (empty: the branch that it follows, such as origin/main). Errors:
/// Conflict (it has commits of its own, or files are in the way), NotFound.
Result<ForkStatus> fastForward(const QString &path, const QString &target, const ProgressFunction &progress);

/// Puts changed and untracked files away as a stash, then switches. When the switch fails the files are put back.
/// Errors: those of switchBranch.
Result<ForkStatus> stashAndSwitch(const QString &path, const QString &branch, const ProgressFunction &progress);

/// How many stashes there are.
int stashCount(const QString &path);

/// updateSubmodules for the checkout at \a path; returns its status with what went wrong in its submodules.
Result<ForkStatus> syncSubmodules(const QString &path, const QString &cachedCheckout, const ProgressFunction &progress);

} // namespace kernelyard
