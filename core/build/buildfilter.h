// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builds.h"

namespace kernelyard {

/// What of the builds is wanted; what is empty excludes nothing.
struct BuildFilter
{
    /// Words, each of which stands in the number ("#0412"), the environment, the purpose, the engine, the fork's
    /// branch, a step's instruction or the failure. Case does not matter.
    QString text;
    QList<BuildStatus> statuses;
    QString environment; ///< exactly
    QDate since;         ///< started on this day or later, by the local clock
    QDate until;         ///< and on this one or before

    bool isEmpty() const { return *this == BuildFilter(); }
    bool operator==(const BuildFilter &) const = default;
};

/// Those of \a builds that \a filter wants, in their order. 10,000 builds take some milliseconds.
QList<BuildSummary> filtered(const QList<BuildSummary> &builds, const BuildFilter &filter);

/// Reads "2026-03-12", "today", "yesterday" and "14d" (that many days before \a today); an invalid date otherwise.
QDate dayFromText(const QString &text, const QDate &today);

} // namespace kernelyard
