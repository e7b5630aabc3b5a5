// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/base/paths.h"
#include "core/build/buildstate.h"

namespace kernelyard {

/// One build in a list, from the ends of its journal alone.
struct BuildSummary
{
    BuildId id;
    QString environment;
    QString purpose;
    QString engine; ///< Engine::display()
    BuildStatus status = BuildStatus::Queued;
    QDateTime started;
    BuildTime elapsed{0};
    int stepsCached = 0;
    int stepsRun = 0;
    QString failure;

    bool operator==(const BuildSummary &) const = default;
};

/// Makes the build's folder, writes plan.json and starts the detached runner (`kernelyardctl` at \a ctl). Returns
/// once the runner holds the lock, or its error. Errors: NoSpace, Permission, Failed.
Result<BuildId> launchBuild(const Paths &paths, const Plan &plan, const QString &ctl);

/// Every build, newest first. A folder that can't be read is left out and logged.
Result<QList<BuildSummary>> listBuilds(const Paths &paths);

/// Replays one build whole. Errors: NotFound.
Result<BuildState> readBuild(const Paths &paths, BuildId id);

/// Asks the runner to cancel: the engine ends softly, then hard. Returns at once. Errors: NotFound, Conflict (it has
/// already ended).
Result<void> cancelBuild(const Paths &paths, BuildId id);

/// Resolves "412", "#0412" and "latest".
Result<BuildId> findBuild(const Paths &paths, const QString &text);

} // namespace kernelyard
