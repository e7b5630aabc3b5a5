// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/journalfile.h"

#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace kernelyard {

static constexpr qint64 chunkBytes = 256 << 10;

JournalFile::JournalFile(QString path)
    : m_path(std::move(path))
{}

JournalFile::~JournalFile()
{
    if (m_file >= 0)
        ::close(m_file);
}

Result<qint64> JournalFile::read(qint64 limitBytes)
{
    if (m_reader.problem() != JournalReader::Problem::None)
        return 0;
    if (m_atEnd)
        m_reader.dropUnfinished();
    if (m_file < 0)
        m_file = ::open(QFile::encodeName(m_path).constData(), O_RDONLY | O_CLOEXEC);
    if (m_file < 0)
        return errno == ENOENT ? Result<qint64>(0) : Failure(systemError(m_path, errno));
    const qint64 wanted = std::min(limitBytes, chunkBytes);
    if (m_chunk.size() < wanted)
        m_chunk.resize(wanted);
    ssize_t count;
    do
        count = ::pread(m_file, m_chunk.data(), static_cast<size_t>(wanted), m_reader.bytesFed());
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return Failure(systemError(m_path, errno));
    m_atEnd = count < wanted;
    m_reader.feed(QByteArrayView(m_chunk).first(count));
    const qint64 fed = m_reader.bytesFed();
    if (m_atEnd && fed <= m_seenBytes)
        return 0;
    m_seenBytes = std::max(m_seenBytes, fed);
    return count;
}

qint64 JournalFile::sizeBytes() const
{
    struct stat status;
    const int failed = m_file >= 0 ? ::fstat(m_file, &status) : ::stat(QFile::encodeName(m_path).constData(), &status);
    return failed != 0 ? 0 : status.st_size;
}

} // namespace kernelyard
