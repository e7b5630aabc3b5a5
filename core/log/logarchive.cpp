// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/logarchive.h"

#include "core/base/wholefile.h"

#include <QCoreApplication>
#include <QDataStream>
#include <QDir>
#include <QtEndian>

#include <sys/stat.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

constexpr qint64 blockBytes = 64 << 10;
constexpr char magic[8] = {'K', 'Y', 'L', 'O', 'G', '1', '\n', '\0'};
constexpr qint64 headerBytes = 8 + 8 + 8 + 4 + 4 + 8 + 8 + 8 + 8;
constexpr int level = 1; ///< the fastest: a compiler's log shrinks tenfold all the same
constexpr qint64 piecesBytes = 4 << 20;

struct Header
{
    LogArchive::Key key;
    qint64 textBytes = 0;
    qint64 lines = 0;
    qint64 directoryAt = 0;
    qint64 directoryLength = 0;

    QByteArray toBytes() const
    {
        QByteArray bytes(magic, sizeof magic);
        const auto add = [&bytes](auto value) {
            value = qToLittleEndian(value);
            bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
        };
        add(key.sourceBytes);
        add(key.sourceTimeNs);
        add(key.version);
        add(quint32(0)); // keeps the numbers after it aligned
        add(textBytes);
        add(lines);
        add(directoryAt);
        add(directoryLength);
        return bytes;
    }

    static std::optional<Header> fromBytes(const QByteArray &bytes)
    {
        if (bytes.size() != headerBytes || std::memcmp(bytes.constData(), magic, sizeof magic) != 0)
            return {};
        const char *at = bytes.constData() + sizeof magic;
        const auto take = [&at]<class T>(T &value) {
            value = qFromLittleEndian<T>(at);
            at += sizeof(T);
        };
        Header header;
        quint32 unused = 0;
        take(header.key.sourceBytes);
        take(header.key.sourceTimeNs);
        take(header.key.version);
        take(unused);
        take(header.textBytes);
        take(header.lines);
        take(header.directoryAt);
        take(header.directoryLength);
        return header;
    }
};

Error damaged(const QString &file)
{
    return {
        ErrorKind::Invalid, QCoreApplication::translate("Log", "The stored log %1 can't be used.").arg(file), {}, {}};
}

struct FreeContext
{
    void operator()(ZSTD_DCtx *context) const { ZSTD_freeDCtx(context); }
    void operator()(ZSTD_CCtx *context) const { ZSTD_freeCCtx(context); }
};

/// False where \a frame is not a whole frame of exactly \a length bytes.
bool expand(QByteArrayView frame, char *to, qint64 length)
{
    static thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
    return ZSTD_decompressDCtx(context.get(), to, size_t(length), frame.data(), size_t(frame.size())) == size_t(length);
}

QByteArray compressed(QByteArrayView bytes)
{
    static thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context([] {
        ZSTD_CCtx *made = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(made, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(made, ZSTD_c_checksumFlag, 1);
        return made;
    }());
    QByteArray frame(qsizetype(ZSTD_compressBound(size_t(bytes.size()))), Qt::Uninitialized);
    frame.truncate(qsizetype(ZSTD_compress2(context.get(), frame.data(), size_t(frame.size()), bytes.data(),
                                            size_t(bytes.size())))); // can't fail with room for the worst
    return frame;
}

/// Reads single blocks; each call expands those that it touches.
class BlockBytes : public LogBytes
{
public:
    BlockBytes(std::shared_ptr<const FileBytes> file, QString name, qint64 begin, QList<qint64> ends, qint64 bytes)
        : m_file(std::move(file))
        , m_name(std::move(name))
        , m_begin(begin)
        , m_ends(std::move(ends))
        , m_bytes(bytes)
    {}

    Result<qint64> read(qint64 at, char *to, qint64 length) const override
    {
        length = std::min(length, m_bytes - at);
        qint64 done = 0;
        QByteArray whole;
        while (done < length) {
            const qint64 block = (at + done) / blockBytes;
            const qint64 first = block * blockBytes;
            const qint64 size = std::min(blockBytes, m_bytes - first);
            const qint64 within = at + done - first;
            const qint64 wanted = std::min(size - within, length - done);
            const bool isWhole = within == 0 && wanted == size;
            if (!isWhole)
                whole.resize(size);
            if (!readBlock(block, isWhole ? to + done : whole.data(), size))
                return Failure(damaged(m_name));
            if (!isWhole)
                std::memcpy(to + done, whole.constData() + within, size_t(wanted));
            done += wanted;
        }
        return std::max<qint64>(done, 0);
    }

private:
    bool readBlock(qint64 block, char *to, qint64 size) const
    {
        const qint64 begin = block == 0 ? m_begin : m_ends[block - 1];
        QByteArray frame(m_ends[block] - begin, Qt::Uninitialized);
        const Result<qint64> count = m_file->read(begin, frame.data(), frame.size());
        return count && *count == frame.size() && expand(frame, to, size);
    }

    std::shared_ptr<const FileBytes> m_file;
    QString m_name;
    qint64 m_begin;
    QList<qint64> m_ends;
    qint64 m_bytes;
};

qint64 blocksOf(qint64 bytes)
{
    return (bytes + blockBytes - 1) / blockBytes;
}

/// The blocks must lie one after the other between \a begin and \a end.
bool areEnds(const QList<qint64> &ends, qint64 count, qint64 begin, qint64 end)
{
    for (const qint64 at : ends) {
        if (at <= begin || at > end)
            return false;
        begin = at;
    }
    return ends.size() == count;
}

} // namespace

static QDataStream &operator<<(QDataStream &stream, const StepRun &run)
{
    return stream << run.first << qint32(run.step);
}

static QDataStream &operator>>(QDataStream &stream, StepRun &run)
{
    qint32 step = -1;
    stream >> run.first >> step;
    run.step = step;
    return stream;
}

Result<LogArchive> LogArchive::open(const QString &file, const Key &key)
{
    const auto bytes = FileBytes::open(file);
    if (!bytes)
        return Failure(bytes.error());
    QByteArray head(headerBytes, Qt::Uninitialized);
    const Result<qint64> read = (*bytes)->read(0, head.data(), head.size());
    const auto header = read && *read == headerBytes ? Header::fromBytes(head) : std::nullopt;
    if (!header || header->key != key || header->lines < 0 || header->textBytes < 0 || header->directoryLength <= 0)
        return Failure(damaged(file));
    struct stat status;
    if (::fstat((*bytes)->descriptor(), &status) != 0 ||
        header->directoryAt + header->directoryLength != status.st_size)
        return Failure(damaged(file));
    QByteArray frame(header->directoryLength, Qt::Uninitialized);
    const Result<qint64> got = (*bytes)->read(header->directoryAt, frame.data(), frame.size());
    if (!got || *got != frame.size())
        return Failure(damaged(file));
    const unsigned long long size = ZSTD_getFrameContentSize(frame.constData(), size_t(frame.size()));
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > (1ULL << 31))
        return Failure(damaged(file));
    QByteArray directory(qsizetype(size), Qt::Uninitialized);
    if (!expand(frame, directory.data(), directory.size()))
        return Failure(damaged(file));
    LogArchive log;
    QList<qint64> textEnds;
    QList<qint64> timeEnds;
    QList<quint64> warnings;
    QList<quint64> errors;
    QList<quint64> notes;
    QDataStream stream(directory);
    stream.setVersion(QDataStream::Qt_6_0);
    stream >> textEnds >> timeEnds >> log.index.chunks >> log.index.runs >> warnings >> errors >> notes;
    const qint64 timeBytes = header->lines * qint64(sizeof(quint32));
    const qint64 textEnd = textEnds.isEmpty() ? headerBytes : textEnds.last();
    if (stream.status() != QDataStream::Ok ||
        !areEnds(textEnds, blocksOf(header->textBytes), headerBytes, header->directoryAt) ||
        !areEnds(timeEnds, blocksOf(timeBytes), textEnd, header->directoryAt))
        return Failure(damaged(file));
    log.index.lines = header->lines;
    log.index.bytes = header->textBytes;
    log.index.warnings = LineSet::fromWords(warnings);
    log.index.errors = LineSet::fromWords(errors);
    log.index.notes = LineSet::fromWords(notes);
    log.text = std::make_shared<const BlockBytes>(*bytes, file, headerBytes, textEnds, header->textBytes);
    log.times = std::make_shared<const BlockBytes>(*bytes, file, textEnd, timeEnds, timeBytes);
    ::futimens((*bytes)->descriptor(), nullptr); // used now: ageArchives() goes by it
    return log;
}

LogArchiveWriter::LogArchiveWriter(const QString &file, const LogArchive::Key &key, LogArchive log)
    : m_file(file)
    , m_key(key)
    , m_log(std::move(log))
{}

/// True once all blocks are written.
Result<bool> LogArchiveWriter::writeBlocks(const LogBytes &bytes, qint64 total, QList<qint64> &ends)
{
    QByteArray block(blockBytes, Qt::Uninitialized);
    for (qint64 done = 0; done < piecesBytes; done += blockBytes) {
        const qint64 at = ends.size() * blockBytes;
        if (at >= total)
            return true;
        const qint64 wanted = std::min(blockBytes, total - at);
        const Result<qint64> count = bytes.read(at, block.data(), wanted);
        if (!count)
            return Failure(count.error());
        if (*count != wanted)
            return Failure(damaged(m_file.fileName()));
        if (m_file.write(compressed(QByteArrayView(block).first(wanted))) < 0)
            return Failure(systemError(m_file.fileName(), errno));
        ends.append(m_file.pos());
    }
    return false;
}

Result<LogArchiveWriter::Progress> LogArchiveWriter::writeSome()
{
    if (!m_isOpen) {
        QDir().mkpath(QFileInfo(m_file.fileName()).path());
        if (!m_file.open(QIODevice::WriteOnly) || m_file.write(QByteArray(headerBytes, '\0')) < 0)
            return Failure(systemError(m_file.fileName(), errno));
        m_isOpen = true;
    }
    const Result<bool> text = writeBlocks(*m_log.text, m_log.index.bytes, m_textEnds);
    if (!text)
        return Failure(text.error());
    if (!*text)
        return Progress::More;
    const Result<bool> times = writeBlocks(*m_log.times, m_log.index.lines * qint64(sizeof(quint32)), m_timeEnds);
    if (!times)
        return Failure(times.error());
    if (!*times)
        return Progress::More;
    if (const Result<void> finished = finish(); !finished)
        return Failure(finished.error());
    return Progress::Done;
}

Result<void> LogArchiveWriter::finish()
{
    QByteArray directory;
    QDataStream stream(&directory, QIODevice::WriteOnly);
    stream.setVersion(QDataStream::Qt_6_0);
    stream << m_textEnds << m_timeEnds << m_log.index.chunks << m_log.index.runs << m_log.index.warnings.words()
           << m_log.index.errors.words() << m_log.index.notes.words();
    const QByteArray frame = compressed(directory);
    const Header header{m_key, m_log.index.bytes, m_log.index.lines, m_file.pos(), frame.size()};
    if (m_file.write(frame) < 0 || !m_file.seek(0) || m_file.write(header.toBytes()) < 0 || !commitWhole(m_file))
        return Failure(systemError(m_file.fileName(), errno));
    return {};
}

void ageArchives(const QString &folder, qint64 limitBytes)
{
    qint64 sum = 0;
    const QFileInfoList files = QDir(folder).entryInfoList({u"*.klog*"_s}, QDir::Files, QDir::Time); // newest first
    for (const QFileInfo &file : files) {
        sum += file.size();
        if (sum > limitBytes)
            QFile::remove(file.filePath());
    }
}

} // namespace kernelyard
