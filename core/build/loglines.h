// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/event.h"

#include <QByteArray>
#include <QByteArrayView>

#include <iterator>
#include <memory>
#include <vector>

namespace kernelyard {

/// One line of the log, without its end, raw bytes as the tool wrote them.
struct LogLine
{
    int step = -1; ///< index into BuildState::steps
    BuildTime at{0};
    bool isError = false;
    bool isNote = false; ///< ours, not the tool's
    QByteArray text;

    bool operator==(const LogLine &) const = default;
};

/// The lines of a log in the order in which they ended. Text lies in large blocks and a line costs 24 bytes beside it,
/// so that a long log stays small; readers see only this interface, not where the text lies. Appending never moves
/// text: views stay valid as long as the object.
class LogLines
{
public:
    /// Makes lines on the way; what it points to is a value.
    class Iterator
    {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = LogLine;
        using difference_type = std::ptrdiff_t;
        using pointer = const LogLine *;
        using reference = LogLine;

        Iterator(const LogLines &lines, qsizetype index)
            : m_lines(&lines)
            , m_index(index)
        {}
        LogLine operator*() const { return m_lines->at(m_index); }
        Iterator &operator++()
        {
            ++m_index;
            return *this;
        }
        bool operator==(const Iterator &other) const { return m_index == other.m_index; }

    private:
        const LogLines *m_lines;
        qsizetype m_index;
    };

    qsizetype size() const { return static_cast<qsizetype>(m_entries.size()); }
    bool isEmpty() const { return m_entries.empty(); }
    LogLine at(qsizetype index) const; ///< a copy
    QByteArrayView text(qsizetype index) const;
    BuildTime time(qsizetype index) const { return BuildTime(m_entries[static_cast<std::size_t>(index)].at); }
    bool isNote(qsizetype index) const
    {
        return m_entries[static_cast<std::size_t>(index)].origin == static_cast<qint64>(Origin::Note);
    }
    int step(qsizetype index) const { return m_entries[static_cast<std::size_t>(index)].step; }
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, size()}; }

    enum class Origin : quint8 { Output, ErrorOutput, Note };
    void append(int step, BuildTime at, Origin origin, QByteArrayView text);

private:
    struct Entry
    {
        const char *text;
        qint64 at : 46; ///< µs: 400 days
        qint64 origin : 3;
        qint64 unused : 15;
        quint32 length;
        qint32 step;
    };

    std::vector<Entry> m_entries;
    std::vector<std::unique_ptr<char[]>> m_blocks;
    std::size_t m_blockUsed = 0;
    std::size_t m_blockSize = 0;
};

} // namespace kernelyard
