// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfolder.h"
#include "core/build/buildlock.h"
#include "core/build/plan.h"

namespace kernelyard {

/// What the running or waiting build at hand tells the others; see queue.h.
class QueueTicket
{
public:
    /// Writes the ticket. What start() takes is shared with a process forked after this: it counts as running until
    /// both have ended, for the guard still cleans up. Errors: Permission, NoSpace.
    static Result<QueueTicket> open(const BuildFolder &folder, const Plan &plan);

    /// True when it is this build's turn; it counts as running from then on. Not while it is to be paused.
    bool tryStart();
    /// Tells whether what runs now can be paused.
    void setCanPause(bool canPause) const;
    /// For the end, whichever process comes to it.
    static void remove(const BuildFolder &folder);

private:
    QueueTicket(BuildFolder folder, BuildLock lock, const Plan &plan);

    void write(bool canPause) const;

    BuildFolder m_folder;
    BuildLock m_lock;
    QString m_pool;
    QString m_environment;
    qint64 m_memoryBytes;
};

} // namespace kernelyard
