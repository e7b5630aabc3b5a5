// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/event.h"

#include <QDateTime>
#include <QList>

namespace kernelyard {

/// A build's own time, which leaves out its pauses, by the clock on the wall.
struct BuildClock
{
    struct Pause
    {
        BuildTime at{0}; ///< in the build's own time, which stands still meanwhile
        BuildTime length{0};

        bool operator==(const Pause &) const = default;
    };

    QDateTime start;     ///< invalid while the build is queued
    QList<Pause> pauses; ///< that have ended, in order

    BuildTime paused() const; ///< all of them
    /// When the build's own time was \a at, before a pause rather than after it. Invalid where start is.
    QDateTime moment(BuildTime at) const;
};

} // namespace kernelyard
