// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildreplay.h"
#include "core/build/history.h"
#include "core/diagnosis/rulebook.h"

#include <QSet>

#include <map>

namespace kernelyard {

/// The numbers of all builds that have a plan or a journal, newest first.
QList<BuildId> buildIds(const Paths &paths);

/// Lists the builds, again and again: ended ones from the history, running ones by reading on where the last time
/// stopped. What the history lacks is read from the journals, newest first, and given to it. To be used on one thread.
class BuildList
{
public:
    explicit BuildList(Paths paths);

    static constexpr auto unlimited = std::chrono::milliseconds::max();
    /// Once \a budget is spent it leaves the older builds that are in no history yet for the next time. What can't be
    /// read of a build, its summary or the log says.
    Result<QList<BuildSummary>> read(std::chrono::milliseconds budget = unlimited);
    bool hasMore() const { return m_hasMore; }             ///< the last reading left something for the next
    bool hasRunning() const { return !m_running.empty(); } ///< at the last reading

    History &history() { return m_history; } ///< has all ended builds once nothing more is left

private:
    void takeHistory(const QList<BuildId> &ids);
    std::optional<BuildSummary> readOn(BuildId id);
    QString causeOf(const BuildSummary &build);
    void keep(const PastBuild &build, const JournalStamp &stamp);
    void storeKept();

    Paths m_paths;
    History m_history;
    int m_generation = -1; ///< of the history, when it was last read whole
    std::map<BuildId, BuildReplay> m_running;
    std::map<BuildId, BuildSummary> m_ended;
    QSet<BuildId> m_unreadable;
    QSet<BuildId> m_notStored;                        ///< of m_ended: another history lacks them
    QList<std::pair<PastBuild, JournalStamp>> m_kept; ///< to be stored together
    bool m_hasMore = false;
    std::optional<Rulebook> m_rules; ///< once a build has failed
};

} // namespace kernelyard
