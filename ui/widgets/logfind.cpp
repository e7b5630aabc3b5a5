// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/logfind.h"

#include "core/base/whendone.h"

#include <QtConcurrent>

namespace kernelyard {

namespace {

constexpr qint64 chunkLines = LogIndex::chunkLines;
constexpr qint64 firstSliceBytes = 1 << 20; ///< so that the first match shows at once
constexpr qint64 sliceBytes = 64 << 20;
constexpr qint64 patternSliceBytes = 4 << 20; ///< patterns are slower by far
constexpr qsizetype keptCharacters = 4 << 20;

} // namespace

LogFind::LogFind(QObject *parent)
    : QObject(parent)
    , m_places(keptCharacters)
{}

void LogFind::setSource(LogSource *source)
{
    if (m_source != nullptr)
        m_source->disconnect(this);
    m_source = source;
    if (source != nullptr) {
        connect(source, &LogSource::changed, this, &LogFind::takeLines);
        connect(source, &LogSource::cleared, this, &LogFind::restart);
    }
    restart();
}

void LogFind::setQuery(const LogQuery &query)
{
    if (query == m_matcher.query())
        return;
    m_matcher = LineMatcher(query);
    m_places.clear();
    restart();
}

QList<LineMatcher::Place> LogFind::places(const QString &shown) const
{
    if (!isActive())
        return {};
    if (const QList<LineMatcher::Place> *known = m_places.object(shown))
        return *known;
    QList<LineMatcher::Place> found = m_matcher.places(shown);
    const qsizetype cost = shown.size() + 64 + found.size() * qsizetype(sizeof(LineMatcher::Place));
    m_places.insert(shown, new QList(found), std::min(cost, keptCharacters));
    return found;
}

void LogFind::restart()
{
    ++m_search;
    m_isSearching = false;
    m_lines.clear();
    m_counts.clear();
    m_count = 0;
    m_nextLine = m_nextOffset = 0;
    m_openLine = -1;
    if (isActive() && m_source != nullptr)
        searchOn();
    Q_EMIT changed();
}

void LogFind::takeLines(qint64)
{
    if (!isActive())
        return;
    forgetOpenLine();
    searchOn();
}

bool LogFind::isDone() const
{
    return m_source == nullptr || !isActive() || m_nextLine >= m_source->endedCount();
}

void LogFind::searchOn()
{
    if (m_isSearching || m_source == nullptr)
        return;
    if (isDone()) {
        countOpenLine();
        return;
    }
    m_isSearching = true;
    const qint64 bytes = m_nextOffset == 0               ? firstSliceBytes
                         : m_matcher.finder() != nullptr ? sliceBytes
                                                         : patternSliceBytes;
    const auto slice = [matcher = m_matcher, log = m_source->bytes(), line = m_nextLine, offset = m_nextOffset,
                        end = m_source->endedBytes(),
                        bytes] { return searchLog(matcher, *log, line, offset, end, bytes); };
    whenDone(QtConcurrent::run(slice), this,
             [this, search = m_search](const LogMatches &matches) { takeSlice(search, matches); });
}

void LogFind::takeSlice(int search, const LogMatches &matches)
{
    if (search != m_search || m_source == nullptr)
        return;
    m_isSearching = false;
    for (const LogMatches::Line &line : matches.found)
        count(line.line, line.matches);
    const bool isStuck = matches.nextOffset == m_nextOffset; // the file was cut: its news will come
    m_nextLine = matches.nextLine;
    m_nextOffset = matches.nextOffset;
    if (!isStuck)
        searchOn();
    Q_EMIT changed();
}

void LogFind::count(qint64 line, qint64 matches)
{
    m_lines.insert(line);
    const qint64 chunk = line / chunkLines;
    if (chunk >= m_counts.size())
        m_counts.resize(chunk + 1, 0);
    m_counts[chunk] += quint32(matches);
    m_count += matches;
}

void LogFind::countOpenLine()
{
    if (m_openLine >= 0 || m_source->count() == m_source->endedCount())
        return;
    const qint64 matches = m_matcher.count(m_source->text(m_source->count() - 1));
    if (matches == 0)
        return;
    m_openLine = m_source->count() - 1;
    m_openMatches = matches;
    count(m_openLine, matches);
    Q_EMIT changed();
}

void LogFind::forgetOpenLine()
{
    if (m_openLine < 0)
        return;
    m_lines.remove(m_openLine);
    m_counts[m_openLine / chunkLines] -= quint32(m_openMatches);
    m_count -= m_openMatches;
    m_openLine = -1;
    Q_EMIT changed();
}

qint64 LogFind::countBefore(qint64 line) const
{
    qint64 sum = 0;
    const qint64 chunk = line / chunkLines;
    for (qint64 i = 0; i < std::min<qint64>(chunk, m_counts.size()); ++i)
        sum += m_counts[i];
    for (qint64 l = m_lines.next(chunk * chunkLines, line); l >= 0; l = m_lines.next(l + 1, line))
        sum += m_matcher.count(m_source->text(l));
    return sum;
}

} // namespace kernelyard
