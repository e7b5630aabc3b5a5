// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/literalscanner.h"

#include <deque>

namespace kernelyard {
namespace {

constexpr qsizetype window = 2048; ///< bytes that are read at two places at once

unsigned char folded(char byte)
{
    const auto value = static_cast<unsigned char>(byte);
    return value >= 'A' && value <= 'Z' ? static_cast<unsigned char>(value + ('a' - 'A')) : value;
}

} // namespace

LiteralScanner::LiteralScanner(const QList<QByteArray> &literals)
{
    // Bytes that occur in no literal share class 0.
    for (const QByteArray &literal : literals)
        for (const char byte : literal)
            if (std::uint8_t &known = m_classOf[folded(byte)]; known == 0)
                known = static_cast<std::uint8_t>(m_classes++);
    for (std::size_t upper = 'A'; upper <= 'Z'; ++upper)
        m_classOf[upper] = m_classOf[upper + ('a' - 'A')];

    const auto addState = [this] {
        m_next.insert(m_next.end(), m_classes, 0);
        m_hits.push_back(-1);
        return static_cast<std::uint32_t>(m_hits.size() - 1);
    };
    addState();
    for (int i = 0; i < literals.size(); ++i) {
        std::uint32_t state = 0;
        for (const char byte : literals.at(i)) {
            const std::size_t edge = state * m_classes + m_classOf[static_cast<unsigned char>(byte)];
            if (m_next[edge] == 0) {
                const std::uint32_t made = addState();
                m_next[edge] = made;
            }
            state = m_next[edge];
        }
        m_outputs.push_back({i, m_hits[state]});
        m_hits[state] = static_cast<int>(m_outputs.size() - 1);
    }

    // Breadth first: a missing edge goes where the longest proper suffix would go.
    std::vector<std::uint32_t> suffix(m_hits.size(), 0);
    std::deque<std::uint32_t> queue;
    for (std::uint32_t symbol = 0; symbol < m_classes; ++symbol)
        if (m_next[symbol] != 0)
            queue.push_back(m_next[symbol]);
    while (!queue.empty()) {
        const std::uint32_t state = queue.front();
        queue.pop_front();
        const int inherited = m_hits[suffix[state]];
        if (m_hits[state] < 0) {
            m_hits[state] = inherited;
        } else {
            int last = m_hits[state];
            while (m_outputs[static_cast<std::size_t>(last)].more >= 0)
                last = m_outputs[static_cast<std::size_t>(last)].more;
            m_outputs[static_cast<std::size_t>(last)].more = inherited;
        }
        for (std::uint32_t symbol = 0; symbol < m_classes; ++symbol) {
            std::uint32_t &edge = m_next[state * m_classes + symbol];
            const std::uint32_t fallback = m_next[suffix[state] * m_classes + symbol];
            if (edge == 0) {
                edge = fallback;
            } else {
                suffix[edge] = fallback;
                queue.push_back(edge);
            }
        }
    }
    for (std::uint32_t &edge : m_next)
        edge = edge * m_classes | (m_hits[edge] >= 0 ? hitMark : 0);
}

qsizetype LiteralScanner::firstHit(QByteArrayView text) const
{
    const std::uint32_t *const next = m_next.data();
    const std::uint8_t *const classOf = m_classOf.data();
    const auto step = [&](std::uint32_t row, qsizetype at) {
        return next[row + classOf[static_cast<unsigned char>(text[at])]];
    };
    std::uint32_t row = 0;
    qsizetype from = 0;
    // Two places at once: each look-up waits for the one before it, so a second chain of them costs nothing. The second
    // begins with a line, where the automaton is in its first state anyway.
    while (text.size() - from > 2 * window) {
        const qsizetype middle = text.indexOf('\n', from + window) + 1;
        const qsizetype length = middle - from;
        if (middle == 0 || length > 2 * window || middle + length > text.size())
            break;
        std::uint32_t second = 0;
        qsizetype i = 0;
        for (; i < length; ++i) {
            row = step(row, from + i);
            second = step(second, middle + i);
            if ((row | second) & hitMark) [[unlikely]]
                break;
        }
        if (i < length) {
            if (row & hitMark)
                return from + i + 1;
            for (qsizetype at = from + i + 1; at < middle; ++at) {
                row = step(row, at);
                if (row & hitMark)
                    return at + 1;
            }
            return middle + i + 1;
        }
        row = second;
        from = middle + length;
    }
    for (qsizetype at = from; at < text.size(); ++at) {
        row = step(row, at);
        if (row & hitMark) [[unlikely]]
            return at + 1;
    }
    return -1;
}

} // namespace kernelyard
