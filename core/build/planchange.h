// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/plan.h"

namespace kernelyard {

// What a retry changes of a plan that was run. Pure, but for what reads a Dockerfile.

/// The value that the task's command gives the build argument \a name; none: it gives it none.
std::optional<QString> buildArgument(const Plan &plan, int task, const QString &name);

/// The same plan with \a name set to \a value in the command of \a task, and added to it where it wasn't given.
Plan withBuildArgument(Plan plan, int task, const QString &name, const QString &value);

/// The names of the build arguments that the Dockerfile of the task's command declares; none where it can't be read.
QStringList declaredArguments(const Plan &plan, int task);

/// The same plan, whose tasks up to \a task use what the engine's cache holds.
Plan withCache(Plan plan, int task);

/// Whether a number of jobs reaches what \a task compiles: it was given one, or its Dockerfile declares it.
bool takesJobs(const Plan &plan, int task);

/// How many compilers run at once in \a task, as far as its command says it (MAX_JOBS, JOBS).
std::optional<int> jobsOf(const Plan &plan, int task);

/// The same plan with \a jobs compilers at once in \a task.
Plan withJobs(Plan plan, int task, int jobs);

} // namespace kernelyard
