// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/outputparser.h"

#include <QFile>
#include <QList>

namespace kernelyard {

/// A file made by tests/data/engine/record.
struct Recording
{
    struct Chunk
    {
        Stream stream = Stream::Out;
        BuildTime at{0};
        QByteArray bytes;
    };
    QList<Chunk> chunks;
    int exitCode = -1;
    BuildTime ended{0};

    static Recording read(const QString &name)
    {
        Recording recording;
        QFile file(QStringLiteral(KERNELYARD_TEST_DATA "/engine/") + name);
        if (!file.open(QIODevice::ReadOnly))
            return recording;
        while (!file.atEnd()) {
            const QList<QByteArray> head = file.readLine().trimmed().split(' ');
            if (head.value(0) == "exit") {
                recording.exitCode = head.value(1).toInt();
                recording.ended = BuildTime(head.value(2).toLongLong());
            } else {
                recording.chunks.append({head.value(0) == "1" ? Stream::Out : Stream::Err,
                                         BuildTime(head.value(1).toLongLong()), file.read(head.value(2).toLongLong())});
            }
        }
        return recording;
    }

    QList<EngineEvent> parse(OutputFormat format) const
    {
        OutputParser parser(format);
        QList<EngineEvent> events;
        for (const Chunk &chunk : chunks)
            events += parser.feed(chunk.stream, chunk.bytes, chunk.at);
        return events + parser.finish(exitCode, ended);
    }

    qsizetype size() const
    {
        qsizetype sum = 0;
        for (const Chunk &chunk : chunks)
            sum += chunk.bytes.size();
        return sum;
    }
};

} // namespace kernelyard
