// SPDX-License-Identifier: GPL-3.0-or-later
// The journal: as bytes of any kind, and as records whose check sums are right and whose contents are not.
#include "core/build/buildstate.h"
#include "core/build/crc32c.h"
#include "core/build/journalformat.h"
#include "core/build/journalreader.h"
#include "tests/fuzz/fuzz.h"

using namespace kernelyard;

namespace {

template <class T>
void append(QByteArray &bytes, T value)
{
    const T little = qToLittleEndian(value);
    bytes.append(reinterpret_cast<const char *>(&little), sizeof little);
}

/// Records as journalwriter.h describes them: each piece of \a bytes is "TYPE LENGTH payload" with two bytes of head.
QByteArray framed(QByteArrayView bytes)
{
    QByteArray journal(journalformat::magic.data(), journalformat::magic.size());
    append(journal, journalformat::version);
    append(journal, crc32c(journal));
    while (bytes.size() >= 2) {
        const auto type = static_cast<quint8>(1 + static_cast<unsigned char>(bytes[0]) % 12);
        const qsizetype length = std::min<qsizetype>(static_cast<unsigned char>(bytes[1]), bytes.size() - 2);
        QByteArray record;
        append(record, static_cast<quint32>(length));
        append(record, type);
        append(record, quint64{5});
        record += bytes.sliced(2, length);
        append(record, crc32c(record));
        journal += record;
        bytes = bytes.sliced(2 + length);
    }
    return journal;
}

Plan plan()
{
    Plan plan;
    for (const OutputFormat format :
         {OutputFormat::Plain, OutputFormat::Podman, OutputFormat::Classic, OutputFormat::RawJson}) {
        Task task;
        task.name = QString::number(plan.tasks.size());
        task.kind = plan.tasks.isEmpty() ? TaskKind::Base : TaskKind::Layer;
        task.format = format;
        plan.tasks << task;
    }
    return plan;
}

void read(QByteArrayView journal)
{
    JournalReader whole;
    whole.feed(journal);
    BuildState state(plan());
    int records = 0;
    while (const auto record = whole.next()) {
        state.apply(*record);
        ++records;
    }
    state.markInterrupted();
    require(whole.offset() <= journal.size(), "a reader does not go past the end");

    JournalReader inParts;
    int again = 0;
    inPieces(journal, [&](QByteArrayView piece) {
        inParts.feed(piece);
        while (inParts.next())
            ++again;
    });
    require(records == again && whole.offset() == inParts.offset() && whole.problem() == inParts.problem(),
            "what is read does not depend on where the journal was cut");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    read(bytesOf(data, size));
    read(framed(bytesOf(data, size)));
    return 0;
}
