// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildreplay.h"

#include <map>

namespace kernelyard {

/// The numbers of all builds that have a plan, newest first.
QList<BuildId> buildIds(const Paths &paths);

/// Lists the builds, again and again: ended ones from their summaries, running ones by reading on where the last time
/// stopped. Not thread-safe.
class BuildList
{
public:
    explicit BuildList(Paths paths);

    Result<QList<BuildSummary>> read();
    bool hasRunning() const { return !m_running.empty(); } ///< at the last reading

private:
    std::optional<BuildSummary> summaryOf(BuildId id);

    Paths m_paths;
    std::map<BuildId, BuildReplay> m_running;
    std::map<BuildId, BuildSummary> m_ended;
};

} // namespace kernelyard
