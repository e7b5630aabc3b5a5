// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildreplay.h"
#include "core/build/planchange.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace kernelyard {

Result<Plan> retryPlan(const Paths &paths, BuildId id, int jobs)
{
    auto replay = BuildReplay::open(paths, id, BuildState::Keep::StepsOnly);
    if (!replay)
        return Failure(replay.error());
    if (const auto read = replay->readAll(); !read)
        return Failure(read.error());
    Plan plan = replay->state().plan();
    int begun = -1; // the last task that had a step
    for (const Step &step : replay->state().steps())
        begun = std::max(begun, step.task);
    plan = withCache(std::move(plan), begun);
    bool taken = false;
    for (int task = 0; task < int(plan.tasks.size()) && jobs > 0; ++task) {
        if (plan.tasks[task].kind != TaskKind::Layer || !takesJobs(plan, task))
            continue;
        plan = withJobs(std::move(plan), task, jobs);
        taken = true;
    }
    if (jobs > 0 && !taken)
        return Failure(Error{
            ErrorKind::Unsupported,
            QCoreApplication::translate("Build", "No layer of build %1 takes a number of jobs.").arg(id.display()),
            {},
            QCoreApplication::translate(
                "Build", "Declare ARG MAX_JOBS in the Dockerfile that compiles, or retry without --jobs.")});
    plan.created = {};
    plan.memoryBytes = 0;
    plan.retryOf = id.number();
    return plan;
}

} // namespace kernelyard
