// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/transfer.h"

#include <QSet>

namespace kernelyard {

/// A checkout of another commit that is made whole or not at all: the library itself stops in the middle where a disk
/// is full, with files of both commits beside each other. What the user has changed is never touched.
class WholeCheckout
{
public:
    /// \a failed is the sentence's beginning of every error, with the fork and the branch in it; \a path is the fork's.
    WholeCheckout(git_repository *repository, QString failed, QString path, const ProgressFunction &progress);

    /// Makes files and index those of \a commit, or changes nothing. Errors: Conflict (changed files are in the way,
    /// the detail has them line by line), NoSpace, Permission, Cancelled, Failed.
    Result<void> to(git_object *commit);
    /// Puts back what `to` did, because \a code, libgit2's of a later step, failed; returns the error to hand on.
    Error undone(int code);

private:
    bool putBack();
    bool removeAdded(const QString &file) const;

    git_repository *m_repository;
    QString m_failed;
    QString m_path;
    const ProgressFunction &m_progress;
    QStringList m_files; ///< in which the two commits differ, without those that the user has changed
};

} // namespace kernelyard
