// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/base/paths.h"
#include "core/base/result.h"

#include <QSet>

namespace kernelyard {

/// The builds that the user keeps for good: an empty file each in one folder beside them, so that all are known by one
/// look and no journal is touched.
QSet<BuildId> pinnedBuilds(const Paths &paths);

enum class Pin { Keep, Release };
/// Errors: NotFound (there is no such build), Permission, NoSpace.
Result<void> setPin(const Paths &paths, BuildId id, Pin pin);

} // namespace kernelyard
