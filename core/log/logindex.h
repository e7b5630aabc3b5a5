// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/linekind.h"
#include "core/log/lineset.h"

#include <QByteArray>
#include <QList>

#include <chrono>
#include <optional>

namespace kernelyard {

/// Lines in a row that belong to one step.
struct StepRun
{
    qint64 first = 0;
    int step = -1; ///< -1: none
    bool operator==(const StepRun &) const = default;
};

/// A line that is not plain output.
struct LineMark
{
    qint64 line = 0;
    LogKind kind = LogKind::Output;
    bool operator==(const LineMark &) const = default;
};

/// A line that has no end yet: the next news replace it.
struct OpenLine
{
    QByteArray text;
    int step = -1;
    std::chrono::microseconds at{0};
    LogKind kind = LogKind::Output;
};

/// What has come to the lines of a log since the news before: handed from the thread that reads to the one that shows.
struct LogGrowth
{
    bool isNew = false;    ///< the log begins anew: what was known is void
    qint64 lines = 0;      ///< all ended ones
    qint64 bytes = 0;      ///< of text, up to the end of the last ended line
    QList<qint64> chunks;  ///< where the new chunks of LogIndex::chunkLines lines begin
    QList<StepRun> runs;   ///< of the new lines; the first may go on with the last run known
    QList<LineMark> marks; ///< of the new lines
    std::optional<OpenLine> open;
};

/// Where the lines of a log begin, to whom they belong and how they read. Sparse: one place for every 64 lines.
struct LogIndex
{
    static constexpr qint64 chunkLines = 64;

    qint64 lines = 0;
    qint64 bytes = 0;
    QList<qint64> chunks; ///< offset of line 0, 64, 128, …
    QList<StepRun> runs;
    LineSet warnings;
    LineSet errors;
    LineSet notes;

    void apply(const LogGrowth &growth);
    int stepOf(qint64 line) const;
    LogKind kindOf(qint64 line) const;
};

/// Finds where the chunks begin while the text goes by.
class ChunkFinder
{
public:
    /// Takes the next bytes of the text; the new chunks, as offsets from its start, are added to \a chunks.
    void feed(QByteArrayView bytes, QList<qint64> &chunks);

    qint64 lines() const { return m_lines; } ///< ended ones
    qint64 bytes() const { return m_bytes; }
    qint64 endedBytes() const { return m_endedBytes; } ///< up to the last line's end

private:
    qint64 m_lines = 0;
    qint64 m_bytes = 0;
    qint64 m_endedBytes = 0;
};

} // namespace kernelyard
