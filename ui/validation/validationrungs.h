// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/validation/verdictwords.h"
#include "ui/widgets/ladder.h"

namespace kernelyard {

/// What a run's numbers rest on, from the driver to the numbers, as far as the run itself tells; always the same seven.
/// What comes after a failed rung is unknown.
QList<LadderRung> validationRungs(const ValidationRun &run, const RunProgress &progress);

} // namespace kernelyard
