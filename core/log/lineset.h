// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>

#include <limits>

namespace kernelyard {

/// Some of the lines of a log, one bit each: 1.25 MB for ten million lines. Counting and choosing by rank take a
/// binary search and a few words.
class LineSet
{
public:
    void insert(qint64 line);
    void remove(qint64 line);
    void clear();

    bool contains(qint64 line) const;
    bool isEmpty() const { return m_count == 0; }
    qint64 count() const { return m_count; }
    qint64 count(qint64 from, qint64 to) const; ///< of the lines in [from, to)
    bool any(qint64 from, qint64 to) const;
    /// The first in [from, to); -1: none.
    qint64 next(qint64 from, qint64 to = std::numeric_limits<qint64>::max()) const;
    /// The last in [down, from]; -1: none.
    qint64 previous(qint64 from, qint64 down = 0) const;
    qint64 at(qint64 rank) const; ///< the line with \a rank lines of the set before it; -1: none

    /// These lines and \a context more on each side, below \a lines.
    LineSet widened(int context, qint64 lines) const;

    /// The bits, 64 lines a word, for storing.
    const QList<quint64> &words() const { return m_words; }
    static LineSet fromWords(const QList<quint64> &words);

private:
    qint64 rank(qint64 line) const; ///< lines of the set before \a line
    void countBlocks() const;

    static constexpr qint64 blockWords = 8;
    QList<quint64> m_words;
    qint64 m_count = 0;
    mutable QList<qint64> m_before; ///< lines of the set before each block of words, as far as it is counted
};

} // namespace kernelyard
