// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildlist.h"
#include "core/build/buildreplay.h"
#include "core/build/cacheanswer.h"

#include <QFile>

#include <algorithm>

namespace kernelyard {

namespace {

struct ReadBuild
{
    BuildId id;
    BuildState state;
    QList<LayerInputs> inputs;

    CacheEvidence evidence() const { return {id, &state.plan(), &state.steps(), inputs}; }
};

Result<ReadBuild> read(const Paths &paths, BuildId id)
{
    auto replay = BuildReplay::open(paths, id, BuildState::Keep::StepsOnly);
    if (!replay)
        return Failure(replay.error());
    if (const auto done = replay->readAll(); !done)
        return Failure(done.error());
    QFile file(BuildFolder::of(paths, id).inputs());
    const QByteArray json = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    return ReadBuild{id, std::move(*replay).takeState(), layerInputsFromJson(json)};
}

/// The newest build before \a now in which an engine of the same id worked on \a task.
std::optional<ReadBuild> buildBefore(const Paths &paths, const ReadBuild &now, const QString &task)
{
    const Plan &plan = now.state.plan();
    for (const BuildId id : buildIds(paths)) {
        if (id.number() >= now.id.number())
            continue;
        const auto replay = BuildReplay::open(paths, id, BuildState::Keep::StepsOnly); // its plan alone
        if (!replay || replay->state().plan().environment != plan.environment ||
            replay->state().plan().engine.id() != plan.engine.id())
            continue;
        const QList<Task> &tasks = replay->state().plan().tasks;
        const auto same = std::find_if(tasks.cbegin(), tasks.cend(), [&](const Task &t) { return t.name == task; });
        if (same == tasks.cend())
            continue;
        auto build = read(paths, id);
        const int index = int(same - tasks.cbegin());
        if (build && std::any_of(build->state.steps().cbegin(), build->state.steps().cend(),
                                 [index](const Step &step) { return step.task == index && !step.key.isEmpty(); }))
            return std::move(*build);
    }
    return {};
}

CacheAnswer answerFor(const Paths &paths, const ReadBuild &now, int step)
{
    const QList<Step> &steps = now.state.steps();
    std::optional<ReadBuild> before;
    if (step >= 0 && step < steps.size())
        before = buildBefore(paths, now, now.state.plan().tasks.value(steps[step].task).name);
    return whyNotCached(now.evidence(), step, before ? std::optional(before->evidence()) : std::nullopt);
}

} // namespace

Result<CacheAnswer> whyNotCached(const Paths &paths, BuildId id, int step)
{
    const auto now = read(paths, id);
    if (!now)
        return Failure(now.error());
    return answerFor(paths, *now, step);
}

Result<QList<CacheAnswer>> whyNotCached(const Paths &paths, BuildId id)
{
    const auto now = read(paths, id);
    if (!now)
        return Failure(now.error());
    QList<CacheAnswer> answers;
    for (const int step : firstNotCached(now->state.plan(), now->state.steps()))
        answers.append(answerFor(paths, *now, step));
    return answers;
}

} // namespace kernelyard
