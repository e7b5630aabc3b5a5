// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/fork.h"
#include "core/fork/includegraph.h"
#include "core/fork/rebuildrules.h"

namespace kernelyard {

/// What must be done so that what runs is what stands in the checkout. In rising order.
enum class RebuildVerdict { None, Link, Partial, Full };

QString name(RebuildVerdict verdict); ///< none, link, partial, full

enum class SourceKind { CudaSource, CxxSource, Header, Python, Test, Docs, Setup, Submodule, Other };

/// What one changed file means.
struct FileMeaning
{
    ChangedFile file;
    SourceKind kind = SourceKind::Other;
    RebuildVerdict effect = RebuildVerdict::None;
    QStringList units;     ///< that it changes, by path
    bool compiled = false; ///< the checkout's own library is newer than the file: it is in there already
};

/// What decides beside the files.
struct AdviceFacts
{
    QStringList otherReasons;          ///< for compiling everything: another compiler, other architectures
    std::optional<double> fullSeconds; ///< what compiling everything took, from history
    qsizetype fullFrom = 0;            ///< how many builds that comes from
    qint64 productModified = 0;        ///< of what was compiled in the checkout, ms since 1970; 0: there is none
    QHash<QString, qint64> modified;   ///< of changed files and, under a deleted one's name, nothing
};

struct RebuildAdvice
{
    RebuildVerdict verdict = RebuildVerdict::None;
    QStringList because; ///< sentences for people, the ones that decide
    QStringList units;   ///< that are compiled; with Full all
    int totalUnits = 0;
    QList<FileMeaning> files;
    std::optional<double> estimateSeconds;
    std::optional<double> fullSeconds;
    qsizetype estimateFrom = 0; ///< builds
};

/// Pure. \a files: all of the checkout that is tracked or new, from which the units are chosen.
RebuildAdvice advise(const RebuildRules &rules, const QList<ChangedFile> &changes, const QStringList &files,
                     const IncludeGraph &graph, const AdviceFacts &facts);

/// advise for the checkout at \a path against \a commit, reading what it needs; \a facts without the times of files.
/// \a cacheFolder keeps the includes between runs; empty: nothing is kept. Errors: those of changesSince.
Result<RebuildAdvice> adviseCheckout(const QString &path, const QString &commit, const RebuildRules &rules,
                                     AdviceFacts facts, const QString &cacheFolder);

} // namespace kernelyard
