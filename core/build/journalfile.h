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

    /// Reads at most \a limitBytes on, returning how many came; 0: none for now.
    Result<qint64> read(qint64 limitBytes);
    std::optional<Record> next() { return m_reader.next(); }

    const JournalReader &reader() const { return m_reader; }
    qint64 sizeBytes() const; ///< of the file, now; 0 when there is none

private:
    QString m_path;
    int m_file = -1;
    JournalReader m_reader;
    bool m_atEnd = false; ///< of the file, at the last read
    QByteArray m_chunk;
};

} // namespace kernelyard
