// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/logsearch.h"

#include "core/log/terminalline.h"

#include <QCoreApplication>

#include <algorithm>
#include <cstring>

namespace kernelyard {

namespace {

constexpr qint64 bufferBytes = 256 << 10;  ///< small enough for the processor's own cache
constexpr qsizetype partBytes = 8 << 10;   ///< of whole lines
constexpr qint64 largestBuffer = 64 << 20; ///< a line longer than this is searched in pieces
constexpr qsizetype foundAtMost = 200'000;

/// At one place of a line: a pattern that tries endlessly is given up there instead of holding the window.
constexpr QLatin1StringView patternLimit("(*LIMIT_MATCH=100000)");

bool isAscii(const QString &text)
{
    return std::all_of(text.begin(), text.end(), [](QChar c) { return c.unicode() >= 0x20 && c.unicode() < 0x7f; });
}

/// Whole lines at a time out of bytes; each region ends with a line feed, but for the last.
class Scan
{
public:
    Scan(const LineMatcher &matcher, LogMatches &result)
        : m_matcher(matcher)
        , m_result(result)
    {}

    /// \a region is some whole lines.
    void take(QByteArrayView region)
    {
        if (m_matcher.finder() == nullptr)
            return takeLines(region);
        // In parts, so that an odd byte here and there does not make all the rest slow.
        while (!region.isEmpty()) {
            qsizetype length = std::min(region.size(), partBytes);
            if (length < region.size()) {
                const auto *newline = static_cast<const char *>(
                    std::memchr(region.data() + length, '\n', size_t(region.size() - length)));
                length = newline != nullptr ? newline + 1 - region.data() : region.size();
            }
            const QByteArrayView part = region.first(length);
            if (const qint64 lines = plainNewlines(part); lines >= 0)
                takePlain(part, lines);
            else
                takeLines(part);
            region = region.sliced(length);
        }
    }

private:
    void found(qint64 line, qint64 matches)
    {
        if (!m_result.found.isEmpty() && m_result.found.last().line == line)
            m_result.found.last().matches += matches;
        else
            m_result.found.append({line, matches});
    }

    /// Every line is shown as it is, so that lines only have to be told apart where something is found.
    void takePlain(QByteArrayView region, qint64 lines)
    {
        const ByteFinder &finder = *m_matcher.finder();
        qint64 line = m_result.nextLine;
        qsizetype counted = 0;
        for (qsizetype at = finder.find(region); at >= 0; at = finder.find(region, at + finder.length())) {
            line += countNewlines(region.sliced(counted, at - counted));
            counted = at;
            found(line, 1);
        }
        m_result.nextLine += lines;
    }

    void takeLines(QByteArrayView region)
    {
        while (!region.isEmpty()) {
            const auto *newline = static_cast<const char *>(std::memchr(region.data(), '\n', size_t(region.size())));
            const qsizetype length = newline != nullptr ? newline - region.data() : region.size();
            if (const qint64 matches = m_matcher.count(region.first(length)); matches > 0)
                found(m_result.nextLine, matches);
            if (newline == nullptr)
                return;
            ++m_result.nextLine;
            region = region.sliced(length + 1);
        }
    }

    const LineMatcher &m_matcher;
    LogMatches &m_result;
};

} // namespace

LineMatcher::LineMatcher(LogQuery query)
    : m_query(std::move(query))
{
    if (m_query.isPattern) {
        m_pattern = QRegularExpression(patternLimit + m_query.text, m_query.matchCase
                                                                        ? QRegularExpression::NoPatternOption
                                                                        : QRegularExpression::CaseInsensitiveOption);
        if (m_pattern.isValid())
            m_pattern.optimize();
        else
            m_error = QCoreApplication::translate("LogFind", "%1 at character %2")
                          .arg(m_pattern.errorString())
                          .arg(m_pattern.patternErrorOffset() - patternLimit.size() + 1);
    } else if (!m_query.text.isEmpty() && isAscii(m_query.text)) {
        m_isBytes = true;
        m_finder = ByteFinder(m_query.text.toLatin1(), m_query.matchCase ? Qt::CaseSensitive : Qt::CaseInsensitive);
    }
}

QList<LineMatcher::Place> LineMatcher::places(const QString &shown) const
{
    QList<Place> places;
    if (!isActive())
        return places;
    if (m_query.isPattern) {
        for (auto found = m_pattern.globalMatch(shown); found.hasNext();) {
            const QRegularExpressionMatch match = found.next();
            if (match.capturedLength() > 0)
                places.append({int(match.capturedStart()), int(match.capturedLength())});
        }
        return places;
    }
    const Qt::CaseSensitivity sensitivity = m_query.matchCase ? Qt::CaseSensitive : Qt::CaseInsensitive;
    for (qsizetype at = shown.indexOf(m_query.text, 0, sensitivity); at >= 0;
         at = shown.indexOf(m_query.text, at + m_query.text.size(), sensitivity))
        places.append({int(at), int(m_query.text.size())});
    return places;
}

qint64 LineMatcher::count(QByteArrayView line) const
{
    if (!isActive())
        return 0;
    if (line.endsWith('\r'))
        line.chop(1);
    QByteArray shown;
    const bool isPlain = isPlainLine(line);
    if (!isPlain && !withoutColours(line, shown))
        return places(TerminalLine(line).text()).size();
    const QByteArrayView bytes = isPlain ? line : QByteArrayView(shown);
    if (!m_isBytes)
        return places(QString::fromLatin1(bytes)).size();
    qint64 count = 0;
    for (qsizetype at = m_finder.find(bytes); at >= 0; at = m_finder.find(bytes, at + m_finder.length()))
        ++count;
    return count;
}

LogMatches searchLog(const LineMatcher &matcher, const LogBytes &bytes, qint64 line, qint64 offset, qint64 end,
                     qint64 bytesAtMost)
{
    LogMatches result;
    result.nextLine = line;
    result.nextOffset = offset;
    const qint64 stop = std::min(end, offset + bytesAtMost);
    Scan scan(matcher, result);
    QByteArray buffer(bufferBytes, Qt::Uninitialized);
    while (result.nextOffset < stop && result.found.size() < foundAtMost) {
        const qint64 wanted = std::min<qint64>(buffer.size(), end - result.nextOffset);
        const Result<qint64> count = bytes.read(result.nextOffset, buffer.data(), wanted);
        if (!count || *count == 0) { // cut behind our back: what follows is not there any more
            result.isDone = true;
            return result;
        }
        const bool isLast = *count < wanted || result.nextOffset + *count == end;
        const QByteArrayView got = QByteArrayView(buffer).first(*count);
        const qsizetype whole = isLast ? got.size() : got.lastIndexOf('\n') + 1;
        if (whole == 0 && buffer.size() < largestBuffer) {
            buffer.resize(buffer.size() * 4); // one line is longer than it
            continue;
        }
        const qsizetype taken = whole > 0 ? whole : got.size();
        scan.take(got.first(taken));
        result.nextOffset += taken;
    }
    result.isDone = result.nextOffset >= end;
    return result;
}

} // namespace kernelyard
