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
        std::uint32_t state = 0;
        for (const char byte : text) {
            state = m_next[state * m_classes + m_classOf[static_cast<unsigned char>(byte)]];
            if (m_hits[state] >= 0) [[unlikely]]
                for (int hit = m_hits[state]; hit >= 0; hit = m_outputs[static_cast<std::size_t>(hit)].more)
                    found(m_outputs[static_cast<std::size_t>(hit)].literal);
        }
    }

    /// Whether any literal occurs. The automaton restarts at line ends, so a whole block of lines can be asked at once;
    /// returns the offset just after the first occurrence's end, or -1.
    qsizetype firstHit(QByteArrayView text) const;

private:
    struct Output
    {
        int literal;
        int more; ///< index of the next output of the same state, or -1
    };

    std::array<std::uint8_t, 256> m_classOf{};
    std::uint32_t m_classes = 1;
    std::vector<std::uint32_t> m_next; ///< state × class → state
    std::vector<int> m_hits;           ///< state → first output, or -1
    std::vector<Output> m_outputs;
};

} // namespace kernelyard
