// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/fileworker.h"

#include "core/log/linescan.h"

#include <QFile>

#include <sys/stat.h>

#include <algorithm>
#include <cstring>

namespace kernelyard {

namespace {

constexpr int updateIntervalMs = 50;
constexpr int pollIntervalMs = 250;
constexpr qint64 bufferBytes = 256 << 10; ///< small enough for the processor's own cache
constexpr int sliceMs = 20;               ///< of work before this thread's events get their turn
constexpr qint64 longestOpenLine = 16 << 20;
constexpr qint64 keptBytes = 64;

} // namespace

FileWorker::FileWorker(QString path)
    : m_path(std::move(path))
    , m_buffer(bufferBytes, Qt::Uninitialized)
{}

void FileWorker::start()
{
    const auto file = FileBytes::open(m_path);
    if (!file) {
        Q_EMIT failed(file.error());
        return;
    }
    m_file = *file;
    m_timer = new QTimer(this);
    m_timer->setSingleShot(true);
    connect(m_timer, &QTimer::timeout, this, &FileWorker::read);
    beginAnew();
    read();
}

void FileWorker::beginAnew()
{
    m_chunks = {};
    m_lastBytes.clear();
    m_marked = 0;
    m_markedLines = 0;
    m_news = {};
    m_news.bytes = m_file;
    m_news.growth.isNew = true;
    m_hasNews = true;
}

void FileWorker::goOn()
{
    m_waiting = false;
    m_timer->start(0);
}

/// The file under our name is the one that we read, is no shorter, and still has what we read last.
bool FileWorker::isStillOurs() const
{
    struct stat now;
    struct stat ours;
    if (::fstat(m_file->descriptor(), &ours) != 0)
        return false;
    if (::stat(QFile::encodeName(m_path).constData(), &now) == 0 &&
        (now.st_ino != ours.st_ino || now.st_dev != ours.st_dev))
        return false;
    if (ours.st_size < m_chunks.bytes())
        return false;
    QByteArray bytes(m_lastBytes.size(), Qt::Uninitialized);
    const Result<qint64> count = m_file->read(m_chunks.bytes() - bytes.size(), bytes.data(), bytes.size());
    return count && *count == bytes.size() && bytes == m_lastBytes;
}

void FileWorker::check()
{
    struct stat status;
    const bool isGone = ::stat(QFile::encodeName(m_path).constData(), &status) != 0;
    if (isGone != m_wasGone) {
        m_wasGone = isGone;
        m_hasNews = true;
    }
    if (isStillOurs())
        return;
    if (const auto file = FileBytes::open(m_path))
        m_file = *file; // else ours was cut and has no name any more
    beginAnew();
}

bool FileWorker::readSlice()
{
    const Result<qint64> count = m_file->read(m_chunks.bytes(), m_buffer.data(), m_buffer.size());
    if (!count || *count == 0)
        return false;
    const QByteArrayView got = QByteArrayView(m_buffer).first(*count);
    m_chunks.feed(got, m_news.growth.chunks);
    m_lastBytes.append(got.last(std::min(*count, keptBytes)));
    m_lastBytes = m_lastBytes.last(std::min<qint64>(keptBytes, m_lastBytes.size()));
    m_hasNews = true;
    return *count == m_buffer.size();
}

bool FileWorker::markSlice()
{
    const qint64 wanted = std::min<qint64>(m_buffer.size(), m_chunks.endedBytes() - m_marked);
    if (wanted <= 0)
        return false;
    const Result<qint64> count = m_file->read(m_marked, m_buffer.data(), wanted);
    if (!count || *count == 0)
        return false;
    QByteArrayView rest = QByteArrayView(m_buffer).first(*count);
    const qsizetype whole = rest.lastIndexOf('\n') + 1;
    if (whole == 0) { // a line longer than the buffer: how it begins tells enough
        m_marked += *count;
        return true;
    }
    rest = rest.first(whole);
    m_marked += whole;
    while (!rest.isEmpty()) {
        const auto *newline = static_cast<const char *>(std::memchr(rest.data(), '\n', size_t(rest.size())));
        const qsizetype length = newline - rest.data();
        if (const LogKind kind = lineKind(rest.first(length)); kind != LogKind::Output) {
            m_news.growth.marks.append({m_markedLines, kind});
            m_hasNews = true;
        }
        ++m_markedLines;
        rest = rest.sliced(length + 1);
    }
    return true;
}

void FileWorker::read()
{
    if (m_waiting)
        return;
    check();
    QElapsedTimer clock;
    clock.start();
    bool more = true;
    while (more && clock.elapsed() < sliceMs && (m_toldFirst || m_chunks.bytes() == 0))
        more = readSlice();
    m_news.isIndexed = !more;
    bool toMark = !more;
    while (toMark && clock.elapsed() < sliceMs)
        toMark = markSlice();
    const bool isDue = !m_sinceNews.isValid() || m_sinceNews.elapsed() >= updateIntervalMs;
    if (m_hasNews && (isDue || (!more && !toMark))) {
        tell();
        return; // goOn comes
    }
    m_timer->start(more || toMark ? 0 : pollIntervalMs);
}

std::optional<OpenLine> FileWorker::openLine() const
{
    const qint64 from = m_chunks.endedBytes();
    const qint64 length = std::min(m_chunks.bytes() - from, longestOpenLine);
    if (length <= 0)
        return {};
    OpenLine open;
    open.text.resize(length);
    const Result<qint64> count = m_file->read(from, open.text.data(), length);
    open.text.truncate(count ? *count : 0);
    open.kind = lineKind(open.text);
    return open;
}

void FileWorker::tell()
{
    m_news.growth.lines = m_chunks.lines();
    m_news.growth.bytes = m_chunks.endedBytes();
    if (m_news.isIndexed)
        m_news.growth.open = openLine();
    if (m_news.growth.isNew)
        m_news.growth.runs.append({0, -1});
    m_news.sizeBytes = m_chunks.bytes();
    m_news.isGone = m_wasGone;
    m_waiting = true;
    m_toldFirst = true;
    m_hasNews = false;
    m_sinceNews.start();
    Q_EMIT updated(m_news);
    m_news = {};
}

} // namespace kernelyard
