// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QList>
#include <QString>

namespace kernelyard {

/// One file to put into an archive: \a file from the disk as it is when it is read, or \a content where file is empty.
struct ArchiveSource
{
    QString name; ///< path inside the archive, relative, separated by '/'
    QString file;
    QByteArray content;
};

enum class ArchiveEntryType { File, Folder, Link };

struct ArchiveEntry
{
    QString name; ///< relative and clean: no "." or "..", no '/' at either end
    ArchiveEntryType type = ArchiveEntryType::File;
    qint64 sizeBytes = 0; ///< of a file; 0 for the others
    QString linkTarget;   ///< of a symbolic link, as written

    bool operator==(const ArchiveEntry &) const = default;
};

/// Writes a gzip-compressed tar file with \a entries in that order. It appears under \a path whole or not at all, and
/// replaces what was there. A source that grows meanwhile is taken up to the size it had when its turn came.
Result<void> writeTarGz(const QString &path, const QList<ArchiveSource> &entries);

/// What the tar file \a path holds, which may be compressed with gzip, bzip2, xz or zstd (told by content, not name).
/// Error Invalid names the first entry that extractTar would refuse, or says where the file is damaged.
Result<QList<ArchiveEntry>> listTar(const QString &path);

/// Unpacks the tar file \a path into \a folder, created when missing. Refused before anything is written: names that
/// are absolute or climb with "..", links that point outside of \a folder, hard links, devices, pipes, and entries
/// whose path leads through a link. Existing links in \a folder are never followed and existing files never replaced.
Result<void> extractTar(const QString &path, const QString &folder);

} // namespace kernelyard
