// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builds.h"
#include "core/environment/environment.h"
#include "core/fork/fork.h"
#include "core/validation/validationrun.h"

#include <QHash>

namespace kernelyard {

/// The newest build and the newest validation of the commit that a checkout stands at.
struct ForkHistory
{
    std::optional<BuildSummary> lastBuild;
    std::optional<ValidationVerdict> lastValidation;
    BuildId lastValidationBuild;
};

/// What a build's fork task says when it is done, and so where its journal has the commit.
QString forkTaskLine(const ForkStatus &fork);
/// The beginning of the commit in such a line; empty: there is none.
QString commitInForkTask(const QByteArray &output);

/// By the path of the checkout. Reads the journals of the newest builds of each environment; blocks.
QHash<QString, ForkHistory> readForkHistories(const QList<ForkStatus> &forks, const QList<Environment> &environments,
                                              const Paths &paths);

} // namespace kernelyard
