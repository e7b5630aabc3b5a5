// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/logsource.h"

#include <QPointer>
#include <QRegularExpression>
#include <QTimer>

#include <array>

namespace kernelyard {

/// Finds a text or pattern in a log, as shown (without colour codes). Works in slices of a few milliseconds on its
/// own thread's event loop and keeps up with a log that grows.
class LogFind : public QObject
{
    Q_OBJECT

public:
    struct Query
    {
        QString text;
        bool isPattern = false; ///< Perl-compatible regular expression
        bool matchCase = false;
        bool operator==(const Query &) const = default;
    };
    struct Match
    {
        qint64 line = -1;
        int at = 0; ///< index into the text shown
        int length = 0;
        bool operator==(const Match &) const = default;
    };
    static constexpr qsizetype limit = 1'000'000; ///< matches kept

    explicit LogFind(QObject *parent = nullptr);

    void setSource(LogSource *source);
    void setQuery(const Query &query);
    const Query &query() const { return m_query; }
    bool isActive() const { return !m_query.text.isEmpty() && m_error.isEmpty(); }
    bool isDone() const;                      ///< every line known was looked at
    QString error() const { return m_error; } ///< why the pattern can't be used

    const QList<Match> &matches() const { return m_matches; } ///< by line
    /// Matches of one line: first index and count.
    std::pair<qsizetype, qsizetype> matchesOf(qint64 line) const;

Q_SIGNALS:
    void changed();

private:
    void restart();
    void scan();
    void scanLine(qint64 line);
    void scanText(qint64 line, const QString &text);
    void scanBytes(qint64 line, QByteArrayView bytes);

    QPointer<LogSource> m_source;
    Query m_query;
    QString m_error;
    QRegularExpression m_pattern;
    QByteArray m_needle; ///< folded as the query asks; empty when the query needs text
    std::array<uchar, 256> m_fold;
    std::array<int, 256> m_skip;
    QList<Match> m_matches;
    qint64 m_next = 0; ///< the line to scan next
    QTimer m_timer;
};

} // namespace kernelyard
