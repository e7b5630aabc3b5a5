// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/build/estimate.h"

namespace kernelyard {

EarlierBuild earlierBuild(BuildId id, const BuildState &state);

/// The newest ended builds of \a environment on this machine that began before \a before, newest first; at most
/// \a most. Each journal is read once; what it says is then kept beside it in steps.json, which may be deleted. Builds
/// that can't be read are left out. Blocks: for worker threads.
QList<EarlierBuild> readEarlierBuilds(const Paths &paths, const QString &environment, BuildId before, int most = 20);

} // namespace kernelyard
