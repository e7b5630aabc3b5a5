// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/logbytes.h"
#include "core/log/logindex.h"

#include <QCache>

#include <array>

namespace kernelyard {

/// The lines of a log by number: its index, and the few pages and chunks that were read last. Memory stays the same for
/// any length. Not thread-safe; each thread has its own over the same bytes.
class LogReader
{
public:
    static constexpr qint64 pageBytes = 64 << 10;
    static constexpr qint64 longestLine = 16 << 20; ///< of which more is not shown; saving and searching take it whole

    LogReader() = default;
    LogReader(LogBytesPointer text, LogBytesPointer times) { open(std::move(text), std::move(times)); }
    /// Goes over to another log, of which no line is known yet. \a times are milliseconds since the start, u32
    /// little-endian for each line; may be null.
    void open(LogBytesPointer text, LogBytesPointer times);

    void apply(const LogGrowth &growth);
    void setIndex(LogIndex index);
    const LogIndex &index() const { return m_index; }
    const LogBytesPointer &bytes() const { return m_text; }

    qint64 lines() const { return m_index.lines; } ///< ended ones
    bool hasTimes() const { return m_times != nullptr; }

    struct Span
    {
        qint64 at = 0;
        qint64 length = 0; ///< without the line's end
    };
    Span span(qint64 line) const;
    /// Without the line's end, a carriage return before it included. Valid until 32 others were asked for; empty where
    /// the file has lost it.
    QByteArrayView text(qint64 line) const;
    std::chrono::microseconds time(qint64 line) const;

private:
    using Chunk = std::array<qint64, LogIndex::chunkLines + 1>; ///< where its lines begin, and its end
    const Chunk *chunk(qint64 number) const;
    QByteArrayView page(QCache<qint64, QByteArray> &pages, const LogBytes &bytes, qint64 number, qint64 needed) const;

    LogBytesPointer m_text;
    LogBytesPointer m_times;
    LogIndex m_index;
    mutable QCache<qint64, QByteArray> m_pages{64};
    mutable QCache<qint64, QByteArray> m_timePages{8};
    mutable QCache<qint64, Chunk> m_chunks{256};
    mutable std::array<QByteArray, 32> m_copies; ///< of lines that lie on two pages
    mutable std::size_t m_nextCopy = 0;
};

} // namespace kernelyard
