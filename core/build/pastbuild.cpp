// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/pastbuild.h"

#include "core/build/buildreplay.h"
#include "core/build/estimate.h"

#include <QSet>

#include <algorithm>

namespace kernelyard {

QStringList stepInstructions(const QList<Step> &steps)
{
    QStringList names;
    QSet<QString> known;
    for (const Step &step : steps) {
        const QString name = instructionOf(step.name);
        if (!known.contains(name)) {
            known.insert(name);
            names << name;
        }
    }
    return names;
}

static PastStep pastStep(const Step &step, const QString &layer)
{
    PastStep past;
    past.layer = layer;
    past.name = instructionOf(step.name);
    past.status = step.status;
    past.started = step.started.value_or(BuildTime(0));
    if (step.started && step.ended && step.status != StepStatus::Cached)
        past.duration = *step.ended - *step.started;
    past.peakMemoryBytes = step.peakMemoryBytes;
    return past;
}

static StepStatus statusOf(const QList<PastStep> &steps)
{
    const auto all = [&](StepStatus status) {
        return std::ranges::all_of(steps, [status](const PastStep &step) { return step.status == status; });
    };
    const auto any = [&](StepStatus status) {
        return std::ranges::any_of(steps, [status](const PastStep &step) { return step.status == status; });
    };
    if (steps.isEmpty())
        return StepStatus::NotRun;
    if (any(StepStatus::Failed))
        return StepStatus::Failed;
    for (const StepStatus whole : {StepStatus::Cached, StepStatus::NotRun, StepStatus::Waiting})
        if (all(whole))
            return whole;
    return any(StepStatus::Running) ? StepStatus::Running : StepStatus::Done;
}

static PastTask pastTask(const Task &task, const QList<PastStep> &steps)
{
    PastTask past;
    past.name = task.name;
    past.kind = task.kind;
    past.status = statusOf(steps);
    BuildTime begin = BuildTime::max();
    BuildTime end{0};
    for (const PastStep &step : steps)
        if (step.duration) {
            begin = std::min(begin, step.started);
            end = std::max(end, step.started + *step.duration);
        }
    if (end > BuildTime(0))
        past.duration = end - begin;
    return past;
}

PastBuild pastBuild(const BuildState &state, const BuildSummary &summary)
{
    PastBuild past;
    past.summary = summary;
    const QList<Task> &tasks = state.plan().tasks;
    QList<QList<PastStep>> byTask(tasks.size());
    for (const Step &step : state.steps()) {
        past.steps << pastStep(step, tasks.value(step.task).name);
        byTask[step.task] << past.steps.last();
    }
    for (qsizetype i = 0; i < tasks.size(); ++i)
        past.tasks << pastTask(tasks[i], byTask[i]);
    return past;
}

Result<PastBuild> readPastBuild(const Paths &paths, BuildId id)
{
    auto replay = BuildReplay::open(paths, id, BuildState::Keep::StepsOnly);
    if (!replay)
        return Failure(replay.error());
    if (const auto read = replay->readAll(); !read)
        return Failure(read.error());
    return pastBuild(replay->state(), replay->summary());
}

} // namespace kernelyard
