// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <sys/types.h>

namespace kernelyard {

/// What connect(2) on a Unix socket says about the daemon behind it.
struct SocketAnswer
{
    int error = 0;  ///< errno; 0: somebody accepts connections
    pid_t peer = 0; ///< who made the socket, as SO_PEERCRED tells; 0: not known
};

/// \a address: unix:///path. Never blocks: a daemon with a full queue counts as one that answers.
SocketAnswer askSocket(const QString &address);

/// The path of a unix:// address; empty for another kind.
QString socketPath(const QString &address);

} // namespace kernelyard
