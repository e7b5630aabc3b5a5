// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/plan.h"
#include "core/diagnosis/diagnosis.h"
#include "core/engine/hostfacts.h"

namespace kernelyard {

/// What can be done about a cause at the press of a button.
struct Remedy
{
    RemedyAction action = RemedyAction::None;
    int jobs = 0;               ///< of FewerJobs: half of what it was, 1 at least
    QString archs;              ///< of ArchList: what was asked for, less what the tool refused; may be empty
    QString archName;           ///< of ArchList: the build argument that holds it
    std::optional<Command> run; ///< of all others: shown before it is run

    bool operator==(const Remedy &) const = default;
};

/// None where a button can't do anything, such as for a task that takes no such argument. \a task is the one that
/// failed. \a cores: of this machine, what a build without a number of jobs takes.
std::optional<Remedy> remedyOf(const Cause &cause, const Plan &plan, int task, const Paths &paths,
                               const HostFacts &facts, int cores);

} // namespace kernelyard
