// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

#include <QCoreApplication>

#include <cerrno>
#include <cstring>

namespace kernelyard {

int exitStatus(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::Invalid:
    case ErrorKind::NotFound:
        return 2;
    case ErrorKind::Missing:
    case ErrorKind::Unsupported:
        return 3;
    case ErrorKind::Cancelled:
        return 130;
    default:
        return 1;
    }
}

static ErrorKind kindOf(int errnoValue)
{
    switch (errnoValue) {
    case ENOENT:
        return ErrorKind::NotFound;
    case EACCES:
    case EPERM:
    case EROFS:
        return ErrorKind::Permission;
    case ENOSPC:
    case EDQUOT:
        return ErrorKind::NoSpace;
    case ETIMEDOUT:
        return ErrorKind::Timeout;
    case EEXIST:
    case EBUSY:
    case EAGAIN:
        return ErrorKind::Conflict;
    default:
        return ErrorKind::Failed;
    }
}

Error systemError(const QString &object, int errnoValue)
{
    Error error{kindOf(errnoValue), {}, QString::fromLocal8Bit(std::strerror(errnoValue)), {}};
    error.message = QCoreApplication::translate("Error", "%1: %2").arg(object, error.detail);
    if (error.kind == ErrorKind::NoSpace)
        error.remedy =
            QCoreApplication::translate("Error", "Free space on the file system that holds it, then try again.");
    return error;
}

} // namespace kernelyard
