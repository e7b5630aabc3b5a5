// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/build/buildstate.h"

namespace kernelyard {

/// A step's instruction without the place that the engine gives it ("[builder 3/7] ", "STEP 3/7: "), on one line: what
/// makes it the same step in another build.
QString instructionOf(const QString &stepName);

/// What of an ended build estimates are made from.
struct EarlierStep
{
    QString task;
    QString instruction;
    bool isCached = false;
    bool isDone = false;
    BuildTime started{0};
    BuildTime ended{0};
    qint64 units = 0; ///< of work within it, in all; 0: not known

    bool operator==(const EarlierStep &) const = default;
};
struct EarlierBuild
{
    BuildId id;
    BuildStatus status = BuildStatus::Done;
    QList<EarlierStep> steps; ///< those that came to an end, in order

    bool operator==(const EarlierBuild &) const = default;
};

/// A step, or the rest of one, as it is expected.
struct ExpectedStep
{
    int task = 0;
    int step = -1; ///< index into the build's steps; -1: the engine has not told of it yet
    QString instruction;
    BuildTime from{0};
    BuildTime to{0};

    bool operator==(const ExpectedStep &) const = default;
};

/// When a running build will have ended: the time left that half, and nine in ten, of the earlier builds would need
/// from here. Each earlier build that ended well and ran the step that runs now gives one figure: what that step took
/// there (in proportion to its units where both counted them) less what is done of it, and the time that build needed
/// after that step.
struct Estimate
{
    static constexpr int leastBuilds = 3; ///< with fewer there is no estimate

    int builds = 0; ///< that it is made from
    BuildTime p50{0};
    BuildTime p90{0};
    QList<ExpectedStep> expected; ///< as in the build whose figure is nearest to P50
};
std::optional<Estimate> estimate(const Plan &plan, const QList<Step> &steps, BuildTime elapsed,
                                 const QList<EarlierBuild> &earlier);

/// The value below which \a share of \a values lie, between neighbours in proportion. \a values: not empty.
BuildTime quantile(QList<BuildTime> values, double share);

} // namespace kernelyard
