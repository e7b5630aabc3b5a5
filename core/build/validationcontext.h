// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builds.h"
#include "core/validation/validationreport.h"

namespace kernelyard {

/// Where build \a id made its validation: engine, image and which build of \a builds made that image last, choices.
ReportContext validationContext(const BuildState &state, BuildId id, const QList<BuildSummary> &builds);

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

} // namespace kernelyard
