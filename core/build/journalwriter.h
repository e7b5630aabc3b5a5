// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/build/record.h"

namespace kernelyard {

/// Writes one build's journal. Output is gathered and handed to the file in batches; every other record goes to the
/// file at once with all that was gathered. Not thread-safe.
///
/// **The format, version 1.** All numbers little-endian, nothing aligned.
///
///     header  "KYJOURNL"  version u32   CRC-32C of these 12 bytes u32
///     record  length u32  type u8       time i64 µs since Opened     payload[length]
///             CRC-32C u32 of all that stands before it in the record
///
///     type 1 Opened       wall clock i64 ms since 1970 UTC, runner's pid i64, program version UTF-8
///          2 TaskStarted  task u16, pid i64
///          3 Output       task u16, stream u8 (1 standard output, 2 standard error), bytes
///          4 Sample       memory i64 bytes, CPU i64 µs
///          5 TaskExited   task u16, exit code i32 (128 + n for signal n)
///          6 CancelAsked  nothing
///          7 Closed       outcome u8 (0 done, 1 failed, 2 cancelled), reason UTF-8
///          8 Paused       nothing; times run on while a build is paused, readers take the pause out
///          9 Resumed      nothing
///         10 SampledFrom  what u8 (0 nothing, 1 processes, 2 containers, 3 daemon), cgroup mode u8 (0 none, 1 v1,
///                         2 v2, 3 hybrid), memory limit i64 bytes (0 none known)
///
/// A reader skips types it does not know, so that types may be added; any other change is a new version. The file only
/// grows. A cut at any byte loses the record it falls in and nothing before it.
///
/// **A full disk.** Beside the journal lies a reserve of real blocks. When the file system has no room left, append()
/// cuts a half-written record off, frees the reserve and writes what was gathered into it as far as it goes, keeping
/// room for the closing records; it then fails with NoSpace once. After that Output is refused and every other record
/// is still written. Closing removes the reserve.
class JournalWriter
{
public:
    static constexpr std::chrono::milliseconds flushInterval{25};

    JournalWriter() = default;
    ~JournalWriter();
    JournalWriter(const JournalWriter &) = delete;
    JournalWriter &operator=(const JournalWriter &) = delete;

    /// Creates `journal` in \a folder, with its reserve. Errors: Conflict (it is there already), NoSpace, Permission.
    Result<void> create(const QString &folder);

    /// Closed is also synchronised to the disk and ends the writing.
    Result<void> append(const Record &record);
    /// For output without a copy into a Record.
    Result<void> appendOutput(BuildTime at, int task, Stream stream, QByteArrayView bytes);
    Result<void> flush();

    /// When the oldest gathered output should be flushed, as the time of its record; empty when none is gathered.
    std::optional<BuildTime> flushDue() const;
    qint64 refusedBytes() const { return m_refusedBytes; } ///< of output that came after the disk was full

private:
    void beginRecord(quint8 type, BuildTime at);
    void endRecord();
    void endOutput();
    Result<void> write();
    Result<void> writeIntoReserve();

    QString m_folder;
    int m_file = -1;
    qint64 m_size = 0;           ///< of the whole records in the file
    QByteArray m_buffer;         ///< whole records, but for an open Output at its end
    QList<qsizetype> m_ends;     ///< of the whole records in m_buffer
    qsizetype m_recordStart = 0; ///< of the open record in m_buffer
    bool m_outputOpen = false;   ///< the record at m_recordStart is an Output that still takes bytes
    BuildTime m_outputAt{0};
    int m_outputTask = 0;
    Stream m_outputStream = Stream::Out;
    std::optional<BuildTime> m_oldest;
    bool m_full = false;
    qint64 m_refusedBytes = 0;
};

} // namespace kernelyard
