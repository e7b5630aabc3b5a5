// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfolder.h"
#include "core/build/plan.h"

namespace kernelyard {

/// What can be said of a plan that can't be read, so that its journal can: as many tasks as the journal tells of, each
/// a layer under its number, with the format that its first output has. Its `problem` names \a id and \a error. Reads
/// the journal whole.
Plan standInPlan(const BuildFolder &folder, BuildId id, const Error &error);

} // namespace kernelyard
