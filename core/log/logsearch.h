// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/linescan.h"
#include "core/log/logbytes.h"

#include <QList>
#include <QRegularExpression>

namespace kernelyard {

struct LogQuery
{
    QString text;
    bool isPattern = false; ///< Perl-compatible regular expression
    bool matchCase = false;
    bool operator==(const LogQuery &) const = default;
};

/// Finds a query in single lines, as they are shown: without colour codes, after carriage returns.
class LineMatcher
{
public:
    struct Place
    {
        int at = 0; ///< index into the text shown
        int length = 0;
        bool operator==(const Place &) const = default;
    };

    LineMatcher() = default;
    explicit LineMatcher(LogQuery query);

    const LogQuery &query() const { return m_query; }
    bool isActive() const { return !m_query.text.isEmpty() && m_error.isEmpty(); }
    QString error() const { return m_error; } ///< why the pattern can't be used; a sentence's part

    QList<Place> places(const QString &shown) const; ///< without overlap; never empty ones
    qint64 count(QByteArrayView line) const;         ///< in the raw bytes of one line
    /// Set when the query can be looked for in bytes.
    const ByteFinder *finder() const { return m_isBytes ? &m_finder : nullptr; }

private:
    LogQuery m_query;
    QString m_error;
    QRegularExpression m_pattern;
    ByteFinder m_finder;
    bool m_isBytes = false;
};

/// What a slice of a search found.
struct LogMatches
{
    struct Line
    {
        qint64 line = 0;
        qint64 matches = 0;
        bool operator==(const Line &) const = default;
    };
    QList<Line> found;   ///< ascending
    qint64 nextLine = 0; ///< where to go on
    qint64 nextOffset = 0;
    bool isDone = false; ///< all was looked at, or it can't be read
};

/// Looks through ended lines from \a offset, where line \a line begins, to \a end. Comes back after \a bytesAtMost or
/// some 200,000 lines found, so that it can be given up between two slices. Any thread.
LogMatches searchLog(const LineMatcher &matcher, const LogBytes &bytes, qint64 line, qint64 offset, qint64 end,
                     qint64 bytesAtMost = 128 << 20);

} // namespace kernelyard
