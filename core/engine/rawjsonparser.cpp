// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/rawjsonparser.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <chrono>
#include <utility>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

/// The longest record that is waited for; BuildKit's stay far below it.
constexpr qsizetype longestRecord = qsizetype(16) * 1024 * 1024;
/// On its way from BuildKit to us; more than that is a clock that was set.
constexpr BuildTime longestDelay = std::chrono::seconds(30);

int digits(const char *&at, int count)
{
    int value = 0;
    for (; count > 0; --count, ++at) {
        if (*at < '0' || *at > '9')
            return -1;
        value = value * 10 + (*at - '0');
    }
    return value;
}

/// The time since 1970 of an RFC 3339 time as Go writes it: 2026-11-21T09:09:53.464478039Z, with nought to nine digits
/// of a second's fraction and either Z or an offset. Read by hand: there is one in every record.
std::optional<BuildTime> readTimestamp(QByteArrayView text)
{
    if (text.size() < 20)
        return std::nullopt;
    const char *at = text.data();
    const char *end = at + text.size();
    const int year = digits(at, 4);
    const int month = digits(++at, 2);
    const int day = digits(++at, 2);
    const int hour = digits(++at, 2);
    const int minute = digits(++at, 2);
    const int second = digits(++at, 2);
    if (year < 1970 || month < 1 || day < 1 || hour < 0 || minute < 0 || second < 0)
        return std::nullopt;
    qint64 micros = 0;
    if (*at == '.') {
        qint64 unit = 100'000;
        for (++at; at < end && *at >= '0' && *at <= '9'; ++at, unit /= 10)
            micros += (*at - '0') * unit;
    }
    using namespace std::chrono;
    const sys_days date = std::chrono::year(year) / month / day;
    sys_time<microseconds> time = date + hours(hour) + minutes(minute) + seconds(second) + microseconds(micros);
    if (end - at == 6 && (*at == '+' || *at == '-')) {
        const int sign = *at == '+' ? 1 : -1;
        const int offsetHours = digits(++at, 2);
        const int offsetMinutes = digits(++at, 2);
        time -= sign * (hours(offsetHours) + minutes(offsetMinutes));
    }
    return time.time_since_epoch();
}

/// BuildKit ends a clipped log with a line such as "[output clipped, log limit 200KiB/s reached]".
bool endsClipped(QByteArrayView data)
{
    if (!data.endsWith(" reached]\n"))
        return false;
    data.chop(1);
    return data.sliced(data.lastIndexOf('\n') + 1).startsWith("[output clipped, log limit ");
}

/// A JSON string that needs no unescaping, after \a before; empty when it isn't there. Moves \a text behind it.
QByteArrayView takeString(QByteArrayView &text, QByteArrayView before)
{
    if (!text.startsWith(before))
        return {};
    const QByteArrayView rest = text.sliced(before.size());
    const qsizetype end = rest.indexOf('"');
    if (end <= 0)
        return {};
    text = rest.sliced(end + 1);
    return rest.first(end);
}

} // namespace

const QString &RawJsonParser::keyOf(QByteArrayView digest)
{
    if (digest != m_lastDigest) {
        m_lastDigest = digest.toByteArray();
        m_lastKey = QString::fromLatin1(digest);
    }
    return m_lastKey;
}

BuildTime RawJsonParser::timeOf(QByteArrayView timestamp) const
{
    const std::optional<BuildTime> time = readTimestamp(timestamp);
    return std::max(BuildTime(0), time.value_or(BuildTime(0)) + m_offset.value_or(BuildTime(0)));
}

/// A record can't have come before what it tells of: the least distance seen is the best guess of the clocks' offset.
/// One much larger says that BuildKit's clock was set back, or that records were held up: they count as they come then.
void RawJsonParser::learnDelay(BuildTime newest, BuildTime at)
{
    const BuildTime distance = at - newest;
    if (!m_offset || distance < *m_offset || distance - *m_offset > longestDelay)
        m_offset = distance;
}

/// Goes by what the record tells anew: a vertex that ends says again when it began, by a clock that was set since.
void RawJsonParser::learnDelay(const QJsonObject &record, BuildTime at)
{
    std::optional<BuildTime> newest;
    const auto take = [&newest](const QString &timestamp) {
        if (const auto time = readTimestamp(timestamp.toLatin1()))
            newest = std::max(newest.value_or(*time), *time);
        return !timestamp.isEmpty();
    };
    for (const QJsonValue item : record.value(u"vertexes"_s).toArray()) {
        const QJsonObject vertex = item.toObject();
        const auto known = m_vertices.constFind(vertex.value(u"digest"_s).toString());
        const QString started = vertex.value(u"started"_s).toString();
        const QString completed = vertex.value(u"completed"_s).toString();
        const bool isBegun = known != m_vertices.cend() && known->started == started;
        if (!isBegun || known->isOpen)
            take(isBegun || !completed.isEmpty() ? completed : started);
    }
    for (const QJsonValue item : record.value(u"statuses"_s).toArray())
        for (const QString &field : {u"completed"_s, u"timestamp"_s, u"started"_s})
            if (take(item.toObject().value(field).toString()))
                break;
    for (const QJsonValue item : record.value(u"logs"_s).toArray())
        take(item.toObject().value(u"timestamp"_s).toString());
    if (newest)
        learnDelay(*newest, at);
}

void RawJsonParser::beginVertex(const QJsonObject &object, QList<EngineEvent> &events)
{
    const QString key = object.value(u"digest"_s).toString();
    const QString name = object.value(u"name"_s).toString();
    QStringList inputs;
    for (const QJsonValue input : object.value(u"inputs"_s).toArray())
        inputs << input.toString();
    const bool isNew = !m_vertices.contains(key);
    Vertex &vertex = m_vertices[key];
    if (isNew)
        m_order << key;
    if (isNew || vertex.name != name || vertex.inputs != inputs) {
        vertex.name = name;
        vertex.inputs = inputs;
        events.append(StepDeclared{key, name, inputs});
    }
    const QString started = object.value(u"started"_s).toString();
    if (!started.isEmpty() && started != vertex.started) {
        vertex.started = started;
        if (!std::exchange(vertex.isOpen, true))
            events.append(StepStarted{key, timeOf(started.toLatin1())});
    }
    if (object.value(u"cached"_s).toBool() && !std::exchange(vertex.isCached, true))
        events.append(StepCached{key});
}

void RawJsonParser::endVertex(const QJsonObject &object, QList<EngineEvent> &events)
{
    const QString completed = object.value(u"completed"_s).toString();
    const QString key = object.value(u"digest"_s).toString();
    if (!completed.isEmpty() && std::exchange(m_vertices[key].isOpen, false))
        events.append(StepEnded{key, timeOf(completed.toLatin1()), object.value(u"error"_s).toString()});
}

void RawJsonParser::takeLog(const StepKey &key, bool isError, QByteArray data, BuildTime time,
                            QList<EngineEvent> &events)
{
    const bool clipped = endsClipped(data);
    events.append(StepOutput{key, isError, std::move(data), time});
    if (clipped)
        events.append(StreamNote{QCoreApplication::translate("OutputParser", "BuildKit clipped the output of %1.")
                                     .arg(m_vertices.value(key).name),
                                 StreamNote::Kind::Clipped});
}

void RawJsonParser::takeWarning(const QJsonObject &warning, BuildTime at, QList<EngineEvent> &events)
{
    QByteArray text = "WARNING: " + QByteArray::fromBase64(warning.value(u"short"_s).toString().toLatin1()) + '\n';
    for (const QJsonValue line : warning.value(u"detail"_s).toArray())
        text += QByteArray::fromBase64(line.toString().toLatin1()) + '\n';
    events.append(StepOutput{warning.value(u"vertex"_s).toString(), true, text, at});
}

void RawJsonParser::applyRecord(const QJsonObject &record, BuildTime at, QList<EngineEvent> &events)
{
    learnDelay(record, at);
    const QJsonArray vertices = record.value(u"vertexes"_s).toArray();
    for (const QJsonValue vertex : vertices)
        beginVertex(vertex.toObject(), events);
    for (const QJsonValue value : record.value(u"statuses"_s).toArray()) {
        const QJsonObject status = value.toObject();
        events.append(StepProgress{status.value(u"vertex"_s).toString(), status.value(u"id"_s).toString(),
                                   status.value(u"current"_s).toInteger(), status.value(u"total"_s).toInteger()});
    }
    for (const QJsonValue value : record.value(u"logs"_s).toArray()) {
        const QJsonObject log = value.toObject();
        takeLog(log.value(u"vertex"_s).toString(), log.value(u"stream"_s).toInt() == 2,
                QByteArray::fromBase64(log.value(u"data"_s).toString().toLatin1()),
                timeOf(log.value(u"timestamp"_s).toString().toLatin1()), events);
    }
    for (const QJsonValue warning : record.value(u"warnings"_s).toArray())
        takeWarning(warning.toObject(), at, events);
    for (const QJsonValue vertex : vertices)
        endVertex(vertex.toObject(), events);
}

/// The commonest record by far, read without a JSON document: one or more logs of the compact form.
bool RawJsonParser::takeLogsOnly(QByteArrayView bytes, BuildTime at, QList<EngineEvent> &events)
{
    struct Log
    {
        QByteArrayView vertex;
        bool isError = false;
        QByteArray data;
        BuildTime time;
    };
    QList<Log> logs;
    if (!bytes.startsWith(R"({"logs":[)"))
        return false;
    QByteArrayView rest = bytes.sliced(9);
    for (;;) {
        Log log;
        log.vertex = takeString(rest, R"({"vertex":")");
        if (log.vertex.isEmpty() || rest.size() < 12 || !rest.startsWith(R"(,"stream":)"))
            return false;
        log.isError = rest.at(10) == '2';
        rest = rest.sliced(11);
        const QByteArrayView data = takeString(rest, R"(,"data":")");
        auto decoded = QByteArray::fromBase64Encoding(QByteArray::fromRawData(data.data(), data.size()),
                                                      QByteArray::AbortOnBase64DecodingErrors);
        const std::optional<BuildTime> time = readTimestamp(takeString(rest, R"(,"timestamp":")"));
        if (!decoded || data.isEmpty() || !time || log.vertex.contains('\\'))
            return false;
        log.data = std::move(*decoded);
        log.time = *time;
        logs.append(std::move(log));
        if (rest == "}]}")
            break;
        if (!rest.startsWith("},"))
            return false;
        rest = rest.sliced(2);
    }
    BuildTime newest = logs.first().time;
    for (const Log &log : logs)
        newest = std::max(newest, log.time);
    learnDelay(newest, at);
    for (Log &log : logs)
        takeLog(keyOf(log.vertex), log.isError, std::move(log.data),
                std::max(BuildTime(0), log.time + m_offset.value_or(BuildTime(0))), events);
    return true;
}

void RawJsonParser::takeRecord(const QByteArray &bytes, BuildTime at, QList<EngineEvent> &events)
{
    const QByteArrayView text = QByteArrayView(bytes).trimmed();
    if (takeLogsOnly(text, at, events))
        return;
    const QJsonDocument document = QJsonDocument::fromJson(bytes);
    const QJsonObject record = document.object();
    if (record.contains(u"vertexes"_s) || record.contains(u"statuses"_s) || record.contains(u"logs"_s) ||
        record.contains(u"warnings"_s))
        applyRecord(record, at, events);
    else
        events.append(StepOutput{{}, true, bytes, at});
}

/// buildx's own words, on either stream.
void RawJsonParser::takeText(LinePiece &&piece, bool isError, BuildTime at, QList<EngineEvent> &events)
{
    const QByteArrayView text = piece.text();
    if (isError && text.startsWith("ERROR: ")) {
        m_failure = QString::fromUtf8(text.sliced(7));
        if (text.contains("failed to receive status: rpc error"))
            events.append(StreamNote{QCoreApplication::translate(
                                         "OutputParser", "The connection to BuildKit broke: its log may be cut off."),
                                     StreamNote::Kind::Broken});
    }
    events.append(StepOutput{{}, isError, std::move(piece.bytes), at});
}

void RawJsonParser::releaseRecord(bool isError, BuildTime at, QList<EngineEvent> &events)
{
    if (!m_record.isEmpty())
        events.append(StepOutput{{}, isError, std::exchange(m_record, {}), at});
}

void RawJsonParser::takeLine(LinePiece &&piece, bool isError, BuildTime at, QList<EngineEvent> &events)
{
    if (!isError) {
        takeText(std::move(piece), isError, at, events);
        return;
    }
    if (m_record.isEmpty()) {
        // A record, whole or cut at 64 KiB, or the first line of an indented one.
        const bool compact = piece.startsLine && piece.bytes.startsWith(R"({")");
        if (compact && piece.endsLine)
            takeRecord(piece.bytes, at, events);
        else if (compact || (piece.isWhole() && piece.text() == "{"))
            m_record = std::move(piece.bytes);
        else
            takeText(std::move(piece), isError, at, events);
        return;
    }
    const bool isCompact = m_record.startsWith(R"({")");
    const bool ends = piece.endsLine && (isCompact || piece.text() == "}");
    if (!isCompact && piece.startsLine && !piece.bytes.startsWith(' ') && !ends) {
        releaseRecord(isError, at, events); // no record's line begins so
        takeLine(std::move(piece), isError, at, events);
        return;
    }
    m_record.append(piece.bytes);
    if (ends)
        takeRecord(std::exchange(m_record, {}), at, events);
    else if (m_record.size() > longestRecord)
        releaseRecord(isError, at, events);
}

void RawJsonParser::feed(Stream stream, QByteArrayView bytes, BuildTime at, QList<EngineEvent> &events)
{
    const bool isError = stream == Stream::Err;
    m_cutters[isError].feed(bytes, [&](LinePiece &&piece) { takeLine(std::move(piece), isError, at, events); });
}

void RawJsonParser::finish(int exitCode, BuildTime at, QList<EngineEvent> &events)
{
    for (const bool isError : {false, true})
        m_cutters[isError].finish([&](LinePiece &&piece) { takeLine(std::move(piece), isError, at, events); });
    releaseRecord(true, at, events);
    QString error = m_failure;
    if (exitCode != 0 && error.isEmpty())
        error = QCoreApplication::translate("OutputParser", "exit status %1").arg(exitCode);
    for (const QString &key : std::as_const(m_order))
        if (std::exchange(m_vertices[key].isOpen, false))
            events.append(StepEnded{key, at, exitCode == 0 ? QString() : error});
}

} // namespace kernelyard
