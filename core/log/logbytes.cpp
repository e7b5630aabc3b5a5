// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/logbytes.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QThreadPool>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace kernelyard {

FileBytes::FileBytes(int descriptor, QString name)
    : m_file(descriptor)
    , m_name(std::move(name))
{}

/// The room of a file that has no name any more is given back when it is closed: 50 ms for half a gigabyte, which are
/// not to be taken from the window's thread.
FileBytes::~FileBytes()
{
    QThreadPool *const pool = QThreadPool::globalInstance(); // none while the program ends
    if (pool != nullptr)
        pool->start([file = m_file] { ::close(file); });
    else
        ::close(m_file);
}

Result<std::shared_ptr<const FileBytes>> FileBytes::open(const QString &path)
{
    // not blocking, so that a pipe without a writer does not hold us up
    const int file = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return Failure(systemError(path, errno));
    auto bytes = std::make_shared<const FileBytes>(file, path);
    struct stat status;
    if (::fstat(file, &status) != 0)
        return Failure(systemError(path, errno));
    if (!S_ISREG(status.st_mode))
        return Failure(Error{ErrorKind::Invalid,
                             QCoreApplication::translate("Log", "%1 is not a file: a log has to be one.").arg(path),
                             {},
                             {}});
    return bytes;
}

Result<std::shared_ptr<const FileBytes>> FileBytes::createSpool(const QString &folder)
{
    int file = -1;
    if (!folder.isEmpty() && QDir().mkpath(folder)) {
        const QByteArray encoded = QFile::encodeName(folder);
        file = ::open(encoded.constData(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (file < 0) { // not every file system has O_TMPFILE
            QByteArray name = encoded + "/.spool-XXXXXX";
            file = ::mkostemp(name.data(), O_CLOEXEC);
            if (file >= 0)
                ::unlink(name.constData());
        }
    }
    if (file < 0)
        file = ::memfd_create("kernelyard-log", MFD_CLOEXEC);
    if (file < 0)
        return Failure(systemError(folder, errno));
    return std::make_shared<const FileBytes>(file, folder);
}

Result<qint64> FileBytes::read(qint64 at, char *to, qint64 length) const
{
    qint64 done = 0;
    while (done < length) {
        const ssize_t count = ::pread(m_file, to + done, static_cast<size_t>(length - done), at + done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return Failure(systemError(m_name, errno));
        if (count == 0)
            break;
        done += count;
    }
    return done;
}

Result<void> FileBytes::write(qint64 at, const char *from, qint64 length) const
{
    while (length > 0) {
        const ssize_t count = ::pwrite(m_file, from, static_cast<size_t>(length), at);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return Failure(systemError(m_name, errno));
        at += count;
        from += count;
        length -= count;
    }
    return {};
}

} // namespace kernelyard
