// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/lineset.h"

#include <algorithm>
#include <bit>

namespace kernelyard {

void LineSet::insert(qint64 line)
{
    const qint64 word = line / 64;
    if (word >= m_words.size())
        m_words.resize(word + 1, 0);
    quint64 &bits = m_words[word];
    const quint64 bit = quint64(1) << (line % 64);
    m_count += (bits & bit) == 0;
    bits |= bit;
    if (m_before.size() > word / blockWords + 1)
        m_before.resize(word / blockWords + 1);
}

void LineSet::remove(qint64 line)
{
    if (!contains(line))
        return;
    const qint64 word = line / 64;
    m_words[word] &= ~(quint64(1) << (line % 64));
    --m_count;
    if (m_before.size() > word / blockWords + 1)
        m_before.resize(word / blockWords + 1);
}

void LineSet::clear()
{
    m_words.clear();
    m_before.clear();
    m_count = 0;
}

bool LineSet::contains(qint64 line) const
{
    const qint64 word = line / 64;
    return line >= 0 && word < m_words.size() && (m_words[word] >> (line % 64) & 1) != 0;
}

void LineSet::countBlocks() const
{
    const qint64 blocks = (m_words.size() + blockWords - 1) / blockWords;
    if (m_before.isEmpty() && blocks > 0)
        m_before.append(0);
    while (m_before.size() < blocks) {
        qint64 sum = m_before.last();
        const qint64 from = (m_before.size() - 1) * blockWords;
        for (qint64 word = from; word < from + blockWords; ++word)
            sum += std::popcount(m_words[word]);
        m_before.append(sum);
    }
}

qint64 LineSet::rank(qint64 line) const
{
    const qint64 word = line / 64;
    if (line <= 0)
        return 0;
    if (word >= m_words.size())
        return m_count;
    countBlocks();
    qint64 sum = m_before[word / blockWords];
    for (qint64 w = word / blockWords * blockWords; w < word; ++w)
        sum += std::popcount(m_words[w]);
    return sum + std::popcount(m_words[word] & ((quint64(1) << (line % 64)) - 1));
}

qint64 LineSet::count(qint64 from, qint64 to) const
{
    return to > from ? rank(to) - rank(from) : 0;
}

bool LineSet::any(qint64 from, qint64 to) const
{
    return next(from, to) >= 0;
}

qint64 LineSet::next(qint64 from, qint64 to) const
{
    from = std::max<qint64>(from, 0);
    to = std::min<qint64>(to, m_words.size() * 64);
    if (from >= to)
        return -1;
    qint64 word = from / 64;
    quint64 bits = m_words[word] & (~quint64(0) << (from % 64));
    while (bits == 0) {
        if (++word * 64 >= to)
            return -1;
        bits = m_words[word];
    }
    const qint64 line = word * 64 + std::countr_zero(bits);
    return line < to ? line : -1;
}

qint64 LineSet::previous(qint64 from, qint64 down) const
{
    from = std::min<qint64>(from, m_words.size() * 64 - 1);
    down = std::max<qint64>(down, 0);
    if (from < down)
        return -1;
    qint64 word = from / 64;
    quint64 bits = m_words[word] & (~quint64(0) >> (63 - from % 64));
    while (bits == 0) {
        if (--word < down / 64)
            return -1;
        bits = m_words[word];
    }
    const qint64 line = word * 64 + 63 - std::countl_zero(bits);
    return line >= down ? line : -1;
}

qint64 LineSet::at(qint64 rank) const
{
    if (rank < 0 || rank >= m_count)
        return -1;
    countBlocks();
    const auto after = std::upper_bound(m_before.cbegin(), m_before.cend(), rank);
    qint64 block = after - m_before.cbegin() - 1;
    qint64 left = rank - m_before[block];
    for (qint64 word = block * blockWords;; ++word) {
        const int here = std::popcount(m_words[word]);
        if (left < here) {
            quint64 bits = m_words[word];
            for (; left > 0; --left)
                bits &= bits - 1;
            return word * 64 + std::countr_zero(bits);
        }
        left -= here;
    }
}

LineSet LineSet::widened(int context, qint64 lines) const
{
    QList<quint64> words = m_words;
    words.resize((lines + 63) / 64, 0);
    for (int step = 0; step < context; ++step) { // by one line to each side, 64 lines at a time
        quint64 before = 0;
        for (qsizetype i = 0; i < words.size(); ++i) {
            const quint64 own = words[i];
            const quint64 after = i + 1 < words.size() ? words[i + 1] : 0;
            words[i] = own | own << 1 | own >> 1 | before >> 63 | after << 63;
            before = own;
        }
    }
    if (lines % 64 != 0 && !words.isEmpty())
        words.last() &= (quint64(1) << (lines % 64)) - 1;
    return fromWords(words);
}

LineSet LineSet::fromWords(const QList<quint64> &words)
{
    LineSet set;
    set.m_words = words;
    for (const quint64 bits : words)
        set.m_count += std::popcount(bits);
    return set;
}

} // namespace kernelyard
