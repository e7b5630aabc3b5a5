// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <memory>

namespace kernelyard {

/// The bytes of a log, wherever they lie. Any number of threads may read.
///
/// Read with pread(2) and not mapped: a mapped file that another program cuts ends its reader with SIGBUS, and a
/// read that fails is only an error. What is read stays in the kernel's page cache like a mapping, at the same speed.
class LogBytes
{
public:
    virtual ~LogBytes() = default;

    /// Reads at most \a length bytes from \a at on; fewer only where the bytes end.
    virtual Result<qint64> read(qint64 at, char *to, qint64 length) const = 0;
};

/// Shared because a window, a search on a worker and the thread that follows read one log, and the last of them to end
/// closes it.
using LogBytesPointer = std::shared_ptr<const LogBytes>;

/// The bytes of a file that may grow, shrink or lose its name meanwhile.
class FileBytes : public LogBytes
{
public:
    /// Takes \a descriptor over; \a name is for errors.
    FileBytes(int descriptor, QString name);
    ~FileBytes() override;
    FileBytes(const FileBytes &) = delete;
    FileBytes &operator=(const FileBytes &) = delete;

    /// Errors: NotFound, Permission, Invalid (a folder, a device).
    static Result<std::shared_ptr<const FileBytes>> open(const QString &path);
    /// A file without a name in \a folder, or in memory where that can't be or it is empty: it ends with its last
    /// reader.
    static Result<std::shared_ptr<const FileBytes>> createSpool(const QString &folder);

    Result<qint64> read(qint64 at, char *to, qint64 length) const override;
    Result<void> write(qint64 at, const char *from, qint64 length) const;
    int descriptor() const { return m_file; }

private:
    int m_file;
    QString m_name;
};

} // namespace kernelyard
