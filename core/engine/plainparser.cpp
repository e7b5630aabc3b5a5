// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/plainparser.h"

#include <QCoreApplication>

#include <utility>

namespace kernelyard {

void PlainParser::start(BuildTime at, QList<EngineEvent> &events)
{
    if (!std::exchange(m_started, true))
        events.append(StepStarted{{}, at});
}

void PlainParser::feed(Stream stream, QByteArrayView bytes, BuildTime at, QList<EngineEvent> &events)
{
    start(at, events);
    const bool isError = stream == Stream::Err;
    m_cutters[isError].feed(bytes, [&](LinePiece &&piece) {
        events.append(StepOutput{{}, isError, std::move(piece.bytes), at});
    });
}

void PlainParser::finish(int exitCode, BuildTime at, QList<EngineEvent> &events)
{
    start(at, events);
    for (const bool isError : {false, true})
        m_cutters[isError].finish([&](LinePiece &&piece) {
            events.append(StepOutput{{}, isError, std::move(piece.bytes), at});
        });
    const QString error =
        exitCode == 0 ? QString() : QCoreApplication::translate("OutputParser", "exit status %1").arg(exitCode);
    events.append(StepEnded{{}, at, error});
}

} // namespace kernelyard
