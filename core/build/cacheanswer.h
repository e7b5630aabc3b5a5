// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/base/paths.h"
#include "core/build/buildstate.h"
#include "core/build/layerinputs.h"

namespace kernelyard {

/// Why a step was not taken from the engine's cache, as far as two builds tell.
struct CacheAnswer
{
    enum class Cause {
        Cached,             ///< it was
        NotRun,             ///< neither the one nor the other
        FirstBuild,         ///< no earlier build of this layer with this engine is known
        NoCacheAsked,       ///< by --no-cache
        InstructionChanged, ///< or is new
        ArgumentChanged,
        FilesChanged, ///< of the context
        BaseChanged,  ///< an image that it is built from
        NotFinished,  ///< the earlier build did not get through it
        Unknown,
    };
    Cause cause = Cause::Unknown;
    int step = -1;       ///< the first that was not cached of those it follows on; may be itself
    QString sentence;    ///< for people, with the names
    QStringList details; ///< files, arguments: one each
    BuildId before;      ///< the build compared with; invalid: none

    bool operator==(const CacheAnswer &) const = default;
};
/// "instruction-changed", for JSON.
QString causeName(CacheAnswer::Cause cause);

/// One build as it is compared.
struct CacheEvidence
{
    BuildId id;
    const Plan *plan = nullptr;
    const QList<Step> *steps = nullptr;
    QList<LayerInputs> inputs; ///< none of builds before they were kept
};

/// \a before: the build of the same layer before, with the same engine; none: there is none. Pure.
CacheAnswer whyNotCached(const CacheEvidence &now, int step, const std::optional<CacheEvidence> &before);

/// The first instruction of each layer that was not cached, though all that it follows on was; of several, in stages
/// beside each other, the one that began first.
QList<int> firstNotCached(const Plan &plan, const QList<Step> &steps);

/// The same, with everything read from the journals. Blocks: for worker threads. Errors: NotFound, Invalid.
Result<CacheAnswer> whyNotCached(const Paths &paths, BuildId id, int step);
/// For each of firstNotCached().
Result<QList<CacheAnswer>> whyNotCached(const Paths &paths, BuildId id);

} // namespace kernelyard
