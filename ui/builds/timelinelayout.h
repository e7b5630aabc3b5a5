// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/estimate.h"

namespace kernelyard {

struct TimelineBar
{
    enum class Kind { Done, Running, Failed, Stopped, Expected };
    Kind kind = Kind::Done;
    int lane = 0;
    int step = -1; ///< index into the build's steps; -1: of an expected step that the engine has not told of yet
    BuildTime from{0};
    BuildTime to{0};
    QString expected; ///< the instruction of an expected step

    bool operator==(const TimelineBar &) const = default;
};

/// What ran beside each other stands in lanes of its own: a task has as many as it had steps at once.
struct TimelineLane
{
    int task = 0;
    bool isFirst = true; ///< of its task
    QList<int> cached;   ///< steps; in the first lane of the task

    bool operator==(const TimelineLane &) const = default;
};

/// A piece of the critical path: under a bar, then down or up to the lane of the next.
struct TimelinePath
{
    int lane = 0;
    BuildTime from{0};
    BuildTime to{0};
    bool isExpected = false;

    bool operator==(const TimelinePath &) const = default;
};

/// Where everything of a build's timeline stands, in lanes and time. Pure: no pixel, no font.
struct TimelineLayout
{
    QList<TimelineLane> lanes;
    QList<TimelineBar> bars;  ///< by lane, then time
    QList<TimelinePath> path; ///< in the order of time
    QList<int> criticalSteps; ///< of criticalPath()
    BuildTime end{0};         ///< of the axis

    static TimelineLayout make(const Plan &plan, const QList<Step> &steps, BuildStatus status, BuildTime elapsed,
                               const std::optional<Estimate> &estimate);

    /// The index of the bar of \a lane at \a at, or the nearest within \a reach; -1: none.
    int barAt(int lane, BuildTime at, BuildTime reach) const;
    int barOfStep(int step) const; ///< what has happened of it before what is expected; -1: none

    enum class Direction { Left, Right, Up, Down };
    /// The bar next to \a bar; \a bar itself where there is none. From -1: the first.
    int neighbour(int bar, Direction direction) const;
};

/// Where to draw ticks: a distance that reads well, at least \a least.
BuildTime tickDistance(BuildTime least);
/// Rounded up so that an axis that grows with the clock moves seldom.
BuildTime roundedEnd(BuildTime end);

} // namespace kernelyard
