// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfolder.h"
#include "core/build/builds.h"
#include "core/build/journalfile.h"

namespace kernelyard {

/// One build read from its folder, as far as it is written, and further on whenever asked again. Not thread-safe.
class BuildReplay
{
public:
    /// Errors: NotFound; what Plan::read says, where a damaged plan is refused.
    static Result<BuildReplay> open(const Paths &paths, BuildId id, BuildState::Keep keep,
                                    DamagedPlan damaged = DamagedPlan::Refused);

    enum class Progress {
        More,  ///< there is more to read now
        Waits, ///< all read; the runner lives
        Ended, ///< all read; nothing will come
    };
    /// Reads and applies about \a limitBytes more. A build whose runner is gone is marked as interrupted.
    Result<Progress> advance(qint64 limitBytes);
    Result<void> readAll(); ///< until it does not go on

    BuildId id() const { return m_id; }
    const BuildState &state() const { return m_state; }
    void dropLines() { m_state.dropLines(); } ///< once they lie elsewhere
    BuildState takeState() && { return std::move(m_state); }
    /// Where the journal is damaged, if it is; what follows can't be read.
    std::optional<qint64> damagedAt() const;
    qint64 journalBytes() const { return m_journal->reader().bytesFed(); }

    BuildSummary summary() const;

private:
    BuildReplay(BuildId id, BuildFolder folder, Plan plan, BuildState::Keep keep);

    BuildId m_id;
    BuildFolder m_folder;
    BuildState m_state;
    std::unique_ptr<JournalFile> m_journal;
};

} // namespace kernelyard
