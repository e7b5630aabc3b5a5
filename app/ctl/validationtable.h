// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/console.h"
#include "core/validation/validationrun.h"

namespace kernelyard::ctl {

/// Cases and controls, the verdict last.
void printValidation(Console &console, const ValidationRun &run);

/// "pass: 71 of 71 cases, worst relative L2 3.1e-07, 18 of 18 controls rejected, 4.2 s"
QString verdictSentence(const ValidationVerdict &verdict);

} // namespace kernelyard::ctl
