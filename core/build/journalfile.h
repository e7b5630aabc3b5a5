// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/build/journalreader.h"

namespace kernelyard {

/// The journal of one build on disk: reads what is there, and later what has come since. It may be opened before the
/// file exists: a queued build has none.
class JournalFile
{
public:
    explicit JournalFile(QString path);
    ~JournalFile();
    JournalFile(const JournalFile &) = delete;
    JournalFile &operator=(const JournalFile &) = delete;

    /// Reads at most \a limitBytes on, returning how many came; 0: none for now, or never, where the journal is
    /// damaged. next() is to be asked in any case: a record that was cut may have been replaced by another of its
    /// length.
    Result<qint64> read(qint64 limitBytes);
    std::optional<Record> next() { return m_reader.next(); }

    const JournalReader &reader() const { return m_reader; }
    qint64 sizeBytes() const; ///< of the file, now; 0 when there is none

private:
    QString m_path;
    int m_file = -1;
    JournalReader m_reader;
    bool m_atEnd = false;   ///< of the file, at the last read
    qint64 m_seenBytes = 0; ///< of the file, ever: a cut record that is read again is nothing new
    QByteArray m_chunk;
};

} // namespace kernelyard
