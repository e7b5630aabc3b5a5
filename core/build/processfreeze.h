// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/plan.h"

#include <sys/types.h>

namespace kernelyard {

/// How the command of a task can be made to stand still.
enum class PauseWay {
    Processes, ///< all that it runs is below the runner: signals, and the freezer of its containers' cgroups
    Engine,    ///< its containers run under a daemon or elsewhere: the engine's own `pause`
    None,      ///< a daemon builds the image, and no engine can pause that
};
PauseWay pauseWay(const Plan &plan, const Task &task);

/// Stops every process below \a root but \a self: the cgroup of a container is frozen where the system lets us
/// (cgroups(7): freezer.state in version 1, cgroup.freeze in 2), everything else gets SIGSTOP. What was stopped by this
/// is stopped however often it is asked. Blocks for some milliseconds.
void freezeProcesses(pid_t root, pid_t self);
/// Undoes it. Needs no memory of what was frozen: a guard does it for a runner that was killed, and a frozen process
/// would not even die.
void thawProcesses(pid_t root, pid_t self);

/// The engine's own way, for the containers of \a task. Blocks, for well under a second as a rule.
Result<void> pauseContainers(const Plan &plan, const Task &task);
Result<void> unpauseContainers(const Plan &plan, const Task &task);

} // namespace kernelyard
