// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/logfind.h"

#include "core/log/terminalline.h"

#include <QElapsedTimer>

#include <algorithm>

namespace kernelyard {

namespace {

constexpr int sliceMs = 6;

bool isAscii(const QString &text)
{
    return std::all_of(text.begin(), text.end(), [](QChar c) { return c.unicode() >= 0x20 && c.unicode() < 0x7f; });
}

} // namespace

LogFind::LogFind(QObject *parent)
    : QObject(parent)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &LogFind::scan);
}

void LogFind::setSource(LogSource *source)
{
    if (m_source != nullptr)
        m_source->disconnect(this);
    m_source = source;
    if (source != nullptr) {
        connect(source, &LogSource::appended, this, [this] {
            if (isActive())
                m_timer.start(0);
        });
        connect(source, &LogSource::lastLineGrew, this, [this] {
            const qint64 last = m_source->count() - 1;
            while (!m_matches.isEmpty() && m_matches.last().line >= last)
                m_matches.removeLast();
            m_next = std::min(m_next, std::max<qint64>(0, last));
            if (isActive())
                m_timer.start(0);
        });
        connect(source, &LogSource::cleared, this, &LogFind::restart);
    }
    restart();
}

void LogFind::setQuery(const Query &query)
{
    if (query == m_query)
        return;
    m_query = query;
    m_error.clear();
    m_needle.clear();
    m_pattern = {};
    if (query.isPattern) {
        m_pattern = QRegularExpression(query.text, query.matchCase ? QRegularExpression::NoPatternOption
                                                                   : QRegularExpression::CaseInsensitiveOption);
        if (!m_pattern.isValid())
            m_error = tr("%1 at character %2").arg(m_pattern.errorString()).arg(m_pattern.patternErrorOffset() + 1);
    } else if (isAscii(query.text)) {
        for (int c = 0; c < 256; ++c)
            m_fold[size_t(c)] = uchar(!query.matchCase && c >= 'A' && c <= 'Z' ? c + 32 : c);
        m_needle = query.text.toLatin1();
        for (char &c : m_needle)
            c = char(m_fold[uchar(c)]);
        m_skip.fill(int(m_needle.size()));
        for (qsizetype i = 0; i + 1 < m_needle.size(); ++i) {
            for (int c = 0; c < 256; ++c) {
                if (m_fold[size_t(c)] == uchar(m_needle[i]))
                    m_skip[size_t(c)] = int(m_needle.size() - 1 - i);
            }
        }
    }
    restart();
}

void LogFind::restart()
{
    m_matches.clear();
    m_next = 0;
    if (isActive() && m_source != nullptr)
        scan();
    else
        m_timer.stop();
    Q_EMIT changed();
}

bool LogFind::isDone() const
{
    return m_source == nullptr || m_next >= m_source->count() || m_matches.size() >= limit;
}

void LogFind::scan()
{
    if (m_source == nullptr || !isActive())
        return;
    QElapsedTimer clock;
    clock.start();
    const qsizetype before = m_matches.size();
    qint64 bytes = 0;
    while (!isDone()) {
        bytes += m_source->text(m_next).size() + 16;
        scanLine(m_next++);
        if (bytes > 32768) {
            bytes = 0;
            if (clock.elapsed() >= sliceMs)
                break;
        }
    }
    if (!isDone())
        m_timer.start(0);
    if (m_matches.size() != before || isDone())
        Q_EMIT changed();
}

void LogFind::scanLine(qint64 line)
{
    const QByteArrayView bytes = m_source->text(line);
    if (!m_needle.isEmpty() && isPlainLine(bytes))
        scanBytes(line, bytes);
    else
        scanText(line, TerminalLine(bytes).text());
}

/// Horspool's search: compares at the end of the needle, skips by the character found there.
void LogFind::scanBytes(qint64 line, QByteArrayView bytes)
{
    const qsizetype length = m_needle.size();
    qsizetype at = 0;
    while (at + length <= bytes.size() && m_matches.size() < limit) {
        qsizetype i = length - 1;
        while (i >= 0 && m_fold[uchar(bytes[at + i])] == uchar(m_needle[i]))
            --i;
        if (i < 0) {
            m_matches.append({line, int(at), int(length)});
            at += length;
        } else {
            at += m_skip[uchar(bytes[at + length - 1])];
        }
    }
}

void LogFind::scanText(qint64 line, const QString &text)
{
    if (m_query.isPattern) {
        for (auto found = m_pattern.globalMatch(text); found.hasNext() && m_matches.size() < limit;) {
            const QRegularExpressionMatch match = found.next();
            if (match.capturedLength() > 0)
                m_matches.append({line, int(match.capturedStart()), int(match.capturedLength())});
        }
        return;
    }
    const Qt::CaseSensitivity sensitivity = m_query.matchCase ? Qt::CaseSensitive : Qt::CaseInsensitive;
    for (qsizetype at = text.indexOf(m_query.text, 0, sensitivity); at >= 0 && m_matches.size() < limit;
         at = text.indexOf(m_query.text, at + m_query.text.size(), sensitivity))
        m_matches.append({line, int(at), int(m_query.text.size())});
}

std::pair<qsizetype, qsizetype> LogFind::matchesOf(qint64 line) const
{
    const auto byLine = [](const Match &match, qint64 l) { return match.line < l; };
    const auto first = std::lower_bound(m_matches.begin(), m_matches.end(), line, byLine);
    const auto end = std::lower_bound(first, m_matches.end(), line + 1, byLine);
    return {first - m_matches.begin(), end - first};
}

} // namespace kernelyard
