// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSaveFile>

namespace kernelyard {

/// Puts what was written to \a file in its place, unless some of it could not be written: then false, with the file as
/// it was before and the reason in errorString and errno. Qt 6.4's own commit takes a failed last flush for success,
/// and so puts a cut or empty file there when the disk is full.
bool commitWhole(QSaveFile &file);

/// Opens \a file, writes \a bytes as all of it, and commits as above.
bool writeWhole(QSaveFile &file, const QByteArray &bytes);

} // namespace kernelyard
