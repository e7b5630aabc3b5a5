// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>
#include <QStringList>

#include <functional>

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

    bool isClean() const { return changedFiles.isEmpty(); }
};

struct CloneProgress
{
    qint64 receivedObjects = 0;
    qint64 totalObjects = 0;
    qint64 receivedBytes = 0;
};

/// Makes a git repository at \a path whose one commit holds the files of \a folder; when it exists already and
/// \a folder has changed since, adds a commit. Returns the head commit. Never touches a user's checkout.
Result<QString> seedRepository(const QString &folder, const QString &path);

/// Clones \a url to \a path (made whole beside it and renamed, so that an interrupted clone leaves nothing). When
/// \a path is a checkout already it is left as it is. \a progress returns false to cancel. Errors: Conflict (\a path
/// exists and is no git checkout), Cancelled, Failed (git's own words as detail).
Result<ForkStatus> cloneFork(const QString &url, const QString &path,
                             const std::function<bool(const CloneProgress &)> &progress);

Result<ForkStatus> readFork(const QString &path);

/// Every checkout below \a folder.
QList<ForkStatus> listForks(const QString &folder);

} // namespace kernelyard
