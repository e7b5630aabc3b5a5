// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/archive/archive.h"

#include <QIODevice>

#include <memory>
#include <optional>

namespace kernelyard {

/// Reads a tar stream entry by entry, front to back, refusing unsafe entries. KArchive's own reader tells neither
/// devices nor hard links from files and skips pax headers, so it can't say what an archive would do.
/// Format: POSIX.1-1988 ustar, POSIX.1-2001 pax (path, linkpath, size) and GNU tar's L and K records.
class TarReader
{
public:
    /// Opens \a path, decompressing by its first bytes.
    static Result<TarReader> open(const QString &path);

    /// The next entry, none at the archive's end. What was not read of the one before is skipped.
    Result<std::optional<ArchiveEntry>> next();

    /// Up to \a limitBytes of the current entry's content; empty at its end.
    Result<QByteArray> read(qint64 limitBytes);

private:
    TarReader(QString path, std::unique_ptr<QIODevice> device);

    Error damaged(const QString &why) const;
    Result<QByteArray> readExactly(qint64 sizeBytes);
    Result<void> skipContent();

    QString m_path;
    std::unique_ptr<QIODevice> m_device;
    qint64 m_unreadBytes = 0;  ///< of the current entry's content
    qint64 m_paddingBytes = 0; ///< after it, up to a whole block
};

} // namespace kernelyard
