// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/base/paths.h"
#include "core/base/result.h"
#include "core/base/settings.h"

#include <QList>

namespace kernelyard {

/// How builds share this machine. No daemon hands out turns: each living build has a ticket, the file
/// builds/.queue/NNNN, and holds a lock on it from the moment it is started. A build that waits looks at all tickets by
/// itself, a few times a second, and starts when `arranged` says that it is its turn; builds/.queue/mutex keeps two
/// from deciding at once, builds/.queue/order holds the numbers in the order that the user gave them. Whoever reads
/// these files sees the same queue.

struct QueueLimits
{
    int buildsPerEngine = 1;
    qint64 memoryBytes = 0; ///< for all that run together; 0: no limit

    /// With four fifths of this machine's memory where the user set none.
    static QueueLimits of(const Settings &settings);
};

/// Why a queued build has not started.
enum class QueueWait {
    Nothing,     ///< it has
    Turn,        ///< it starts within a moment
    Held,        ///< paused by the user
    Engine,      ///< as many builds as are allowed run with its engine
    Environment, ///< another build of the same environment runs with its engine: they would write the same images
    Memory,      ///< what it is expected to need is not free, or is kept for one before it
};

/// A living build.
struct QueueEntry
{
    BuildId id;
    QString pool; ///< Engine::id()
    QString environment;
    qint64 memoryBytes = 0; ///< its expected peak; 0: unknown
    bool isStarted = false;
    bool isHeld = false;  ///< its pause was asked for
    bool canPause = true; ///< what runs now can stand still
    int place = 0;        ///< among those that wait for its pool, from 1 on; 0: it has started
    QueueWait waitsFor = QueueWait::Nothing;

    bool operator==(const QueueEntry &) const = default;
};

/// The started ones by number, then those that wait, in their order: first those that \a order names, then by number.
/// Pure. A build may pass another that waits for another engine or for an environment, never one that waits for memory;
/// one that needs more than all memory runs alone.
QList<QueueEntry> arranged(QList<QueueEntry> entries, const QList<BuildId> &order, const QueueLimits &limits);

/// All living builds, arranged. A handful of small files.
QList<QueueEntry> readQueue(const Paths &paths);
/// The same with the folder `builds/` alone; what a runner knows.
QList<QueueEntry> readQueue(const QString &builds, const QueueLimits &limits);

enum class QueueMove { Up, Down, Front };
/// Moves a build that waits among those that wait for the same engine. Errors: NotFound (no such build), Conflict (it
/// has started or ended).
Result<void> moveInQueue(const Paths &paths, BuildId id, QueueMove move);

/// "Queued, second in line for podman", and why; "Queued, paused"; empty for one that has started.
QString queueSentence(const QueueEntry &entry);

} // namespace kernelyard
