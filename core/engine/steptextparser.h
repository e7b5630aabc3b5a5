// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/event.h"
#include "core/engine/linecutter.h"
#include "core/engine/outputparser.h"

#include <array>

namespace kernelyard {

/// The output of `podman build --layers` (4.3.1 recorded) and of Docker's classic builder (20.10 recorded): text in
/// which numbered headers start steps. Both mark the end of a step by a line with the id of its image.
class StepTextParser
{
public:
    explicit StepTextParser(OutputFormat dialect);

    void feed(Stream stream, QByteArrayView bytes, BuildTime at, QList<EngineEvent> &events);
    void finish(int exitCode, BuildTime at, QList<EngineEvent> &events);

    /// The id of the container that the classic builder runs the step at hand in, as it shortens it; empty: none is
    /// known, or the step has ended well, and so the builder has removed it.
    const QString &container() const { return m_container; }

private:
    struct Header
    {
        int stage = 0; ///< from 1; 0: the only one
        int stages = 0;
        int number = 0;
        int count = 0;
        QString instruction;
    };
    struct Held ///< a line of the engine's look, until what follows tells whose it is
    {
        QByteArray bytes;
        BuildTime at;
        bool isError = false;
    };

    void takeLine(LinePiece &&piece, bool isError, BuildTime at, QList<EngineEvent> &events);
    bool takeControl(QByteArrayView text, BuildTime at, QList<EngineEvent> &events);
    bool takeHeader(QByteArrayView text, BuildTime at, QList<EngineEvent> &events);
    bool takeCommit(QByteArrayView text, BuildTime at, QList<EngineEvent> &events);
    bool takeCached(QByteArrayView text, QList<EngineEvent> &events);
    bool takeEnd(QByteArrayView text, BuildTime at, QList<EngineEvent> &events);
    bool mayFollow(const Header &header) const;
    Header readHeader(QByteArrayView text) const;
    qsizetype markerStart(QByteArrayView text) const;
    void start(const StepKey &key, const QString &name, BuildTime at, QList<EngineEvent> &events);
    void endStep(BuildTime at, const QString &error, QList<EngineEvent> &events);
    void output(QByteArray bytes, bool isError, BuildTime at, QList<EngineEvent> &events);
    void releaseHeld(QList<EngineEvent> &events);
    BuildTime heldSince(BuildTime otherwise) const { return m_held.isEmpty() ? otherwise : m_held.first().at; }
    bool isPodman() const { return m_dialect == OutputFormat::Podman; }

    OutputFormat m_dialect;
    std::array<LineCutter, 2> m_cutters;
    StepKey m_key;
    Header m_header;
    bool m_isOpen = false;
    bool m_isFresh = false; ///< nothing came since the header
    bool m_isCommitting = false;
    bool m_isDone = false; ///< the engine named the image it made
    QList<Held> m_held;
    QString m_container;
    QByteArray m_lastError;
};

} // namespace kernelyard
