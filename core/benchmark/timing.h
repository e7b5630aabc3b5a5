// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/benchmark/scenario.h"
#include "core/build/buildstate.h"

namespace kernelyard {

using PhaseTimes = std::array<BuildTime, phases.size()>;

/// What one task compiled. What a compiler cache answered is not compiled.
struct TaskCompilation
{
    QString task;
    int units = 0;
    int repeated = 0; ///< of them, those whose unit had been compiled before
    int cached = 0;   ///< taken from ccache, where it says so

    bool operator==(const TaskCompilation &) const = default;
};

/// Where the time of one build went, and what was compiled in it.
struct Timing
{
    BuildTime total{0};
    PhaseTimes phases{};                 ///< add up to total
    QList<TaskCompilation> compilations; ///< tasks in which anything was compiled or taken from a compiler cache

    BuildTime of(Phase phase) const { return phases[static_cast<std::size_t>(phase)]; }
    int units() const;          ///< compiled in all
    int compilingTasks() const; ///< tasks that compiled anything

    bool operator==(const Timing &) const = default;
};

/// From a build's own output. A step begins in the phase that its task and instruction mean (a pull, a clone, an
/// installation, the editable link, the validation), and its lines tell when it goes over to another: git's of
/// submodules, ninja's of units, the suite's first record. ninja and compilers say a unit when it is done, so the time
/// before such a line is that of compiling. Time between steps, in which the engine starts containers and writes
/// images, counts as installing. \a state must hold the lines (BuildState::Keep::Everything).
Timing timingOf(const BuildState &state);

} // namespace kernelyard
