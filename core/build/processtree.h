// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

#include <sys/types.h>

#include <chrono>

namespace kernelyard {

/// A process below another, from /proc (proc(5)).
struct ProcessEntry
{
    pid_t pid = 0;
    pid_t parent = 0;
    pid_t group = 0;
    QByteArray name;          ///< the program's, up to 15 bytes
    quint64 start = 0;        ///< in ticks since the machine started: tells two processes of one number apart
    bool inContainer = false; ///< in a process id namespace of its own, below ours
    bool isFirst = false;     ///< process 1 of its namespace: with it, all others there end
    bool catchesTerm = false; ///< has a handler for SIGTERM; process 1 ignores the signal without one
    bool isZombie = false;
    qint64 memoryBytes = 0;           ///< resident
    std::chrono::microseconds cpu{0}; ///< its own and that of its children that were waited for
};

/// Every process below \a root, without it; parents before their children. Processes that end meanwhile are left out.
QList<ProcessEntry> processesBelow(pid_t root);

/// Every process of this machine, without what is told of containers.
QList<ProcessEntry> allProcesses();

/// \a pid itself.
ProcessEntry processEntry(pid_t pid);

} // namespace kernelyard
