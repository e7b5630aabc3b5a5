// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builds.h"

namespace kernelyard {

/// How much of the past is kept; both off by default. Nothing is ever removed but by pruneBuilds.
struct RetentionLimits
{
    int days = 0;     ///< builds that ended longer ago may go; 0: no limit
    qint64 bytes = 0; ///< of all build folders together: the oldest may go until the rest fits; 0: no limit

    bool isOff() const { return days <= 0 && bytes <= 0; }
    bool operator==(const RetentionLimits &) const = default;
};

struct PruneItem
{
    BuildSummary build;
    qint64 bytes = 0; ///< of its folder, as it takes room on disk
    enum class Reason { Age, Size } reason = Reason::Age;

    bool operator==(const PruneItem &) const = default;
};

struct PrunePlan
{
    QList<PruneItem> items; ///< oldest first
    qint64 bytes = 0;       ///< of the items
    qint64 totalBytes = 0;  ///< of all builds
    int pinned = 0;         ///< builds that would go if they were not pinned

    bool operator==(const PrunePlan &) const = default;
};

/// What \a limits let go. Pure. Never a build that waits or runs, never a pinned one, and never the newest: the next
/// one's number is counted from it. \a sizes by build; \a now decides about age.
PrunePlan planPrune(const QList<BuildSummary> &builds, const QHash<BuildId, qint64> &sizes,
                    const RetentionLimits &limits, const QDateTime &now);

/// Lists and measures the builds and plans with them. Reads every folder: a worker's work.
Result<PrunePlan> readPrunePlan(const Paths &paths, const RetentionLimits &limits);

struct Pruned
{
    QList<BuildId> builds;
    qint64 bytes = 0;
    QList<Error> errors; ///< of those that could not be removed; the others went
};
/// Removes the builds of \a plan, each looked at once more: one that is pinned or runs by now stays.
Pruned pruneBuilds(const Paths &paths, const PrunePlan &plan);

/// Reads "90d", "12w", "2y"; nothing where it is none of these.
std::optional<int> daysFromText(const QString &text);
/// Reads "20GB", "500 MB", "1.5TB" (powers of 1000) and plain bytes.
std::optional<qint64> bytesFromText(const QString &text);

} // namespace kernelyard
