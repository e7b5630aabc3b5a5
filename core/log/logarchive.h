// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/logbytes.h"
#include "core/log/logindex.h"

#include <QSaveFile>

namespace kernelyard {

/// A log that has ended, compressed in blocks of 64 KiB, each readable by itself, with its index.
struct LogArchive
{
    /// What the log was made from. An archive made from anything else is not used.
    struct Key
    {
        qint64 sourceBytes = 0;
        qint64 sourceTimeNs = 0;
        quint32 version = 0; ///< of what made the lines
        bool operator==(const Key &) const = default;
    };

    LogBytesPointer text;
    LogBytesPointer times;
    LogIndex index;

    /// Errors: NotFound, Invalid (another key, another format, damaged).
    static Result<LogArchive> open(const QString &file, const Key &key);
};

/// Writes an archive piece by piece, so that a thread can be asked to end between two of them.
///
/// **The format, version 1.** Little-endian.
///
///     header     "KYLOG1\n\0"  key: bytes i64, time i64, version u32   text bytes i64, lines i64,
///                directory: offset i64, length i64
///     blocks     of the text, then of the times: a zstd frame with check sum of 64 KiB each, the last ones shorter
///     directory  a zstd frame of a QDataStream (Qt 6.0): ends of the text's and of the times' blocks, chunks, runs,
///                and the words of the line sets
class LogArchiveWriter
{
public:
    LogArchiveWriter(const QString &file, const LogArchive::Key &key, LogArchive log);

    enum class Progress { More, Done };
    /// Some 20 ms of work. The file gets its name with the last piece.
    Result<Progress> writeSome();

private:
    Result<bool> writeBlocks(const LogBytes &bytes, qint64 total, QList<qint64> &ends);
    Result<void> finish();

    QSaveFile m_file;
    LogArchive::Key m_key;
    LogArchive m_log;
    QList<qint64> m_textEnds;
    QList<qint64> m_timeEnds;
    bool m_isOpen = false;
};

/// Deletes the archives in \a folder that were used longest ago until the rest takes at most \a limitBytes.
void ageArchives(const QString &folder, qint64 limitBytes);

} // namespace kernelyard
