// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builds.h"
#include "core/validation/validationreport.h"
#include "core/validation/validationscope.h"

namespace kernelyard {

/// Where build \a id made its validation: engine, image and which build made that image last, choices, what part of the
/// suite was asked for. Reads the history; blocks.
ReportContext validationContext(const BuildState &state, BuildId id, const Paths &paths);

/// The results of the build's validation task; nothing where it has none or it never started.
std::optional<ValidationRun> validationOf(const BuildState &state);

/// A build's validation with where it was made. Errors: as readBuild; NotFound where it has none.
struct PastValidation
{
    BuildId id;
    ValidationRun run;
    ReportContext context;
};
Result<PastValidation> readValidation(const Paths &paths, BuildId id);

/// What a list of runs tells of a build that validates.
struct ValidationOutcome
{
    BuildId build;
    ValidationScope scope;
    bool began = false;                       ///< its validation: the layers, where it builds some, are made
    std::optional<ValidationVerdict> verdict; ///< once it ended; nothing where the suite wrote nothing
    QDateTime ended;
};
/// Nothing where \a plan, the one of \a build, has no validation. Reads the journal of a build that ended.
std::optional<ValidationOutcome> readOutcome(const Paths &paths, const BuildSummary &build, const Plan &plan);

} // namespace kernelyard
