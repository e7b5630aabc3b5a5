// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/base/result.h"
#include "core/engine/engine.h"
#include "core/environment/environment.h"
#include "core/environment/hostroot.h"

namespace kernelyard {

/// Sees to it that the engine has \a environment's base image under its baseTag(). In this order: it is there; the
/// image it stands for is there (then it gets the tag); the image is pulled; one is made from the host distribution's
/// packages and imported, where the environment allows that; a registry that does not answer costs 12 s at most then.
/// Every command is told to \a say as `$ command line` before it runs, and writes to our own standard output and error.
/// \a environment has its choices made (withChoices). Call it on the main thread of a command-line program. Errors:
/// Missing (nothing to make it with, or it may not be made), Failed, Cancelled, NoSpace.
Result<void> ensureBaseImage(const Environment &environment, const Engine &engine, const Paths &paths, const Say &say,
                             const Cancelled &cancelled);

/// The commands of ensureBaseImage for an engine that has nothing and a registry that does not answer, in order;
/// without those that make a root where this machine can't.
QList<Command> baseImageCommands(const Environment &environment, const Engine &engine, const Paths &paths);

} // namespace kernelyard
