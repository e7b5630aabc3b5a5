// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/base/paths.h"
#include "core/build/buildstate.h"

namespace kernelyard {

/// One build in a list.
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

/// Makes the build's folder, writes plan.json and starts the detached runner (`kernelyardctl` at \a ctl, an absolute
/// path). Returns once the runner holds the lock and has begun its journal, or its error; blocks for some 30 ms, at
/// most 10 s. Errors: NoSpace, Permission, Failed.
Result<BuildId> launchBuild(const Paths &paths, const Plan &plan, const QString &ctl);

/// Every build, newest first. A folder that can't be read is left out and logged. An ended build costs one small file,
/// its summary, which is made from the journal when missing; a running one is replayed.
Result<QList<BuildSummary>> listBuilds(const Paths &paths);

/// Replays one build whole. Errors: NotFound, Invalid (its plan can't be read).
Result<BuildState> readBuild(const Paths &paths, BuildId id);

/// Asks the runner to cancel: the engine ends softly, then hard. Returns at once. Errors: NotFound, Conflict (it has
/// already ended), Permission (it is another user's).
Result<void> cancelBuild(const Paths &paths, BuildId id);

/// Resolves "412", "#0412" and "latest".
Result<BuildId> findBuild(const Paths &paths, const QString &text);

} // namespace kernelyard
