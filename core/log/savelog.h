// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/logbytes.h"

namespace kernelyard {

/// Writes the first \a length of \a bytes, then \a rest, into \a file, which is replaced once all is written. Any size;
/// blocks. Errors: NoSpace, Permission, Failed.
Result<void> saveLog(const QString &file, const LogBytes *bytes, qint64 length, const QByteArray &rest);

} // namespace kernelyard
