// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/logsearch.h"
#include "ui/widgets/logsource.h"

#include <QCache>
#include <QPointer>

namespace kernelyard {

/// Finds a text or pattern in a log, as shown (without colour codes). Searches on worker threads, slice by slice,
/// counts as it goes and keeps up with a log that grows. What it keeps is a bit for each line and a count for every 64.
class LogFind : public QObject
{
    Q_OBJECT

public:
    explicit LogFind(QObject *parent = nullptr);

    void setSource(LogSource *source);
    void setQuery(const LogQuery &query);
    const LogQuery &query() const { return m_matcher.query(); }
    bool isActive() const { return m_matcher.isActive(); }
    bool isDone() const;                                ///< every line known was looked at
    QString error() const { return m_matcher.error(); } ///< why the pattern can't be used

    qint64 count() const { return m_count; }                      ///< matches so far
    const LineSet &lines() const { return m_lines; }              ///< that have one or more
    qint64 countBefore(qint64 line) const;                        ///< matches in the lines before
    QList<LineMatcher::Place> places(const QString &shown) const; ///< those of the last few lines are kept

Q_SIGNALS:
    void changed();

private:
    void restart();
    void takeLines(qint64 first);
    void searchOn();
    void takeSlice(int search, const LogMatches &matches);
    void count(qint64 line, qint64 matches);
    void countOpenLine();
    void forgetOpenLine();

    QPointer<LogSource> m_source;
    LineMatcher m_matcher;
    mutable QCache<QString, QList<LineMatcher::Place>> m_places; ///< by line as shown; costs its characters
    LineSet m_lines;
    QList<quint32> m_counts; ///< matches in each chunk of 64 lines
    qint64 m_count = 0;
    qint64 m_nextLine = 0; ///< the ended line to search next, and where it begins
    qint64 m_nextOffset = 0;
    qint64 m_openLine = -1; ///< counted, with m_openMatches; the line that has no end yet
    qint64 m_openMatches = 0;
    int m_search = 0; ///< slices of an earlier search are not taken
    bool m_isSearching = false;
};

} // namespace kernelyard
