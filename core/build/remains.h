// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfolder.h"
#include "core/build/plan.h"

namespace kernelyard {

/// What a build that was cut off may have left in its engine and nobody could remove then: a Docker daemon that is
/// killed keeps the container of the step that it ran, and answers nobody before it is started again; where a machine
/// loses power, runner and guard end with the engine. A mark, the empty file builds/.remains/NNNN, keeps that in mind.
/// The next build of the same environment with the same engine removes it, before its first task: no other build of it
/// runs then (queue.h). Only what that build itself made is touched; its journal says what that is.
void markRemains(const BuildFolder &folder);

/// Removes what the marked builds of \a plan's environment and engine left, and the marks where nothing is left any
/// more. Blocks: for a moment as a rule, some 20 s where an engine does not answer at all.
void removeMarkedRemains(const QString &builds, const Plan &plan);

/// The container that Docker's classic builder was running a step in when the journal of \a folder ended or its task
/// failed, by the builder's own word ("---> Running in 0123456789ab"); empty: none. The builder may have removed it.
QString cutOffContainer(const BuildFolder &folder, const Plan &plan);

} // namespace kernelyard
