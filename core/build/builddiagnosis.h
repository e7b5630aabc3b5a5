// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/build/buildstate.h"
#include "core/build/remedy.h"
#include "core/diagnosis/diagnosis.h"

#include <map>

namespace kernelyard {

/// What the diagnosis found in a build that failed. Lines are those of the build's log, from 1.
struct BuildFindings
{
    QList<Cause> causes;         ///< root first; empty: not recognised
    QList<FailureLine> followOn; ///< what the root led to, in order
    qint64 firstError = 0;       ///< the first line of the failed step that tells of a failure; 0: none does
    QString measured;            ///< what was measured of the root cause, a sentence; or empty
    std::optional<Remedy> remedy;

    bool operator==(const BuildFindings &) const = default;
};

/// Reads a build's log while it grows, each step for itself, since the steps of a build may run at the same time and
/// the next line of one is not the next line of the log.
class BuildDiagnosis
{
public:
    /// \a book must outlive the diagnosis.
    explicit BuildDiagnosis(const Rulebook &book);
    ~BuildDiagnosis();

    /// Reads the lines that \a state has more of since the last call: the same build's state, before lines that were
    /// not read are dropped from it.
    void read(const BuildState &state);

    /// Of a build that failed; empty for any other. Looks at this machine for the remedy: not on the window's thread.
    BuildFindings findings(const BuildState &state, const Paths &paths) const;
    /// Of those findings only the first cause, in a sentence; looks at nothing but what was read.
    QString summary(const BuildState &state) const;

private:
    struct Told
    {
        std::optional<Cause> root;
        std::optional<Cause> contributing;
        QList<FailureLine> failures;
        qint64 firstError = 0;
    };
    Told told(const BuildState &state) const;

    const Rulebook &m_book;
    qint64 m_read = 0; ///< lines
    std::map<int, Diagnosis> m_ofStep;
};

/// The findings of a build that was read whole. Empty where the rules can't be read: a log without a diagnosis is
/// still a log.
BuildFindings diagnoseBuild(const BuildState &state, const Paths &paths);

/// Why the build in its folder failed, for a list: what the diagnosis says of it, or else failureInShort(). It is read
/// piece by piece, for its log may be large. Empty where it did not fail or can't be read.
QString causeInShort(const Paths &paths, BuildId id, const Rulebook &book);

} // namespace kernelyard
