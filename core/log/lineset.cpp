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
    const qint64 found = next(from);
    return found >= 0 && found < to;
}

qint64 LineSet::next(qint64 from) const
{
    from = std::max<qint64>(from, 0);
    qint64 word = from / 64;
    if (word >= m_words.size())
        return -1;
    quint64 bits = m_words[word] & (~quint64(0) << (from % 64));
    while (bits == 0) {
        if (++word >= m_words.size())
            return -1;
        bits = m_words[word];
    }
    return word * 64 + std::countr_zero(bits);
}

qint64 LineSet::previous(qint64 from) const
{
    if (from < 0 || m_words.isEmpty())
        return -1;
    from = std::min<qint64>(from, m_words.size() * 64 - 1);
    qint64 word = from / 64;
    quint64 bits = m_words[word] & (~quint64(0) >> (63 - from % 64));
    while (bits == 0) {
        if (--word < 0)
            return -1;
        bits = m_words[word];
    }
    return word * 64 + 63 - std::countl_zero(bits);
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
    LineSet wide;
    qint64 done = 0; // lines below this one are settled
    for (qint64 line = next(0); line >= 0 && line < lines; line = next(line + 1)) {
        const qint64 to = std::min(line + context + 1, lines);
        for (done = std::max(done, line - context); done < to; ++done)
            wide.insert(done);
    }
    return wide;
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
