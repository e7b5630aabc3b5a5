// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/logindex.h"

#include "core/log/linescan.h"

#include <algorithm>
#include <cstring>

namespace kernelyard {

void LogIndex::apply(const LogGrowth &growth)
{
    if (growth.isNew)
        *this = {};
    lines = growth.lines;
    bytes = growth.bytes;
    chunks += growth.chunks;
    for (const StepRun &run : growth.runs) {
        if (runs.isEmpty() || runs.last().step != run.step)
            runs.append(run);
    }
    for (const LineMark &mark : growth.marks)
        (mark.kind == LogKind::Error ? errors : mark.kind == LogKind::Warning ? warnings : notes).insert(mark.line);
}

int LogIndex::stepOf(qint64 line) const
{
    const auto after =
        std::upper_bound(runs.cbegin(), runs.cend(), line, [](qint64 l, const StepRun &run) { return l < run.first; });
    return after == runs.cbegin() ? -1 : std::prev(after)->step;
}

LogKind LogIndex::kindOf(qint64 line) const
{
    if (errors.contains(line))
        return LogKind::Error;
    if (warnings.contains(line))
        return LogKind::Warning;
    return notes.contains(line) ? LogKind::Note : LogKind::Output;
}

void ChunkFinder::feed(QByteArrayView bytes, QList<qint64> &chunks)
{
    constexpr qsizetype blockBytes = 512; // some three lines: few of them hold a chunk's end
    for (qsizetype at = 0; at < bytes.size(); at += blockBytes) {
        const QByteArrayView block = bytes.sliced(at, std::min(blockBytes, bytes.size() - at));
        const qint64 ended = countNewlines(block);
        if (m_lines / LogIndex::chunkLines != (m_lines + ended) / LogIndex::chunkLines || m_lines == 0) {
            if (m_bytes == 0 && m_lines == 0 && at == 0)
                chunks.append(0);
            const char *place = block.data();
            const char *const end = place + block.size();
            qint64 lines = m_lines;
            while (const void *newline = std::memchr(place, '\n', size_t(end - place))) {
                place = static_cast<const char *>(newline) + 1;
                if (++lines % LogIndex::chunkLines == 0)
                    chunks.append(m_bytes + at + (place - block.data()));
            }
        }
        m_lines += ended;
    }
    if (const qsizetype last = bytes.lastIndexOf('\n'); last >= 0)
        m_endedBytes = m_bytes + last + 1;
    m_bytes += bytes.size();
}

} // namespace kernelyard
