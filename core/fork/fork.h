// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QDateTime>
#include <QList>
#include <QString>
#include <QStringList>

#include <functional>
#include <optional>

namespace kernelyard {

enum class ChangeKind { Modified, Added, Deleted, Renamed, TypeChanged, Untracked, Conflicted };

/// One changed file of a checkout.
struct ChangedFile
{
    QString path; ///< relative; of a renamed file the new one
    ChangeKind kind = ChangeKind::Modified;
    bool isSubmodule = false; ///< the path is a submodule's, and its pin or its checkout changed
    QString oldPath;          ///< of a renamed file

    bool operator==(const ChangedFile &) const = default;
};

/// How far a branch has gone from another one, in commits.
struct Divergence
{
    QString from; ///< the other one: "upstream/main"
    int ahead = 0;
    int behind = 0;

    bool operator==(const Divergence &) const = default;
};

enum class SubmoduleState {
    AsPinned,
    Missing, ///< not checked out
    Moved,   ///< checked out at another commit than the pinned one
    Dirty,   ///< at the pinned commit, with changed files
    Refused, ///< its name, path or address would lead out of the checkout: never touched
    Unknown, ///< it can't be read; see `trouble`
};

/// A submodule, at any depth, as it stands on disk.
struct SubmoduleStatus
{
    QString path; ///< relative to the outermost checkout
    QString url;  ///< as .gitmodules has it; may be relative to the parent's
    QString pinned;
    QString current; ///< empty: missing
    SubmoduleState state = SubmoduleState::Missing;
    QStringList changedFiles; ///< relative to the submodule
    QString trouble;          ///< why it was refused or can't be read

    bool operator==(const SubmoduleStatus &) const = default;
};

/// A git checkout of the user's fork, as it stands on disk.
struct ForkStatus
{
    QString name;
    QString path;             ///< absolute folder of the checkout
    QString branch;           ///< empty: detached
    QString commit;           ///< full hash
    QString origin;           ///< address
    QStringList changedFiles; ///< relative paths: modified, added, deleted, untracked; submodules are not among them
    int ahead = 0;            ///< of the branch that it follows, commits
    int behind = 0;
    bool hasUpstream = false;     ///< it follows a branch
    std::optional<Error> trouble; ///< why the rest is not known; from listForks alone

    QList<ChangedFile> changes;             ///< the same files with what happened to each
    QString upstream;                       ///< address of the remote "upstream"; empty: none
    std::optional<Divergence> fromOrigin;   ///< nothing: the branch is not there, or was never fetched
    std::optional<Divergence> fromUpstream; ///< from the main branch of the remote "upstream"
    QList<SubmoduleStatus> submodules;      ///< at any depth, by path
    QDateTime fetched;                      ///< when the remotes were last asked; invalid: never
    QString operation;                      ///< what git has begun and not ended: merge, rebase, …; empty: nothing

    bool isClean() const { return changedFiles.isEmpty(); }
    int submodulesIn(SubmoduleState state) const;
};

/// How far a clone, a fetch or an update of submodules has come.
struct CloneProgress
{
    qint64 receivedObjects = 0;
    qint64 totalObjects = 0;
    qint64 receivedBytes = 0;
    QString step; ///< what is in work: an address or a submodule's path
};

/// Told of progress; returns false to cancel. Called on the worker's thread, often.
using ProgressFunction = std::function<bool(const CloneProgress &)>;

/// Makes a bare git repository at \a path whose one commit holds the files of \a folder, without what its .gitignore
/// names; when it exists already and \a folder has changed since, adds a commit. Returns the head commit. Never touches
/// a user's checkout.
Result<QString> seedRepository(const QString &folder, const QString &path);
/// Where that repository of the fork named \a fork lies.
QString seedPath(const QString &seedsFolder, const QString &fork);

/// What to clone, and what is at hand already.
struct CloneRequest
{
    QString url;
    QString path;           ///< absolute
    QString branch;         ///< empty: the one that the address names as its own
    QString upstreamUrl;    ///< becomes the remote "upstream"; empty: none
    QString mirror;         ///< a local repository of the same project whose objects are shared; empty: none
    QString cachedCheckout; ///< a local checkout whose submodules' objects are shared; empty: none
    bool submodules = true; ///< check them out too, at any depth
};

/// Clones, made whole beside the path in a hidden folder and renamed. A clone that ends early (cancelled, no network, a
/// killed process) leaves that folder with what it has; the next one of the same address goes on from there: a stage
/// that was received whole (the history up to a tag, a submodule) is not asked for again. When the path is a checkout
/// already it is left as it is. Shared objects are hard links, or copies on another file system, so the mirror may be
/// deleted. Errors: Conflict (the path is something else; another process clones to it), Permission (it is another
/// user's; wrong credentials), Cancelled, NoSpace, NotFound, Failed (git's own words as detail). A submodule or an
/// upstream that can't be had does not fail the clone: it stands in the status as missing.
Result<ForkStatus> cloneFork(const CloneRequest &request, const ProgressFunction &progress);
/// The same, nothing at hand, no upstream.
Result<ForkStatus> cloneFork(const QString &url, const QString &path, const ProgressFunction &progress);

/// A clone that ended early and can be gone on with.
struct UnfinishedClone
{
    QString name;
    QString url;
    QString path; ///< where the checkout will be
};

QList<UnfinishedClone> unfinishedClones(const QString &folder);
/// Removes what an unfinished clone to \a path left. Errors: Conflict (it is at work), NotFound, Permission.
Result<void> discardUnfinishedClone(const QString &path);

Result<ForkStatus> readFork(const QString &path);

/// Only the name, the path and the remotes' addresses, without a look at files or history.
Result<ForkStatus> readForkIdentity(const QString &path);

/// Every checkout below \a folder, by name, read in parallel. One that can't be read stands in the list with its
/// trouble.
QList<ForkStatus> listForks(const QString &folder);

/// What makes sure that an environment's fork is there.
struct ForkRequest
{
    QString name;        ///< folder name below `forksFolder`
    QString url;         ///< git address; empty: a repository made from `seed`
    QString seed;        ///< absolute folder of sources
    QString seedsFolder; ///< where repositories made from seeds lie
    QString forksFolder; ///< where checkouts lie
};

/// Clones the fork when it is not there. Where the shipped seed is newer than the repository made from it, that
/// repository gets a commit and the checkout only learns of it (its origin is fetched: "behind by 1"); the user's
/// files, index and branches stay as they are. Errors: as seedRepository and cloneFork, and Invalid (a name that is no
/// plain folder name, neither address nor seed).
Result<ForkStatus> ensureFork(const ForkRequest &request, const ProgressFunction &progress);

} // namespace kernelyard
