// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/event.h"
#include "core/engine/linecutter.h"
#include "core/engine/outputparser.h"

#include <QHash>
#include <QJsonObject>

#include <array>

namespace kernelyard {

/// BuildKit's SolveStatus records (moby/buildkit client/graph.go) as `docker buildx build --progress=rawjson` writes
/// them to standard error: one line each (0.29.1), or indented, from a line "{" to a line "}" (0.13.1). What is no
/// record (buildx's own words, a record that doesn't parse) is output of the command.
class RawJsonParser
{
public:
    void feed(Stream stream, QByteArrayView bytes, BuildTime at, QList<EngineEvent> &events);
    void finish(int exitCode, BuildTime at, QList<EngineEvent> &events);

private:
    struct Vertex
    {
        QString name;
        QStringList inputs;
        QString started; ///< as last reported
        bool isOpen = false;
        bool isCached = false;
    };

    void takeLine(LinePiece &&piece, bool isError, BuildTime at, QList<EngineEvent> &events);
    void takeText(LinePiece &&piece, bool isError, BuildTime at, QList<EngineEvent> &events);
    void takeRecord(const QByteArray &bytes, BuildTime at, QList<EngineEvent> &events);
    bool takeLogsOnly(QByteArrayView bytes, BuildTime at, QList<EngineEvent> &events);
    void applyRecord(const QJsonObject &record, BuildTime at, QList<EngineEvent> &events);
    void beginVertex(const QJsonObject &vertex, QList<EngineEvent> &events);
    void endVertex(const QJsonObject &vertex, QList<EngineEvent> &events);
    void takeLog(const StepKey &key, bool isError, QByteArray data, BuildTime time, QList<EngineEvent> &events);
    void takeWarning(const QJsonObject &warning, BuildTime at, QList<EngineEvent> &events);
    void releaseRecord(bool isError, BuildTime at, QList<EngineEvent> &events);
    void learnDelay(const QJsonObject &record, BuildTime at);
    void learnDelay(BuildTime newest, BuildTime at);
    BuildTime timeOf(QByteArrayView timestamp) const;
    const QString &keyOf(QByteArrayView digest);

    std::array<LineCutter, 2> m_cutters;
    QByteArray m_record; ///< of the indented form, so far
    QHash<QString, Vertex> m_vertices;
    QStringList m_order;               ///< digests as they came
    std::optional<BuildTime> m_offset; ///< from BuildKit's clock to ours
    QByteArray m_lastDigest;
    QString m_lastKey;
    QString m_failure;
};

} // namespace kernelyard
