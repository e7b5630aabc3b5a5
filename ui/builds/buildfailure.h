// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builddiagnosis.h"
#include "ui/models/buildlog.h"
#include "ui/models/stepmodel.h"

namespace kernelyard {

/// What is said of a build that failed or was cut off, in the order in which people ask.
struct BuildFailure
{
    QString what;
    QString where;    ///< step and its command
    qint64 line = -1; ///< of the log: the first that reads as an error, else the step's last; -1: none
    QString why;
    QString kept;
    QString next;
    QString toolLine; ///< the tool's own words
    QString label;    ///< of the root cause; empty: not recognised
    QString linesTitle;
    QList<FailureLine> lines; ///< what follows from the cause; the last lines where it isn't recognised
    std::optional<Remedy> remedy;
};

/// \a failure is BuildState::failure, \a findings are BuildUpdate's. Empty (no what) for a build that neither failed
/// nor was cut off.
BuildFailure describeFailure(BuildStatus status, const StepModel &steps, const BuildLog &log, const QString &failure,
                             const BuildFindings &findings);

/// What "Copy report" puts on the clipboard: facts, failure, last 20 lines of the step, commands.
QString buildReport(const QString &title, BuildStatus status, const QDateTime &started, const StepModel &steps,
                    const BuildLog &log, const BuildFailure &failure);

} // namespace kernelyard
