// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/journalreader.h"

#include "core/build/crc32c.h"
#include "core/build/journalformat.h"

#include <QtEndian>

namespace kernelyard {

using namespace journalformat;

namespace {

/// Takes numbers off the front of a payload; a payload too short for its type is not a record of that type.
class Payload
{
public:
    explicit Payload(QByteArrayView bytes)
        : m_bytes(bytes)
    {}

    template <class T>
    T take()
    {
        if (m_bytes.size() < qsizetype(sizeof(T))) {
            m_short = true;
            return {};
        }
        const T value = qFromLittleEndian<T>(m_bytes.data());
        m_bytes = m_bytes.sliced(sizeof(T));
        return value;
    }
    QByteArrayView rest() const { return m_bytes; }
    bool isShort() const { return m_short; }

private:
    QByteArrayView m_bytes;
    bool m_short = false;
};

} // namespace

using Fact = decltype(Record::fact);

/// Empty for a type that this version does not know, or that does not hold what it must.
static std::optional<Fact> decoded(quint8 type, QByteArrayView bytes)
{
    Payload payload(bytes);
    Fact fact;
    switch (type) {
    case OpenedType: {
        const auto at = payload.take<qint64>();
        const auto pid = payload.take<qint64>();
        fact = Opened{QDateTime::fromMSecsSinceEpoch(at), pid, QString::fromUtf8(payload.rest())};
        break;
    }
    case TaskStartedType: {
        const auto task = payload.take<quint16>();
        fact = TaskStarted{task, payload.take<qint64>()};
        break;
    }
    case OutputType: {
        const auto task = payload.take<quint16>();
        const auto stream = payload.take<quint8>();
        if (stream != quint8(Stream::Out) && stream != quint8(Stream::Err))
            return {};
        fact = Output{task, static_cast<Stream>(stream), payload.rest().toByteArray()};
        break;
    }
    case SampleType: {
        const auto memory = payload.take<qint64>();
        fact = Sample{memory, std::chrono::microseconds(payload.take<qint64>())};
        break;
    }
    case SampledFromType: {
        const auto what = payload.take<quint8>();
        const auto mode = payload.take<quint8>();
        if (what > quint8(SampledFrom::What::Daemon) || mode > quint8(CgroupMode::Hybrid))
            return {};
        fact = SampledFrom{static_cast<SampledFrom::What>(what), static_cast<CgroupMode>(mode), payload.take<qint64>()};
        break;
    }
    case TaskExitedType: {
        const auto task = payload.take<quint16>();
        fact = TaskExited{task, payload.take<qint32>()};
        break;
    }
    case CancelAskedType:
        fact = CancelAsked{};
        break;
    case PausedType:
        fact = Paused{};
        break;
    case ResumedType:
        fact = Resumed{};
        break;
    case ClosedType: {
        const auto outcome = payload.take<quint8>();
        if (outcome > quint8(Outcome::Cancelled))
            return {};
        fact = Closed{static_cast<Outcome>(outcome), QString::fromUtf8(payload.rest())};
        break;
    }
    default:
        return {};
    }
    return payload.isShort() ? std::nullopt : std::optional(std::move(fact));
}

void JournalReader::feed(QByteArrayView bytes)
{
    if (m_position > 0) {
        m_buffer.remove(0, m_position);
        m_position = 0;
    }
    m_buffer += bytes;
}

void JournalReader::dropUnfinished()
{
    m_buffer.truncate(m_position);
}

bool JournalReader::readHeader()
{
    const QByteArrayView given = QByteArrayView(m_buffer).first(std::min(m_buffer.size(), headerBytes));
    const qsizetype known = std::min(given.size(), magic.size());
    if (given.first(known) != magic.first(known)) {
        m_problem = Problem::NotAJournal;
        return false;
    }
    if (given.size() < headerBytes)
        return false;
    if (crc32c(given.first(headerBytes - checkBytes)) !=
        qFromLittleEndian<quint32>(given.data() + headerBytes - checkBytes)) {
        m_problem = Problem::Damaged;
        return false;
    }
    if (qFromLittleEndian<quint32>(given.data() + magic.size()) != version) {
        m_problem = Problem::NewerFormat;
        return false;
    }
    m_position = headerBytes;
    m_offset = headerBytes;
    m_headerRead = true;
    return true;
}

std::optional<Record> JournalReader::next()
{
    if (m_problem != Problem::None || (!m_headerRead && !readHeader()))
        return {};
    for (;;) {
        const QByteArrayView left = QByteArrayView(m_buffer).sliced(m_position);
        if (left.size() < recordHeadBytes)
            return {};
        const auto length = qFromLittleEndian<quint32>(left.data());
        if (length > largestPayloadBytes) {
            m_problem = Problem::Damaged;
            return {};
        }
        const qsizetype checked = recordHeadBytes + qsizetype(length);
        if (left.size() < checked + checkBytes)
            return {};
        if (crc32c(left.first(checked)) != qFromLittleEndian<quint32>(left.data() + checked)) {
            m_problem = Problem::Damaged;
            return {};
        }
        m_position += checked + checkBytes;
        m_offset += checked + checkBytes;
        const BuildTime at(qFromLittleEndian<qint64>(left.data() + 5));
        if (auto fact = decoded(static_cast<quint8>(left[4]), left.sliced(recordHeadBytes, length)))
            return Record{at, std::move(*fact)};
    }
}

} // namespace kernelyard
