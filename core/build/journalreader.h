// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/record.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>

namespace kernelyard {

/// Decodes the bytes of a journal (the format stands in journalwriter.h). Pure: the same bytes in any chunks give the
/// same records. Never fails: a journal that ends within a record may still grow; one with damaged bytes reads as
/// everything before them.
class JournalReader
{
public:
    enum class Problem {
        None,
        NotAJournal, ///< other bytes at the start
        NewerFormat, ///< written by a later version of the program
        Damaged,     ///< a record whose check sum or length is wrong, at offset()
    };

    void feed(QByteArrayView bytes);
    /// The next whole record; empty when more bytes are needed or none will help.
    std::optional<Record> next();

    /// Forgets the bytes after offset(), to be fed again: a writer on a full disk takes a begun record back.
    void dropUnfinished();

    qint64 offset() const { return m_offset; } ///< bytes up to the end of the last whole record
    qint64 bytesFed() const { return m_offset + m_buffer.size() - m_position; }
    Problem problem() const { return m_problem; }

private:
    bool readHeader();

    QByteArray m_buffer;
    qsizetype m_position = 0; ///< in m_buffer, of the first byte not decoded
    qint64 m_offset = 0;      ///< of m_position in the journal
    bool m_headerRead = false;
    Problem m_problem = Problem::None;
};

} // namespace kernelyard
