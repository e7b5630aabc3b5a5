// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/pastbuild.h"
#include "core/build/plan.h"

namespace kernelyard {

/// One build as it is compared: what was asked for, and what came of it.
struct ComparedBuild
{
    Plan plan;
    PastBuild past;
};

/// A step of the one, of the other, or of both.
struct ComparedStep
{
    QString layer;
    QString name;                   ///< in the second build where it has the step
    std::optional<PastStep> first;  ///< nothing: the first build has no such step
    std::optional<PastStep> second; ///< nothing: the second has none
    /// How much longer the second took. Nothing where one of the two was cached, did not run or is missing.
    std::optional<BuildTime> longer() const;
    /// The two stand in the same place and say different things: the instruction was edited.
    bool isEdited() const { return first && second && first->name != second->name; }

    bool operator==(const ComparedStep &) const = default;
};

/// Something that the two builds were asked to do differently.
struct ComparedFact
{
    QString where; ///< a layer's name, or empty: the build as a whole
    QString what;  ///< "engine", "choice CUDA", "--build-arg MAX_JOBS", "command"
    QString first; ///< empty: not there
    QString second;

    bool operator==(const ComparedFact &) const = default;
};

struct BuildComparison
{
    BuildSummary first;
    BuildSummary second;
    QList<ComparedFact> facts; ///< only those that differ
    QList<ComparedStep> steps; ///< all, in the order of the second build
    int newlyCached = 0;       ///< run in the first, cached in the second
    int noLongerCached = 0;    ///< cached in the first, run in the second

    bool operator==(const BuildComparison &) const = default;
};

/// Pure. Steps are the same when layer and instruction are; where an instruction was edited, by their place between
/// those that are the same.
BuildComparison compareBuilds(const ComparedBuild &first, const ComparedBuild &second);

/// Reads both builds and compares them. Errors: NotFound, Invalid.
Result<BuildComparison> readComparison(const Paths &paths, BuildId first, BuildId second);

} // namespace kernelyard
