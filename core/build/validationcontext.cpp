// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/validationcontext.h"

#include "core/build/buildlist.h"
#include "core/build/estimate.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

static constexpr int buildsToSearch = 200; // for the one that made an image

static bool madeImages(const PastBuild &build)
{
    if (build.summary.purpose == u"pull")
        return build.summary.status == BuildStatus::Done;
    return std::ranges::any_of(build.tasks, [&build](const PastTask &task) {
        if (task.kind != TaskKind::Layer || task.status != StepStatus::Done)
            return false;
        return std::ranges::any_of(build.steps, [&task](const PastStep &step) {
            return step.layer == task.name && step.status == StepStatus::Done && isInstruction(step.name) &&
                   !step.name.startsWith(u"FROM ");
        });
    });
}

/// The newest build up to \a id that made images of \a environment, whatever became of it after that; 0: none is known.
static int imagesMadeBy(BuildId id, const QString &environment, const Paths &paths)
{
    BuildList list(paths);
    if (!list.read()) // which brings the history up to date
        return 0;
    for (const PastBuild &build : list.history().builds(environment, buildsToSearch))
        if (build.summary.id.number() <= id.number() && madeImages(build))
            return build.summary.id.number();
    return 0;
}

static const Task *validationTask(const Plan &plan)
{
    const auto task = std::ranges::find(plan.tasks, TaskKind::Validation, &Task::kind);
    return task == plan.tasks.end() ? nullptr : &*task;
}

ReportContext validationContext(const BuildState &state, BuildId id, const Paths &paths)
{
    ReportContext context;
    context.environment = state.plan().environment;
    context.build = id.display();
    context.started = state.startedAt();
    context.facts.append({u"engine"_s, state.plan().engine.display()});
    if (const Task *task = validationTask(state.plan())) {
        const int maker = imagesMadeBy(id, context.environment, paths);
        context.facts.append(
            {u"image"_s, maker > 0 ? u"%1 of build %2"_s.arg(task->image, BuildId(maker).display()) : task->image});
        const QString scope = ValidationScope::of(state.plan().validationArguments).text();
        context.facts.append({u"scope"_s, scope.isEmpty() ? u"all of the suite"_s : scope});
    }
    for (const auto &[name, value] : state.plan().choices)
        context.facts.append({name, value});
    context.facts.removeIf([](const auto &fact) { return fact.second.isEmpty(); });
    return context;
}

std::optional<ValidationRun> validationOf(const BuildState &state)
{
    for (int task = 0; task < state.plan().tasks.size(); ++task) {
        if (state.plan().tasks[task].kind != TaskKind::Validation)
            continue;
        const QByteArray lines = state.taskOutput(task);
        if (!lines.isEmpty())
            return ValidationRun::fromJsonLines(lines);
    }
    return std::nullopt;
}

Result<PastValidation> readValidation(const Paths &paths, BuildId id)
{
    const Result<BuildState> state = readBuild(paths, id);
    if (!state)
        return Failure(state.error());
    const std::optional<ValidationRun> run = validationOf(*state);
    if (!run)
        return Failure(Error{
            ErrorKind::NotFound,
            QCoreApplication::translate("PastValidation", "Build %1 has no validation results.").arg(id.display()),
            {},
            QCoreApplication::translate("PastValidation", "Choose a build whose validation has begun.")});
    return PastValidation{id, *run, validationContext(*state, id, paths)};
}

std::optional<ValidationOutcome> readOutcome(const Paths &paths, const BuildSummary &build, const Plan &plan)
{
    const Task *task = validationTask(plan);
    if (!task)
        return {};
    ValidationOutcome outcome;
    outcome.build = build.id;
    outcome.scope = ValidationScope::of(plan.validationArguments);
    outcome.began = build.steps.contains(instructionOf(task->title)); // its only step
    if (!outcome.began || !isEnded(build.status))
        return outcome;
    auto replay = BuildReplay::open(paths, build.id, BuildState::Keep::Validation);
    if (!replay || !replay->readAll())
        return outcome;
    const BuildState &state = replay->state();
    outcome.ended = state.clock().moment(state.elapsed());
    if (const std::optional<ValidationRun> run = validationOf(state)) {
        outcome.verdict = run->verdict;
        outcome.scope.isQuick = outcome.scope.isQuick || run->facts.value(u"quick"_s).toBool();
    }
    return outcome;
}

} // namespace kernelyard
