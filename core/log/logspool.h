// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/logbytes.h"
#include "core/log/logindex.h"

namespace kernelyard {

/// Takes the lines of a log as they come and lays them into two files without names: text, and a time for each line.
/// Readers on any thread go by what growth() tells. Not thread-safe itself.
class LogSpool
{
public:
    /// Errors: NoSpace, Permission.
    static Result<LogSpool> create(const QString &folder);

    /// A line feed within \a text stands for two lines.
    void append(int step, std::chrono::microseconds at, LogKind kind, QByteArrayView text);
    /// Writes what was gathered. Errors: NoSpace.
    Result<void> flush();
    /// What has come since the growth before; flushed lines only.
    LogGrowth takeGrowth();

    LogBytesPointer text() const { return m_text; }
    LogBytesPointer times() const { return m_times; }
    const LogIndex &index() const { return m_index; } ///< as of the last growth

private:
    LogSpool() = default;

    std::shared_ptr<const FileBytes> m_text;
    std::shared_ptr<const FileBytes> m_times;
    QByteArray m_newText;
    QByteArray m_newTimes;
    qint64 m_textBytes = 0; ///< written
    qint64 m_timeBytes = 0;
    qint64 m_lines = 0; ///< appended
    int m_lastStep = -2;
    ChunkFinder m_chunks;
    LogGrowth m_growth;
    LogIndex m_index;
};

} // namespace kernelyard
