// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildstate.h"

namespace kernelyard {

/// The steps that decided when the build ended, or how far it is now: from the one that ended last (or runs longest)
/// back over what it waited for. A BuildKit step waits for its inputs, another for the step before it in its command,
/// and a task's first for the task before it. Indexes into \a steps, in the order of time; cached steps took no time
/// and are left out.
QList<int> criticalPath(const QList<Step> &steps);

} // namespace kernelyard
