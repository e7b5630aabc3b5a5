// SPDX-License-Identifier: GPL-3.0-or-later
// The parsers of engine output: no input crashes them, and where it is cut changes nothing of what they tell.
#include "core/engine/outputparser.h"
#include "tests/fuzz/fuzz.h"

#include <map>

using namespace kernelyard;

namespace {

/// What a build's log and steps are made of: the bytes of each step and stream, and how each step ended.
struct Told
{
    std::map<std::pair<QString, bool>, QByteArray> output;
    QList<std::pair<QString, QString>> ends;

    void add(const QList<EngineEvent> &events)
    {
        for (const EngineEvent &event : events) {
            if (const auto *part = std::get_if<StepOutput>(&event))
                output[{part->key, part->isError}] += part->bytes;
            if (const auto *end = std::get_if<StepEnded>(&event))
                ends.append({end->key, end->error});
        }
    }
    bool operator==(const Told &) const = default;
};

struct Chunk
{
    Stream stream = Stream::Out;
    QByteArrayView bytes;
};

/// The chunks of a file made by tests/data/engine/record ("STREAM MICROSECONDS LENGTH" before each); of other bytes,
/// one on each stream.
QList<Chunk> chunksOf(QByteArrayView bytes)
{
    QList<Chunk> chunks;
    QByteArrayView left = bytes;
    while (!left.isEmpty()) {
        const qsizetype end = left.indexOf('\n');
        const QList<QByteArray> head = left.first(std::max<qsizetype>(end, 0)).toByteArray().split(' ');
        const qsizetype length = head.value(2).toLongLong();
        if (end < 0 || head.size() != 3 || (head[0] != "1" && head[0] != "2") || length <= 0)
            break;
        left = left.sliced(end + 1);
        const qsizetype taken = std::min(length, left.size());
        chunks.append({head[0] == "1" ? Stream::Out : Stream::Err, left.first(taken)});
        left = left.sliced(taken);
    }
    if (!left.isEmpty() && !left.startsWith("exit "))
        chunks << Chunk{Stream::Out, left.first(left.size() / 2)} << Chunk{Stream::Err, left.sliced(left.size() / 2)};
    return chunks;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QList<Chunk> chunks = chunksOf(bytesOf(data, size));
    for (const OutputFormat format :
         {OutputFormat::Plain, OutputFormat::Podman, OutputFormat::Classic, OutputFormat::RawJson}) {
        OutputParser whole(format);
        OutputParser inParts(format);
        Told told;
        Told toldInParts;
        QByteArray given;
        for (const Chunk &chunk : chunks) {
            given += chunk.bytes;
            told.add(whole.feed(chunk.stream, chunk.bytes, BuildTime(1)));
            inPieces(chunk.bytes,
                     [&](QByteArrayView piece) { toldInParts.add(inParts.feed(chunk.stream, piece, BuildTime(1))); });
        }
        told.add(whole.finish(size % 3, BuildTime(2)));
        toldInParts.add(inParts.finish(size % 3, BuildTime(2)));
        require(told == toldInParts, "what is told does not depend on where the output was cut");
        if (format == OutputFormat::Plain) {
            qsizetype kept = 0;
            for (const auto &[step, bytes] : told.output)
                kept += bytes.size();
            require(kept == given.size(), "no byte of plain output is lost");
        }
    }
    return 0;
}
