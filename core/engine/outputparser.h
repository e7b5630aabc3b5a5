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
