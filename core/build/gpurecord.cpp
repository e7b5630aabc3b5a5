// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/gpurecord.h"

#include "core/gpu/gpuhelper.h"

#include <QFile>
#include <QJsonDocument>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

/// Where a task with the GPUs begins the lines of the charts break: nobody looked at what was before.
static GpuReading breakAt(qint64 atMs, const QList<GpuStatus> &gpus)
{
    GpuReading reading;
    reading.atMs = atMs;
    for (const GpuStatus &gpu : gpus) {
        GpuStatus &empty = reading.gpus.emplaceBack();
        empty.index = gpu.index;
        empty.uuid = gpu.uuid;
        empty.busId = gpu.busId;
    }
    return reading;
}

GpuRecord readGpuRecord(const QString &file)
{
    GpuRecord record;
    QFile lines(file);
    if (!lines.open(QIODevice::ReadOnly))
        return record;
    while (!lines.atEnd()) {
        const QByteArray text = lines.readLine();
        const auto line = parseGpuHelperLine(text);
        if (const auto *reading = std::get_if<GpuHelperReading>(&line); reading && !reading->reading.gpus.isEmpty()) {
            record.history.add(reading->reading);
            record.last = reading->reading;
        } else if (const QJsonValue began = QJsonDocument::fromJson(text)["began"_L1];
                   began.isDouble() && !record.isEmpty()) {
            record.history.add(breakAt(began.toInteger(), record.last.gpus));
        }
    }
    return record;
}

bool takesGpus(const Engine &engine, const Task &task)
{
    const QStringList &words = task.command.arguments, &wanted = engine.gpuArguments;
    return !wanted.isEmpty() &&
           std::search(words.cbegin(), words.cend(), wanted.cbegin(), wanted.cend()) != words.cend();
}

} // namespace kernelyard
