// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/process/command.h"

#include <optional>

namespace kernelyard {

/// The systemd manager of the user, where one runs. logind may end what a session leaves behind when it closes
/// (KillUserProcesses= of logind.conf(5)); a process in a scope of the user's manager is not of that session. The
/// manager itself ends with the user's last session unless the user lingers (loginctl(1)).
struct UserScope
{
    QString program; ///< systemd-run
    bool lingers = false;

    /// Asks the file system only: the manager's socket lies below XDG_RUNTIME_DIR.
    static std::optional<UserScope> find();
    /// The command that runs \a command in a scope of its own; it stays the same process, with its descriptors.
    Command around(const Command &command, BuildId id) const;
};

} // namespace kernelyard
