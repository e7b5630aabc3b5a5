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
    QString failure;            ///< failureSentence()
    QString cause;              ///< causeInShort(); given by BuildList alone
    qint64 peakMemoryBytes = 0; ///< 0: unknown
    bool isPaused = false;
    int retryOf = 0;      ///< 0: of none
    qint64 unitsDone = 0; ///< within the running step, where its tool counts them
    qint64 unitsTotal = 0;
    QString branch;          ///< BuildState::branch()
    QStringList steps;       ///< the instructions of its steps, each once; builds that have the same share one list
    qint64 journalBytes = 0; ///< on disk
    bool pinned = false;     ///< never taken by prune
    BuildTime pausedTime{0}; ///< of a running one: not in elapsed
    QString planProblem;     ///< why its plan can't be read; environment, purpose and engine are then unknown

    bool operator==(const BuildSummary &) const = default;
};

/// Makes the build's folder, writes plan.json and starts the detached runner (`kernelyardctl` at \a ctl, an absolute
/// path). Returns once the runner holds the lock and has begun its journal, or its error; blocks for some 30 ms, at
/// most 10 s. Errors: NoSpace, Permission, Failed.
Result<BuildId> launchBuild(const Paths &paths, const Plan &plan, const QString &ctl);

/// Every build, newest first; one whose plan can't be read as well, with what its journal tells. Ended builds come from
/// the history, which is made from the journals where it is missing; a running one is replayed.
Result<QList<BuildSummary>> listBuilds(const Paths &paths);

/// What becomes of a build whose plan.json is missing, cut or damaged, or may not be read.
enum class DamagedPlan {
    Refused,
    StoodInFor, ///< by standInPlan(): its journal can be read
};
/// Replays one build whole. Errors: NotFound; what Plan::read says, where a damaged plan is refused.
Result<BuildState> readBuild(const Paths &paths, BuildId id, DamagedPlan damaged = DamagedPlan::Refused);

/// Asks the runner to cancel: the engine ends softly, then hard. Returns at once. Errors: NotFound, Conflict (it has
/// already ended), Permission (it is another user's).
Result<void> cancelBuild(const Paths &paths, BuildId id);

/// Asks the runner to stand still, or a queued build not to start: what it runs is frozen, no time counts, cancelling
/// works. Returns at once. Errors: NotFound, Conflict (it has ended, or is paused already), Unsupported (the running
/// step is done by a daemon that can't pause it).
Result<void> pauseBuild(const Paths &paths, BuildId id);
/// Errors: NotFound, Conflict (it has ended, or is not paused).
Result<void> resumeBuild(const Paths &paths, BuildId id);

/// The plan that runs build \a id again. The engine's cache takes what was built, so it goes on at the step that
/// failed: a "--no-cache" of the layers that were already begun is left out. \a jobs, where above 0, becomes the
/// MAX_JOBS of each layer whose Dockerfile has one. Errors: NotFound, Invalid, Unsupported (no layer takes a number of
/// jobs).
Result<Plan> retryPlan(const Paths &paths, BuildId id, int jobs = 0);

/// Resolves "412", "#0412", "latest" and the address of a build or of one of its lines (BuildLink).
Result<BuildId> findBuild(const Paths &paths, const QString &text);

} // namespace kernelyard
