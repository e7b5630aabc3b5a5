// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/journalwriter.h"

#include "core/build/crc32c.h"
#include "core/build/journalformat.h"

#include <QFile>
#include <QtEndian>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

using namespace Qt::StringLiterals;

namespace kernelyard {

using namespace journalformat;

/// An Output record takes bytes up to this, and those that come within this time of its first.
static constexpr qsizetype largestOutputBytes = 128 << 10;
static constexpr std::chrono::milliseconds outputJoinedWithin{1};
/// What is gathered before it is written without waiting for the interval.
static constexpr qsizetype flushBytes = 128 << 10;
/// Room for all that may be gathered and for the closing records.
static constexpr off_t reserveBytes = 512 << 10;

template <class T>
static void put(QByteArray &to, T value)
{
    const qsizetype at = to.size();
    to.resize(at + qsizetype(sizeof value));
    qToLittleEndian(value, to.data() + at);
}

static QByteArray journalPath(const QString &folder)
{
    return QFile::encodeName(folder + u"/journal");
}

static QByteArray reservePath(const QString &folder)
{
    return QFile::encodeName(folder + u"/reserve");
}

static Result<void> makeReserve(const QString &folder)
{
    const int file = ::open(reservePath(folder).constData(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const int error = file < 0 ? errno : ::posix_fallocate(file, 0, reserveBytes);
    if (file >= 0)
        ::close(file);
    // A file system that can't reserve blocks is no reason not to build; only the closing of a full disk is poorer.
    if (error != 0 && error != EOPNOTSUPP && error != EINVAL)
        return Failure(systemError(folder, error));
    return {};
}

JournalWriter::~JournalWriter()
{
    if (m_file >= 0)
        ::close(m_file);
}

Result<void> JournalWriter::create(const QString &folder)
{
    m_folder = folder;
    if (auto reserved = makeReserve(folder); !reserved)
        return reserved;
    m_file = ::open(journalPath(folder).constData(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (m_file < 0)
        return Failure(systemError(folder + u"/journal", errno));
    m_buffer = magic.toByteArray();
    put<quint32>(m_buffer, version);
    put<quint32>(m_buffer, crc32c(m_buffer));
    m_ends = {m_buffer.size()};
    return write();
}

void JournalWriter::beginRecord(quint8 type, BuildTime at)
{
    m_recordStart = m_buffer.size();
    put<quint32>(m_buffer, 0); // the length, known at the end
    put<quint8>(m_buffer, type);
    put<qint64>(m_buffer, at.count());
}

void JournalWriter::endRecord()
{
    const qsizetype length = m_buffer.size() - m_recordStart - recordHeadBytes;
    qToLittleEndian(static_cast<quint32>(length), m_buffer.data() + m_recordStart);
    put<quint32>(m_buffer, crc32c(QByteArrayView(m_buffer).sliced(m_recordStart)));
    m_ends.append(m_buffer.size());
}

void JournalWriter::endOutput()
{
    if (std::exchange(m_outputOpen, false))
        endRecord();
}

namespace {

/// Puts a fact's payload into a buffer and tells its type.
struct Encoder
{
    QByteArray &to;

    quint8 operator()(const Opened &opened) const
    {
        put<qint64>(to, opened.at.toMSecsSinceEpoch());
        put<qint64>(to, opened.runnerPid);
        to += opened.programVersion.toUtf8();
        return OpenedType;
    }
    quint8 operator()(const TaskStarted &started) const
    {
        put<quint16>(to, static_cast<quint16>(started.task));
        put<qint64>(to, started.pid);
        return TaskStartedType;
    }
    quint8 operator()(const Output &output) const
    {
        put<quint16>(to, static_cast<quint16>(output.task));
        put<quint8>(to, static_cast<quint8>(output.stream));
        to += output.bytes;
        return OutputType;
    }
    quint8 operator()(const Sample &sample) const
    {
        put<qint64>(to, sample.memoryBytes);
        put<qint64>(to, sample.cpu.count());
        return SampleType;
    }
    quint8 operator()(const TaskExited &exited) const
    {
        put<quint16>(to, static_cast<quint16>(exited.task));
        put<qint32>(to, exited.exitCode);
        return TaskExitedType;
    }
    quint8 operator()(const CancelAsked &) const { return CancelAskedType; }
    quint8 operator()(const Paused &) const { return PausedType; }
    quint8 operator()(const Resumed &) const { return ResumedType; }
    quint8 operator()(const SampledFrom &from) const
    {
        put<quint8>(to, static_cast<quint8>(from.what));
        put<quint8>(to, static_cast<quint8>(from.mode));
        put<qint64>(to, from.limitBytes);
        return SampledFromType;
    }
    quint8 operator()(const Closed &closed) const
    {
        put<quint8>(to, static_cast<quint8>(closed.outcome));
        to += closed.reason.toUtf8();
        return ClosedType;
    }
};

} // namespace

Result<void> JournalWriter::append(const Record &record)
{
    if (const auto *output = std::get_if<Output>(&record.fact))
        return appendOutput(record.at, output->task, output->stream, output->bytes);
    endOutput();
    beginRecord(0, record.at);
    const quint8 type = std::visit(Encoder{m_buffer}, record.fact);
    m_buffer[m_recordStart + 4] = static_cast<char>(type);
    endRecord();
    auto written = flush();
    if (type != ClosedType || m_file < 0)
        return written;
    // Not fsync: it would wait for all that the engine has just written to the same disk.
    ::close(std::exchange(m_file, -1));
    ::unlink(reservePath(m_folder).constData());
    return written;
}

Result<void> JournalWriter::appendOutput(BuildTime at, int task, Stream stream, QByteArrayView bytes)
{
    if (m_full) {
        m_refusedBytes += bytes.size();
        return {};
    }
    if (m_outputOpen && (task != m_outputTask || stream != m_outputStream || at - m_outputAt > outputJoinedWithin))
        endOutput();
    while (!bytes.isEmpty()) {
        if (!m_outputOpen) {
            beginRecord(OutputType, at);
            put<quint16>(m_buffer, static_cast<quint16>(task));
            put<quint8>(m_buffer, static_cast<quint8>(stream));
            m_outputOpen = true;
            m_outputAt = at;
            m_outputTask = task;
            m_outputStream = stream;
        }
        const qsizetype room = largestOutputBytes - (m_buffer.size() - m_recordStart);
        const QByteArrayView part = bytes.first(std::min(room, bytes.size()));
        m_buffer += part;
        bytes = bytes.sliced(part.size());
        if (part.size() == room)
            endOutput();
    }
    if (!m_oldest)
        m_oldest = at;
    return m_buffer.size() >= flushBytes ? flush() : Result<void>{};
}

std::optional<BuildTime> JournalWriter::flushDue() const
{
    return m_oldest ? std::optional(*m_oldest + flushInterval) : std::nullopt;
}

Result<void> JournalWriter::flush()
{
    endOutput();
    m_oldest.reset();
    return m_buffer.isEmpty() ? Result<void>{} : write();
}

/// Writes m_buffer, which holds whole records only. After an error the file ends with a whole record, and what did not
/// fit stays in the buffer.
Result<void> JournalWriter::write()
{
    qsizetype done = 0;
    int error = 0;
    while (done < m_buffer.size() && error == 0) {
        const ssize_t count = ::write(m_file, m_buffer.constData() + done, static_cast<size_t>(m_buffer.size() - done));
        if (count >= 0)
            done += count;
        else if (errno != EINTR)
            error = errno;
    }
    if (error != 0) {
        const auto whole = std::upper_bound(m_ends.cbegin(), m_ends.cend(), done);
        done = whole == m_ends.cbegin() ? 0 : *std::prev(whole);
        if (::ftruncate(m_file, m_size + done) != 0)
            return Failure(systemError(m_folder + u"/journal", errno));
    }
    m_size += done;
    m_buffer.remove(0, done);
    m_ends.removeIf([done](qsizetype end) { return end <= done; });
    for (qsizetype &end : m_ends)
        end -= done;
    if (error == 0)
        return {};
    if ((error == ENOSPC || error == EDQUOT) && !std::exchange(m_full, true))
        return writeIntoReserve();
    m_buffer.clear();
    m_ends.clear();
    return Failure(systemError(m_folder + u"/journal", error));
}

/// The first time that the disk is full. Fails always: the caller must end the build.
Result<void> JournalWriter::writeIntoReserve()
{
    ::unlink(reservePath(m_folder).constData());
    const Error full = systemError(m_folder + u"/journal", ENOSPC);
    if (auto written = write(); !written)
        return written;
    return Failure(full);
}

} // namespace kernelyard
