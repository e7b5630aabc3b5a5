// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/environment/choices.h"

namespace kernelyard {

/// The user's own values of the choices of the environment named \a name, which stand in for its file's defaults on
/// this machine; none where nothing was kept. Errors: Invalid (the file is damaged), Permission, Failed.
Result<ChosenValues> readOwnChoices(const QString &name, const Paths &paths);

/// Keeps \a own instead of what was kept before; none of them: the file's defaults count again. A value that equals the
/// default is kept too: it goes before detection, and stays when the file changes. Errors: those of withChoices,
/// and then nothing has changed; Permission, NoSpace, Failed. Blocks: a worker's work.
Result<void> writeOwnChoices(const Environment &environment, const ChosenValues &own, const Paths &paths);

/// As above, without asking whether there is such an environment, or whether its file can be read.
Result<void> forgetOwnChoices(const QString &name, const Paths &paths);

/// \a environment with \a own in the place of whatever own values it had. Errors: those of withChoices.
Result<Environment> withOwnChoices(Environment environment, const ChosenValues &own);

/// \a environment with the own values that were kept. Errors: those of readOwnChoices and withOwnChoices, with the
/// command that lets the environment be used again.
Result<Environment> withKeptChoices(const Environment &environment, const Paths &paths);

/// The own values of \a environment, in the file's order.
ChosenValues ownChoices(const Environment &environment);

} // namespace kernelyard
