// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildstate.h"

namespace kernelyard {

/// Whether a step is an instruction of a Dockerfile, not work of the engine's own.
bool isInstruction(const Step &step);
/// FROM takes an image; whether it was cached tells nothing.
bool isFrom(const Step &step);

/// The instructions that \a step follows on, and itself, each before those that follow on it: by the inputs that
/// BuildKit names, whose records come in any order; with the others, all before it in its stage and in the stages that
/// those take from. An index out of range: none.
QList<int> stepChain(const QList<Step> &steps, int step);

/// Those of \a step's own stage up to it, in the order of the Dockerfile, without FROM: engines show its image by name
/// or by digest.
QList<int> stagePath(const QList<Step> &steps, int step);

/// The FROM of the stage that \a step belongs to, among \a chain; -1: it is not known.
int stageBase(const QList<Step> &steps, const QList<int> &chain, int step);

} // namespace kernelyard
