// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/environment/environment.h"

namespace kernelyard {

using ChosenValues = QList<std::pair<QString, QString>>;

/// Every choice of \a environment with its value: the one in \a chosen, else the user's own, else the default; in the
/// file's order.
/// Errors: Invalid (an unknown choice or value, named with those that exist; a value that holds a password: it would
/// stand in plans, logs and images).
Result<ChosenValues> effectiveChoices(const Environment &environment, const ChosenValues &chosen);

/// Those of \a values that somebody made: all but the defaults that nothing stands in for.
ChosenValues madeChoices(const Environment &environment, const ChosenValues &values);

/// Those of \a wanted that \a before has too, with another value.
ChosenValues changedChoices(const ChosenValues &wanted, const ChosenValues &before);

/// \a environment with each ${choice:NAME} replaced. A base image other than the default one is
/// never made from the host. Errors: those of effectiveChoices; Invalid (a value that makes
/// the base image's name a bad one).
Result<Environment> withChoices(const Environment &environment, const ChosenValues &chosen);

} // namespace kernelyard
