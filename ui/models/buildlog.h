// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfollower.h"
#include "core/log/logspool.h"
#include "ui/widgets/logsource.h"

namespace kernelyard {

/// The log of one build, as its follower stores it, or of lines that are handed over.
class BuildLog : public LogSource
{
    Q_OBJECT

public:
    using LogSource::LogSource;

    void openStored(const LogArchive &log); ///< BuildFollower::logOpened
    void take(const BuildUpdate &update);

    /// Lines that no follower stored. The first of \a lines replaces the last line known when \a grown
    /// (BuildUpdate::lastLineGrew).
    void append(const QList<LogLine> &lines, bool grown = false);
    void clear();

    /// The first line of \a step that reads as an error, else -1. Every step when \a step is -1.
    qint64 firstError(int step) const;
    /// The last line of \a step, else -1.
    qint64 lastLine(int step) const;

private:
    std::optional<LogSpool> m_spool; ///< of the lines handed over
    std::optional<LogLine> m_last;   ///< of them: it may yet be replaced
};

} // namespace kernelyard
