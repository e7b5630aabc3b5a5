// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/logreader.h"

#include <QtEndian>

#include <algorithm>
#include <cstring>

namespace kernelyard {

void LogReader::open(LogBytesPointer text, LogBytesPointer times)
{
    m_text = std::move(text);
    m_times = std::move(times);
    setIndex({});
}

void LogReader::apply(const LogGrowth &growth)
{
    if (growth.isNew) {
        m_pages.clear();
        m_timePages.clear();
        m_chunks.clear();
    } else {
        m_chunks.remove(m_index.lines / LogIndex::chunkLines); // it was not whole
    }
    m_index.apply(growth);
}

void LogReader::setIndex(LogIndex index)
{
    m_index = std::move(index);
    m_pages.clear();
    m_timePages.clear();
    m_chunks.clear();
}

QByteArrayView LogReader::page(QCache<qint64, QByteArray> &pages, const LogBytes &bytes, qint64 number,
                               qint64 needed) const
{
    if (const QByteArray *known = pages.object(number); known != nullptr && known->size() >= needed)
        return *known;
    auto *made = new QByteArray(pageBytes, Qt::Uninitialized);
    const Result<qint64> count = bytes.read(number * pageBytes, made->data(), pageBytes);
    made->truncate(count ? *count : 0); // a file that was cut, or can't be read any more, has nothing there
    pages.insert(number, made);
    return *made;
}

const LogReader::Chunk *LogReader::chunk(qint64 number) const
{
    if (const Chunk *known = m_chunks.object(number))
        return known;
    const qint64 begin = m_index.chunks.value(number, m_index.bytes);
    const qint64 end = m_index.chunks.value(number + 1, m_index.bytes);
    auto *made = new Chunk;
    made->fill(end);
    (*made)[0] = begin;
    std::size_t found = 1;
    for (qint64 at = begin; at < end && found < LogIndex::chunkLines;) {
        const qint64 first = at / pageBytes * pageBytes;
        const qint64 wanted = std::min(end - first, pageBytes);
        const QByteArrayView bytes = page(m_pages, *m_text, at / pageBytes, wanted);
        if (bytes.size() <= at - first)
            break;
        const char *place = bytes.data() + (at - first);
        const char *const stop = bytes.data() + std::min<qint64>(wanted, bytes.size());
        while (const void *newline = std::memchr(place, '\n', size_t(stop - place))) {
            place = static_cast<const char *>(newline) + 1;
            if (found == LogIndex::chunkLines)
                break;
            (*made)[found++] = first + (place - bytes.data());
        }
        at = first + pageBytes;
    }
    m_chunks.insert(number, made);
    return made;
}

LogReader::Span LogReader::span(qint64 line) const
{
    if (line < 0 || line >= m_index.lines || m_text == nullptr)
        return {};
    const Chunk &starts = *chunk(line / LogIndex::chunkLines);
    const auto place = static_cast<std::size_t>(line % LogIndex::chunkLines);
    return {starts[place], std::max<qint64>(0, starts[place + 1] - starts[place] - 1)};
}

QByteArrayView LogReader::text(qint64 line) const
{
    const Span where = span(line);
    const qint64 length = std::min(where.length, longestLine);
    if (length == 0)
        return {};
    const qint64 number = where.at / pageBytes;
    const qint64 within = where.at - number * pageBytes;
    if (within + length <= pageBytes) {
        const QByteArrayView bytes = page(m_pages, *m_text, number, within + length);
        return bytes.size() >= within + length ? bytes.sliced(within, length) : QByteArrayView();
    }
    QByteArray &copy = m_copies[m_nextCopy];
    m_nextCopy = (m_nextCopy + 1) % m_copies.size();
    copy.resize(length);
    const Result<qint64> count = m_text->read(where.at, copy.data(), length);
    copy.truncate(count ? *count : 0);
    return copy;
}

std::chrono::microseconds LogReader::time(qint64 line) const
{
    if (m_times == nullptr || line < 0 || line >= m_index.lines)
        return std::chrono::microseconds(0);
    const qint64 at = line * qint64(sizeof(quint32));
    const qint64 within = at % pageBytes;
    const QByteArrayView bytes = page(m_timePages, *m_times, at / pageBytes, within + qint64(sizeof(quint32)));
    if (bytes.size() < within + qint64(sizeof(quint32)))
        return std::chrono::microseconds(0);
    return std::chrono::milliseconds(qFromLittleEndian<quint32>(bytes.data() + within));
}

} // namespace kernelyard
