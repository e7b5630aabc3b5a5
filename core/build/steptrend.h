// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/pastbuild.h"

namespace kernelyard {

/// One run of a step in an ended build.
struct TrendRun
{
    BuildId build;
    QDateTime started; ///< of the build
    StepStatus status = StepStatus::Done;
    std::optional<BuildTime> duration; ///< none of a cached one
    qint64 peakMemoryBytes = 0;

    bool operator==(const TrendRun &) const = default;
};

/// The runs of one step over the builds of one environment, oldest first.
struct StepTrend
{
    QString environment;
    QString layer;
    QString step;
    QList<TrendRun> runs;

    bool operator==(const StepTrend &) const = default;
};

/// The steps whose instruction holds \a text (regardless of case; empty: all) over \a builds, newest first.
QList<StepTrend> trendsOf(const QList<PastBuild> &builds, const QString &text);

/// trendsOf the newest \a limit builds of \a environment, or (empty) of each one. Brings the history up to date first,
/// which costs some milliseconds, or the reading of all journals where there is none: a worker's work.
QList<StepTrend> readTrends(const Paths &paths, const QString &text, const QString &environment, int limit = 200);

} // namespace kernelyard
