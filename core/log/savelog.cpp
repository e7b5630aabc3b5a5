// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/savelog.h"

#include "core/base/wholefile.h"

#include <QCoreApplication>

#include <algorithm>
#include <cerrno>

namespace kernelyard {

static constexpr qint64 pieceBytes = 1 << 20;

Result<void> saveLog(const QString &file, const LogBytes *bytes, qint64 length, const QByteArray &rest)
{
    QSaveFile out(file);
    if (!out.open(QIODevice::WriteOnly))
        return Failure(systemError(file, errno));
    QByteArray piece(pieceBytes, Qt::Uninitialized);
    for (qint64 at = 0; bytes != nullptr && at < length;) {
        const Result<qint64> count = bytes->read(at, piece.data(), std::min(pieceBytes, length - at));
        if (!count)
            return Failure(count.error());
        if (*count == 0)
            return Failure(
                Error{ErrorKind::Failed,
                      QCoreApplication::translate("Log", "%1 was not written: the log was cut meanwhile.").arg(file),
                      {},
                      {}});
        if (out.write(piece.constData(), *count) != *count)
            return Failure(systemError(file, errno));
        at += *count;
    }
    if (out.write(rest) != rest.size() || !commitWhole(out))
        return Failure(systemError(file, errno));
    return {};
}

} // namespace kernelyard
