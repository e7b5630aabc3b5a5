// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/validation/validationrun.h"
#include "ui/widgets/ladder.h"

namespace kernelyard {

/// What a run's numbers rest on, from the driver to the numbers, as far as the run itself tells; always the same seven.
/// \a isRunning and \a failure as for verdictWords. What comes after a failed rung is unknown.
QList<LadderRung> validationRungs(const ValidationRun &run, bool isRunning, const QString &failure);

} // namespace kernelyard
