// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/event.h"

#include <QList>

#include <memory>

namespace kernelyard {

enum class Stream : quint8 { Out = 1, Err = 2 };

/// What a command of a plan writes.
enum class OutputFormat {
    Plain,   ///< lines; the command is one step
    Podman,  ///< podman build
    Classic, ///< docker build, classic builder
    RawJson, ///< docker buildx build --progress=rawjson
};

/// Turns the bytes of one command into events. A pure function of the bytes and their times: the same input in any
/// chunks gives the same events. Never fails: what it does not understand becomes StepOutput, no byte is lost.
///
/// Text formats carry the engine's own lines and those of the steps in one stream. An engine's line counts only where
/// it can stand: a header must continue the numbering, and after a RUN step must follow the engine's "--> id" line. A
/// step that prints exactly these two lines, rightly numbered, is taken for the engine.
///
/// Times are those at which the bytes arrived; BuildKit's own, moved by the least delay seen so far, in its records.
class OutputParser
{
public:
    explicit OutputParser(OutputFormat format);
    ~OutputParser();
    OutputParser(OutputParser &&) noexcept;
    OutputParser &operator=(OutputParser &&) noexcept;

    QList<EngineEvent> feed(Stream stream, QByteArrayView bytes, BuildTime at);
    /// The command has ended with \a exitCode: flushes the last unfinished line and ends the open steps.
    QList<EngineEvent> finish(int exitCode, BuildTime at);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace kernelyard
