// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/loglines.h"

#include <algorithm>
#include <cstring>

namespace kernelyard {

/// A short log gets small blocks, a long one few allocations.
static constexpr std::size_t firstBlockBytes = 16 << 10;
static constexpr std::size_t largestBlockBytes = 1 << 20;

LogLine LogLines::at(qsizetype index) const
{
    const Entry &entry = m_entries[static_cast<std::size_t>(index)];
    const auto origin = static_cast<Origin>(entry.origin);
    return {entry.step, BuildTime(entry.at), origin == Origin::ErrorOutput, origin == Origin::Note,
            QByteArray(entry.text, entry.length)};
}

QByteArrayView LogLines::text(qsizetype index) const
{
    const Entry &entry = m_entries[static_cast<std::size_t>(index)];
    return {entry.text, static_cast<qsizetype>(entry.length)};
}

void LogLines::append(int step, BuildTime at, Origin origin, QByteArrayView text)
{
    const auto length = static_cast<std::size_t>(text.size());
    if (m_blocks.empty() || m_blockSize - m_blockUsed < length) {
        m_blockSize = std::max(length, std::clamp(m_blockSize * 2, firstBlockBytes, largestBlockBytes));
        m_blocks.push_back(std::make_unique_for_overwrite<char[]>(m_blockSize));
        m_blockUsed = 0;
    }
    char *const place = m_blocks.back().get() + m_blockUsed;
    if (length > 0)
        std::memcpy(place, text.data(), length);
    m_blockUsed += length;
    m_entries.push_back(
        {place, at.count(), static_cast<qint64>(origin), 0, static_cast<quint32>(length), static_cast<qint32>(step)});
}

} // namespace kernelyard
