// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/process/command.h"

namespace kernelyard {

enum class OpenIn { Editor, Terminal, Files };

/// The command that opens the checkout at \a path: the first of the usual programs that is installed. It outlives its
/// caller; start it detached. Errors: NotFound (there is no folder), Missing (no such program).
Result<Command> commandToOpen(const QString &path, OpenIn where);

/// Starts it. Errors: those of commandToOpen, Failed.
Result<Command> openFork(const QString &path, OpenIn where);

} // namespace kernelyard
