// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/engine/engine.h"
#include "core/environment/choices.h"
#include "core/environment/environment.h"
#include "core/fork/advice.h"

namespace kernelyard {

/// Advice for the fork of an environment, with what it was measured against.
struct ForkAdvice
{
    RebuildAdvice advice;
    QString held;         ///< the commit that was compiled; empty: not known
    QString layer;        ///< the layer that holds it
    ChosenValues changed; ///< choices that differ from those of the layer, with the values wanted now
};

/// The label that says which commit an image was made from (OCI image specification, annotations.md).
inline constexpr auto revisionLabel = "org.opencontainers.image.revision";

/// The commit that the environment's layer holds: what the environment's own command prints in the image, which is kept
/// by the image's id in \a paths.cache, or else the image's label. Blocks. Errors: NotFound (no such image),
/// Missing (the engine), Failed (the image does not say).
Result<QString> heldCommit(const Environment &environment, const Engine &engine, const Paths &paths);

/// What must be compiled again in the checkout of \a environment's fork. \a since: a commit to measure against instead
/// of the held one; empty: the held one. The user's own choices are what is wanted now; the others stay as they were. A
/// layer that is not there, or whose commit is unknown or not in the checkout, is a reason to compile everything, not
/// an error. Errors: NotFound (no checkout), Unsupported (the environment has no fork), those of adviseCheckout.
Result<ForkAdvice> adviseFork(const Environment &environment, const std::optional<Engine> &engine, const Paths &paths,
                              const QString &since);

} // namespace kernelyard
