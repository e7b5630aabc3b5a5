// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <functional>
#include <optional>

namespace kernelyard {

/// A git checkout of the user's fork, as it stands on disk.
struct ForkStatus
{
    QString name;
    QString path;             ///< absolute folder of the checkout
    QString branch;           ///< empty: detached
    QString commit;           ///< full hash
    QString origin;           ///< address
    QStringList changedFiles; ///< relative paths: modified, added, deleted, untracked
    int ahead = 0;            ///< of its upstream branch, commits
    int behind = 0;
    bool hasUpstream = false;
    std::optional<Error> trouble; ///< why the rest is not known; from listForks alone

    bool isClean() const { return changedFiles.isEmpty(); }
};

struct CloneProgress
{
    qint64 receivedObjects = 0;
    qint64 totalObjects = 0;
    qint64 receivedBytes = 0;
};

/// Makes a bare git repository at \a path whose one commit holds the files of \a folder, without what its .gitignore
/// names; when it exists already and \a folder has changed since, adds a commit. Returns the head commit. Never touches
/// a user's checkout.
Result<QString> seedRepository(const QString &folder, const QString &path);

/// Clones \a url to \a path (made whole beside it and renamed, so that an interrupted clone leaves nothing). When
/// \a path is a checkout already it is left as it is. \a progress returns false to cancel. Errors: Conflict (\a path
/// exists and is no git checkout), Permission (it is another user's), Cancelled, Failed (git's own words as detail).
Result<ForkStatus> cloneFork(const QString &url, const QString &path,
                             const std::function<bool(const CloneProgress &)> &progress);

Result<ForkStatus> readFork(const QString &path);

/// Every checkout below \a folder, by name. One that can't be read stands in the list with its trouble.
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
Result<ForkStatus> ensureFork(const ForkRequest &request, const std::function<bool(const CloneProgress &)> &progress);

} // namespace kernelyard
