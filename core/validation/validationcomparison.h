// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/validation/validationreport.h"

namespace kernelyard {

/// What became of a case from one run to another.
enum class CaseChange {
    Same,
    Wrong,     ///< it passed, and fails
    Mended,    ///< it failed, and passes
    LessExact, ///< both pass, with more than twice the error and a tenth of its limit at least
    Added,
    Gone,
};

struct CaseComparison
{
    QString id;
    QString backend;
    CaseChange change = CaseChange::Same;
    std::optional<ValidationCase> first;
    std::optional<ValidationCase> second;
};

struct SpeedChange
{
    QString caseId;
    QString backend;
    double firstMs = 0, secondMs = 0; ///< medians
    double ratio = 0;                 ///< how many times as fast the second run was
    /// By 3 % at least, with intervals of the medians that do not meet and clocks that were never held back; else no
    /// difference is shown.
    bool slower = false, faster = false;
};

/// A fact of the two runs that is not the same: commit, library, driver, image, …
struct FactChange
{
    QString name;
    QString first;
    QString second;

    bool operator==(const FactChange &) const = default;
};

/// Two runs set side by side. Inputs are drawn anew in each run, so errors differ a little without any cause.
struct ValidationComparison
{
    QList<CaseComparison> cases; ///< what got wrong first, then mended, less exact, gone, added; none that is the same
    QList<SpeedChange> speeds;   ///< of the cases that both timed, the slower ones first
    QList<FactChange> facts;
    int sameCases = 0;
    int commonCases = 0; ///< in both runs
    Verdict firstVerdict = Verdict::Incomplete, secondVerdict = Verdict::Incomplete;

    int count(CaseChange change) const;
    /// "2 got wrong, 1 got slower, 3 new; since: commit 8c1f04e → 91ab3f0, driver 580.95 → 590.12". Nothing changed:
    /// that, and what is not the same. A run that can't be trusted, or was cut off, is named before all else.
    QString sentence() const;

    static ValidationComparison of(const ValidationRun &first, const ReportContext &firstContext,
                                   const ValidationRun &second, const ReportContext &secondContext);
    QJsonObject toJson() const;
};

QString changeName(CaseChange change); ///< same, wrong, mended, less-exact, added, gone

} // namespace kernelyard
