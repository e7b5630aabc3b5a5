// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/builds/timelinelayout.h"

#include "core/build/criticalpath.h"

#include <algorithm>
#include <array>
#include <vector>

namespace kernelyard {

using namespace std::chrono_literals;

namespace {

/// What is shorter than this share of the whole can't be seen and gets no lane of its own.
constexpr int shortestShare = 400;

TimelineBar::Kind kindOf(const Step &step, BuildStatus status)
{
    const bool fromOutside = status == BuildStatus::Cancelled || status == BuildStatus::Interrupted;
    switch (step.status) {
    case StepStatus::Running:
        return isEnded(status) ? TimelineBar::Kind::Stopped : TimelineBar::Kind::Running;
    case StepStatus::Failed:
        return fromOutside ? TimelineBar::Kind::Stopped : TimelineBar::Kind::Failed;
    default:
        return TimelineBar::Kind::Done;
    }
}

/// Puts the bars of one task into lanes: each into the first that is free.
void pack(std::vector<TimelineBar> &bars, int task, BuildTime shortest, TimelineLayout &layout)
{
    std::stable_sort(bars.begin(), bars.end(),
                     [](const TimelineBar &a, const TimelineBar &b) { return a.from < b.from; });
    const int first = int(layout.lanes.size());
    std::vector<BuildTime> free(1, BuildTime(0));
    for (TimelineBar &bar : bars) {
        std::size_t lane = 0;
        if (bar.to - bar.from > shortest) {
            while (lane < free.size() && free[lane] > bar.from + 1ms)
                ++lane;
            if (lane == free.size())
                free.push_back(BuildTime(0));
            free[lane] = bar.to;
        }
        bar.lane = first + int(lane);
    }
    for (std::size_t lane = 0; lane < free.size(); ++lane)
        layout.lanes.append({task, lane == 0, {}});
    std::stable_sort(bars.begin(), bars.end(),
                     [](const TimelineBar &a, const TimelineBar &b) { return a.lane < b.lane; });
    for (const TimelineBar &bar : bars)
        layout.bars.append(bar);
}

/// The running step's piece goes on into its expected rest, and over what is expected after it: always to the one that
/// begins next after the end of the last.
void addPath(TimelineLayout &layout, BuildStatus status)
{
    QHash<int, int> barOf;
    for (int i = 0; i < layout.bars.size(); ++i)
        if (layout.bars[i].kind != TimelineBar::Kind::Expected)
            barOf.insert(layout.bars[i].step, i);
    for (const int step : std::as_const(layout.criticalSteps))
        if (const int bar = barOf.value(step, -1); bar >= 0)
            layout.path.append({layout.bars[bar].lane, layout.bars[bar].from, layout.bars[bar].to, false});
    if (isEnded(status))
        return;
    std::vector<const TimelineBar *> expected;
    for (const TimelineBar &bar : std::as_const(layout.bars))
        if (bar.kind == TimelineBar::Kind::Expected)
            expected.push_back(&bar);
    std::stable_sort(expected.begin(), expected.end(),
                     [](const TimelineBar *a, const TimelineBar *b) { return a->to > b->to; });
    QList<TimelinePath> rest; // from the last backwards
    BuildTime before = BuildTime::max() / 2;
    for (const TimelineBar *const bar : expected) {
        if (bar->to > before + 1ms)
            continue;
        rest.prepend({bar->lane, bar->from, bar->to, true});
        before = bar->from;
    }
    layout.path += rest;
}

} // namespace

BuildTime tickDistance(BuildTime least)
{
    static constexpr std::array<std::chrono::seconds, 18> nice{
        1s, 2s, 5s, 10s, 15s, 30s, 60s, 120s, 300s, 600s, 900s, 1800s, 3600s, 7200s, 14400s, 21600s, 43200s, 86400s};
    for (const auto distance : nice)
        if (distance >= least)
            return distance;
    return std::chrono::ceil<std::chrono::days>(least);
}

BuildTime roundedEnd(BuildTime end)
{
    const BuildTime distance = tickDistance(std::max<BuildTime>(end / 10, 1s));
    return (end / distance + 1) * distance;
}

TimelineLayout TimelineLayout::make(const Plan &plan, const QList<Step> &steps, BuildStatus status, BuildTime elapsed,
                                    const std::optional<Estimate> &estimate)
{
    TimelineLayout layout;
    const bool isLive = !isEnded(status);
    layout.end = elapsed;
    std::vector<std::vector<TimelineBar>> byTask(std::size_t(plan.tasks.size()));
    std::vector<QList<int>> cached(std::size_t(plan.tasks.size()));
    for (int i = 0; i < steps.size(); ++i) {
        const Step &step = steps[i];
        if (step.task < 0 || step.task >= plan.tasks.size())
            continue; // of a damaged journal
        const auto task = std::size_t(step.task);
        if (step.status == StepStatus::Cached)
            cached[task].append(i);
        else if (step.started)
            byTask[task].push_back(
                {kindOf(step, status), 0, i, *step.started, std::max(step.ended.value_or(elapsed), *step.started), {}});
    }
    if (isLive && estimate) {
        layout.end = elapsed + estimate->p90;
        for (const ExpectedStep &expected : estimate->expected)
            if (expected.task >= 0 && expected.task < plan.tasks.size())
                byTask[std::size_t(expected.task)].push_back(
                    {TimelineBar::Kind::Expected, 0, expected.step, expected.from, expected.to, expected.instruction});
    }
    for (const auto &bars : byTask)
        for (const TimelineBar &bar : bars)
            layout.end = std::max(layout.end, bar.to);
    const BuildTime shortest = layout.end / shortestShare;
    // An ended build's tasks that never began take no room: the list of steps names them.
    const auto isEmpty = [&](std::size_t task) { return byTask[task].empty() && cached[task].isEmpty(); };
    bool hasRun = false;
    for (std::size_t task = 0; task < byTask.size(); ++task)
        hasRun |= !isEmpty(task);
    for (std::size_t task = 0; task < byTask.size(); ++task) {
        if (!isLive && hasRun && isEmpty(task))
            continue;
        const int lane = int(layout.lanes.size());
        pack(byTask[task], int(task), shortest, layout);
        layout.lanes[lane].cached = cached[task];
    }
    if (isLive)
        layout.end = roundedEnd(layout.end);
    layout.criticalSteps = criticalPath(steps);
    addPath(layout, status);
    return layout;
}

int TimelineLayout::barAt(int lane, BuildTime at, BuildTime reach) const
{
    auto bar = std::lower_bound(bars.cbegin(), bars.cend(), lane,
                                [](const TimelineBar &b, int wanted) { return b.lane < wanted; });
    int found = -1;
    BuildTime best = reach + 1us;
    for (; bar != bars.cend() && bar->lane == lane && bar->from <= at + reach; ++bar) {
        const BuildTime distance = at < bar->from ? bar->from - at : at > bar->to ? at - bar->to : BuildTime(0);
        if (distance <= best && distance <= reach) { // of several, the last to begin lies on top
            best = distance;
            found = int(bar - bars.cbegin());
        }
    }
    return found;
}

int TimelineLayout::barOfStep(int step) const
{
    int found = -1;
    for (int i = 0; i < bars.size() && step >= 0; ++i)
        if (bars[i].step == step && (found < 0 || bars[found].kind == TimelineBar::Kind::Expected))
            found = i;
    return found;
}

int TimelineLayout::neighbour(int bar, Direction direction) const
{
    if (bars.isEmpty())
        return -1;
    if (bar < 0 || bar >= bars.size())
        return 0;
    const TimelineBar &from = bars[bar];
    if (direction == Direction::Left)
        return bar > 0 && bars[bar - 1].lane == from.lane ? bar - 1 : bar;
    if (direction == Direction::Right)
        return bar + 1 < bars.size() && bars[bar + 1].lane == from.lane ? bar + 1 : bar;
    const int step = direction == Direction::Up ? -1 : 1;
    for (int lane = from.lane + step; lane >= 0 && lane < lanes.size(); lane += step)
        if (const int found = barAt(lane, from.from, BuildTime::max() / 4); found >= 0)
            return found;
    return bar;
}

} // namespace kernelyard
