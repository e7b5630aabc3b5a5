// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/logspool.h"

#include <QtEndian>

#include <limits>

namespace kernelyard {

Result<LogSpool> LogSpool::create(const QString &folder)
{
    const auto text = FileBytes::createSpool(folder);
    if (!text)
        return Failure(text.error());
    const auto times = FileBytes::createSpool(folder);
    if (!times)
        return Failure(times.error());
    LogSpool spool;
    spool.m_text = *text;
    spool.m_times = *times;
    return spool;
}

void LogSpool::append(int step, std::chrono::microseconds at, LogKind kind, QByteArrayView text)
{
    for (qsizetype end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        append(step, at, kind, text.first(end));
        text = text.sliced(end + 1);
    }
    m_newText.append(text).append('\n');
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(at).count();
    const auto stored = qToLittleEndian(
        static_cast<quint32>(std::clamp<qint64>(ms, 0, std::numeric_limits<quint32>::max()))); // 49 days
    m_newTimes.append(reinterpret_cast<const char *>(&stored), sizeof stored);
    if (step != m_lastStep)
        m_growth.runs.append({m_lines, step});
    m_lastStep = step;
    if (kind != LogKind::Output)
        m_growth.marks.append({m_lines, kind});
    ++m_lines;
}

Result<void> LogSpool::flush()
{
    if (auto written = m_text->write(m_textBytes, m_newText.constData(), m_newText.size()); !written)
        return written;
    if (auto written = m_times->write(m_timeBytes, m_newTimes.constData(), m_newTimes.size()); !written)
        return written;
    m_chunks.feed(m_newText, m_growth.chunks);
    m_textBytes += m_newText.size();
    m_timeBytes += m_newTimes.size();
    m_newText.truncate(0);
    m_newTimes.truncate(0);
    m_growth.lines = m_lines;
    m_growth.bytes = m_textBytes;
    return {};
}

LogGrowth LogSpool::takeGrowth()
{
    LogGrowth growth = std::exchange(m_growth, {});
    m_growth.lines = growth.lines;
    m_growth.bytes = growth.bytes;
    m_index.apply(growth);
    return growth;
}

} // namespace kernelyard
