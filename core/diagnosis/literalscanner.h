// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

#include <array>
#include <cstdint>
#include <vector>

namespace kernelyard {

/// Finds which of many short literals occur in a line, ignoring the case of ASCII letters: one table look-up a byte
/// (Aho and Corasick, "Efficient string matching", CACM 18, 1975). Costs the same for one literal and for a thousand.
class LiteralScanner
{
public:
    explicit LiteralScanner(const QList<QByteArray> &literals);

    /// Calls \a found(index of literal) for each occurrence's end in \a text; an index may come more than once.
    template <class Found>
    void scan(QByteArrayView text, Found found) const
    {
        std::uint32_t row = 0;
        for (const char byte : text) {
            const std::uint32_t next = m_next[row + m_classOf[static_cast<unsigned char>(byte)]];
            row = next & ~hitMark;
            if (next & hitMark) [[unlikely]]
                for (int hit = m_hits[row / m_classes]; hit >= 0; hit = m_outputs[static_cast<std::size_t>(hit)].more)
                    found(m_outputs[static_cast<std::size_t>(hit)].literal);
        }
    }

    /// Whether any literal occurs. The automaton restarts at line ends, so a whole block of lines can be asked at once;
    /// returns the offset just after the first occurrence's end, or -1.
    qsizetype firstHit(QByteArrayView text) const;

private:
    static constexpr std::uint32_t hitMark = 1U << 31U;

    struct Output
    {
        int literal;
        int more; ///< index of the next output of the same state, or -1
    };

    std::array<std::uint8_t, 256> m_classOf{};
    std::uint32_t m_classes = 1;
    /// state × class → the next state's row in this table, with hitMark where a literal ends in that state
    std::vector<std::uint32_t> m_next;
    std::vector<int> m_hits; ///< state → first output, or -1
    std::vector<Output> m_outputs;
};

} // namespace kernelyard
