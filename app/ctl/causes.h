// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/console.h"
#include "core/build/builddiagnosis.h"

namespace kernelyard::ctl {

/// Each cause with its line and its remedy, root first.
void printCauses(Console &console, Channel channel, const QList<Cause> &causes);
/// The same of a build, with what was measured and the command that mends it.
void printFindings(Console &console, Channel channel, const BuildFindings &findings);

QJsonArray toJson(const QList<Cause> &causes);

} // namespace kernelyard::ctl
