// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/outputparser.h"

#include "core/engine/plainparser.h"
#include "core/engine/rawjsonparser.h"
#include "core/engine/steptextparser.h"

namespace kernelyard {

struct OutputParser::State
{
    std::variant<PlainParser, StepTextParser, RawJsonParser> format;
};

static std::variant<PlainParser, StepTextParser, RawJsonParser> parserOf(OutputFormat format)
{
    switch (format) {
    case OutputFormat::Plain:
        return PlainParser();
    case OutputFormat::Podman:
    case OutputFormat::Classic:
        return StepTextParser(format);
    case OutputFormat::RawJson:
        return RawJsonParser();
    }
    Q_UNREACHABLE();
}

OutputParser::OutputParser(OutputFormat format)
    : m_state(new State{parserOf(format)})
{}

OutputParser::~OutputParser() = default;
OutputParser::OutputParser(OutputParser &&) noexcept = default;
OutputParser &OutputParser::operator=(OutputParser &&) noexcept = default;

QList<EngineEvent> OutputParser::feed(Stream stream, QByteArrayView bytes, BuildTime at)
{
    QList<EngineEvent> events;
    std::visit([&](auto &parser) { parser.feed(stream, bytes, at, events); }, m_state->format);
    return events;
}

QList<EngineEvent> OutputParser::finish(int exitCode, BuildTime at)
{
    QList<EngineEvent> events;
    std::visit([&](auto &parser) { parser.finish(exitCode, at, events); }, m_state->format);
    return events;
}

} // namespace kernelyard
