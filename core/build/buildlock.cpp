// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildlock.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace kernelyard {

static struct flock wholeFile(short type)
{
    struct flock lock = {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

BuildLock::~BuildLock()
{
    if (m_file >= 0)
        ::close(m_file);
}

Result<BuildLock> BuildLock::open(const QString &path)
{
    BuildLock opened(::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (opened.m_file < 0)
        return Failure(systemError(path, errno));
    return opened;
}

bool BuildLock::tryTake() const
{
    struct flock lock = wholeFile(F_WRLCK);
    return ::fcntl(m_file, F_OFD_SETLK, &lock) == 0;
}

Result<BuildLock> BuildLock::take(const QString &path)
{
    auto opened = open(path);
    if (opened && !opened->tryTake())
        return Failure(Error{
            ErrorKind::Conflict, QCoreApplication::translate("Build", "Another process holds %1.").arg(path), {}, {}});
    return opened;
}

std::optional<BuildLock> BuildLock::inherited(const QString &path, int descriptor)
{
    struct stat given, wanted;
    if (::fstat(descriptor, &given) != 0 || ::stat(QFile::encodeName(path).constData(), &wanted) != 0 ||
        given.st_dev != wanted.st_dev || given.st_ino != wanted.st_ino)
        return {};
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return BuildLock(descriptor);
}

bool BuildLock::isHeld(const QString &path)
{
    const int file = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    struct flock lock = wholeFile(F_WRLCK);
    const bool asked = ::fcntl(file, F_OFD_GETLK, &lock) == 0;
    ::close(file);
    return asked && lock.l_type != F_UNLCK;
}

std::optional<pid_t> BuildLock::holder(const QString &path)
{
    QFile file(path);
    if (!isHeld(path) || !file.open(QIODevice::ReadOnly))
        return {};
    const pid_t pid = file.readAll().trimmed().toInt();
    return pid > 0 ? std::optional(pid) : std::nullopt;
}

Result<void> BuildLock::writePid(pid_t pid) const
{
    const QByteArray text = QByteArray::number(pid) + '\n';
    if (::ftruncate(m_file, 0) != 0 || ::pwrite(m_file, text.constData(), size_t(text.size()), 0) != text.size())
        return Failure(systemError(QCoreApplication::translate("Build", "The lock of the build"), errno));
    return {};
}

} // namespace kernelyard
