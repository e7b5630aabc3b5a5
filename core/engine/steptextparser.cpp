// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/steptextparser.h"

#include <QCoreApplication>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

bool isHex(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(),
                                          [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Takes \a prefix off \a text, if it is there.
bool take(QByteArrayView &text, QByteArrayView prefix)
{
    if (!text.startsWith(prefix))
        return false;
    text = text.sliced(prefix.size());
    return true;
}

/// Takes a positive number off \a text; 0 when there is none.
int takeNumber(QByteArrayView &text)
{
    int number = 0;
    while (!text.isEmpty() && text.front() >= '0' && text.front() <= '9' && number < 100'000) {
        number = number * 10 + (text.front() - '0');
        text = text.sliced(1);
    }
    return number;
}

/// "[1/4] " of a build with several stages.
bool takeStage(QByteArrayView &text, int &stage, int &stages)
{
    QByteArrayView rest = text;
    if (!take(rest, "["))
        return false;
    stage = takeNumber(rest);
    if (!take(rest, "/"))
        return false;
    stages = takeNumber(rest);
    if (!take(rest, "] "))
        return false;
    text = rest;
    return stage > 0 && stages > 0;
}

QString stepKey(int stage, int stages, const QString &step)
{
    return stage > 0 ? u"%1/%2 %3"_s.arg(stage).arg(stages).arg(step) : step;
}

/// Where a line of the shape `PREFIX<id>` begins in \a text, which ends in it; ids are 11 to 64 hexadecimal digits.
qsizetype idLineStart(QByteArrayView text, QByteArrayView prefix)
{
    const qsizetype at = text.lastIndexOf(prefix);
    if (at < 0)
        return -1;
    const QByteArrayView id = text.sliced(at + prefix.size());
    return id.size() >= 11 && id.size() <= 64 && isHex(id) ? at : -1;
}

/// The classic builder wraps what a step writes to standard error in these.
constexpr QByteArrayView red = "\x1b[91m";
constexpr QByteArrayView plain = "\x1b[0m";

} // namespace

StepTextParser::StepTextParser(OutputFormat dialect)
    : m_dialect(dialect)
{}

StepTextParser::Header StepTextParser::readHeader(QByteArrayView text) const
{
    Header header;
    if (isPodman())
        takeStage(text, header.stage, header.stages);
    if (!take(text, isPodman() ? "STEP " : "Step "))
        return {};
    header.number = takeNumber(text);
    if (!take(text, "/"))
        return {};
    header.count = takeNumber(text);
    if (header.number < 1 || header.number > header.count || !take(text, isPodman() ? ": " : " : "))
        return {};
    header.instruction = QString::fromUtf8(text);
    return header;
}

/// Whether \a header continues the build. A RUN step may have printed it: then it counts only right after a line that
/// ends a step, which both engines print in every build with layers.
bool StepTextParser::mayFollow(const Header &header) const
{
    if (header.number == 0 || m_isCommitting || m_isDone)
        return false;
    if (m_header.number == 0)
        return true;
    if (m_header.instruction.startsWith(u"RUN", Qt::CaseInsensitive) && m_held.isEmpty())
        return false;
    if (header.stage == m_header.stage)
        return header.number == m_header.number + 1 && header.count == m_header.count;
    return header.stage > m_header.stage && header.stages == m_header.stages && header.number == 1;
}

/// Where a line that may end a step begins in \a text: it may follow a last line of the step that has no end.
qsizetype StepTextParser::markerStart(QByteArrayView text) const
{
    if (!m_isOpen || text.size() < 15 || !isHex(text.last(11)))
        return -1;
    if (isPodman())
        return idLineStart(text, "--> ");
    const qsizetype removing = idLineStart(text, "Removing intermediate container ");
    return removing >= 0 ? removing : idLineStart(text, " ---> ");
}

void StepTextParser::start(const StepKey &key, const QString &name, BuildTime at, QList<EngineEvent> &events)
{
    const bool opensStage =
        m_header.instruction.startsWith(u"FROM", Qt::CaseInsensitive) && m_header.number != m_header.count;
    const QStringList inputs = m_key.isEmpty() || opensStage ? QStringList() : QStringList{m_key};
    m_key = key;
    m_isOpen = true;
    m_isFresh = true;
    events.append(StepDeclared{key, name, inputs});
    events.append(StepStarted{key, at});
}

void StepTextParser::endStep(BuildTime at, const QString &error, QList<EngineEvent> &events)
{
    if (std::exchange(m_isOpen, false))
        events.append(StepEnded{m_key, heldSince(at), error});
    if (error.isEmpty())
        m_container.clear();
    m_held.clear();
}

bool StepTextParser::takeHeader(QByteArrayView text, BuildTime at, QList<EngineEvent> &events)
{
    const Header header = readHeader(text);
    if (!mayFollow(header))
        return false;
    endStep(at, {}, events);
    m_header = header;
    const QString place = u"%1/%2"_s.arg(header.number).arg(header.count);
    const QString key = stepKey(header.stage, header.stages, place);
    start(key, u'[' + key + u"] " + header.instruction, at, events);
    return true;
}

bool StepTextParser::takeCommit(QByteArrayView text, BuildTime at, QList<EngineEvent> &events)
{
    int stage = 0;
    int stages = 0;
    takeStage(text, stage, stages);
    if (!take(text, "COMMIT") || m_isCommitting || !m_isOpen || stage != m_header.stage ||
        m_header.number != m_header.count || !(text.isEmpty() || text.startsWith(' ')))
        return false;
    endStep(at, {}, events);
    m_isCommitting = true;
    const QString key = stepKey(stage, stages, u"commit"_s);
    start(key, u"COMMIT"_s + QString::fromUtf8(text), at, events);
    return true;
}

bool StepTextParser::takeCached(QByteArrayView text, QList<EngineEvent> &events)
{
    if (!m_isFresh || m_isCommitting)
        return false;
    const bool cached = isPodman() ? take(text, "--> Using cache ") && isHex(text) : text == " ---> Using cache";
    if (cached)
        events.append(StepCached{m_key});
    return cached;
}

/// The classic builder's last words, and the name of the container that a step runs in.
bool StepTextParser::takeEnd(QByteArrayView text, BuildTime at, QList<EngineEvent> &events)
{
    // It comes before anything of the step itself, which may print the like.
    if (m_isFresh && m_container.isEmpty() && take(text, " ---> Running in ") && text.size() >= 12 && isHex(text)) {
        m_container = QString::fromLatin1(text);
        return true;
    }
    if (!m_isOpen || m_held.isEmpty() || m_header.number != m_header.count || !text.startsWith("Successfully built "))
        return false;
    endStep(at, {}, events);
    m_isDone = true;
    m_key.clear();
    return false; // it is a word for people too
}

bool StepTextParser::takeControl(QByteArrayView text, BuildTime at, QList<EngineEvent> &events)
{
    if (takeHeader(text, at, events) || takeCached(text, events))
        return true;
    return isPodman() ? takeCommit(text, at, events) : takeEnd(text, at, events);
}

void StepTextParser::output(QByteArray bytes, bool isError, BuildTime at, QList<EngineEvent> &events)
{
    m_isFresh = false;
    events.append(StepOutput{m_key, isError, std::move(bytes), at});
}

void StepTextParser::releaseHeld(QList<EngineEvent> &events)
{
    for (Held &held : m_held)
        output(std::move(held.bytes), held.isError, held.at, events);
    m_held.clear();
}

void StepTextParser::takeLine(LinePiece &&piece, bool isError, BuildTime at, QList<EngineEvent> &events)
{
    QByteArrayView text = piece.text();
    if (isError) {
        // A step's standard error comes here with Podman; the classic builder sends it with its own output.
        if (isPodman() ? text.startsWith("Error: ") : !text.trimmed().isEmpty())
            m_lastError = text.toByteArray();
        events.append(StepOutput{m_key, true, std::move(piece.bytes), at});
        return;
    }
    if (!isPodman()) {
        take(text, plain);
        isError = text.startsWith(red);
    }
    if (piece.isWhole() && takeControl(text, at, events))
        return;
    // The id of the image stands alone on Podman's last line.
    m_isDone = m_isDone || (isPodman() && m_isCommitting && text.size() == 64 && isHex(text));
    const qsizetype marker = piece.endsLine ? markerStart(text) : -1;
    if (marker < 0) {
        releaseHeld(events);
        output(std::move(piece.bytes), isError, at, events);
        return;
    }
    // One such line ends a step of Podman, two a RUN of the classic builder: more of them are the step's own.
    if (m_held.size() >= (isPodman() ? 1 : 2))
        releaseHeld(events);
    const qsizetype own = marker == 0 ? 0 : text.data() - piece.bytes.constData() + marker;
    if (own > 0) {
        releaseHeld(events);
        output(piece.bytes.first(own), isError, at, events);
        piece.bytes.remove(0, own);
    }
    m_held.append({std::move(piece.bytes), at, isError});
}

void StepTextParser::feed(Stream stream, QByteArrayView bytes, BuildTime at, QList<EngineEvent> &events)
{
    const bool isError = stream == Stream::Err;
    m_cutters[isError].feed(bytes, [&](LinePiece &&piece) { takeLine(std::move(piece), isError, at, events); });
}

void StepTextParser::finish(int exitCode, BuildTime at, QList<EngineEvent> &events)
{
    for (const bool isError : {false, true})
        m_cutters[isError].finish([&](LinePiece &&piece) { takeLine(std::move(piece), isError, at, events); });
    if (exitCode == 0 && m_isDone) {
        endStep(at, {}, events);
        return;
    }
    releaseHeld(events);
    QString error = QString::fromUtf8(m_lastError).trimmed();
    if (exitCode == 0) {
        error = QCoreApplication::translate("OutputParser", "the engine ended before the image was made");
        events.append(StreamNote{error, StreamNote::Kind::Unfinished});
    }
    if (error.startsWith(u"Error: "))
        error = error.mid(7);
    if (error.isEmpty())
        error = QCoreApplication::translate("OutputParser", "exit status %1").arg(exitCode);
    endStep(at, error, events);
}

} // namespace kernelyard
