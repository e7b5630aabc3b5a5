// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builds.h"

namespace kernelyard {

/// instructionOf() \a steps, each once, in order.
QStringList stepInstructions(const QList<Step> &steps);

/// One step of an ended build, as the history keeps it.
struct PastStep
{
    QString layer; ///< name of its task
    QString name;  ///< instructionOf()
    StepStatus status = StepStatus::Waiting;
    BuildTime started{0};              ///< since the build began; 0 where it never did
    std::optional<BuildTime> duration; ///< of one that ran to an end, well or not; none of a cached one
    qint64 peakMemoryBytes = 0;        ///< of the build while it ran; 0: unknown

    bool operator==(const PastStep &) const = default;
};

/// One task of an ended build: its command, with what it led to.
struct PastTask
{
    QString name;
    TaskKind kind = TaskKind::Layer;
    StepStatus status = StepStatus::Waiting; ///< Failed where one of its steps is; Cached where all are
    std::optional<BuildTime> duration;       ///< from its first step's begin to its last one's end

    bool operator==(const PastTask &) const = default;
};

/// A build with its tasks and steps, without its log: what is kept of an ended one, and what two are compared by.
struct PastBuild
{
    BuildSummary summary;
    QList<PastTask> tasks;
    QList<PastStep> steps;

    bool operator==(const PastBuild &) const = default;
};

PastBuild pastBuild(const BuildState &state, const BuildSummary &summary);

/// Reads a build's journal; of one that runs, what there is so far. Errors: NotFound, Invalid.
Result<PastBuild> readPastBuild(const Paths &paths, BuildId id);

} // namespace kernelyard
