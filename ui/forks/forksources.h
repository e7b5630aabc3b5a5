// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/forkadvice.h"
#include "core/build/forkhistory.h"
#include "core/fork/opening.h"

#include <functional>

namespace kernelyard {

/// What is known of all checkouts, as read at one time.
struct ForkList
{
    QList<ForkStatus> forks; ///< by name
    QList<UnfinishedClone> unfinished;
    QHash<QString, ForkHistory> histories; ///< by path
};

/// How forks are read; all block and run on a worker thread. Tests put their own in.
struct ForkSources
{
    std::function<ForkList(const QList<Environment> &)> list;
    /// Of a checkout that no environment builds: what its changes since its last commit mean, by the usual rules.
    std::function<Result<ForkAdvice>(const ForkStatus &, const std::optional<Environment> &,
                                     const std::optional<Engine> &)>
        advise;
    std::function<Result<Command>(const QString &path, OpenIn where)> open;

    static ForkSources real(const Paths &paths);
};

} // namespace kernelyard
