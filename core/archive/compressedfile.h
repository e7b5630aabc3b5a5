// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QIODevice>

#include <memory>

namespace kernelyard {

/// Whether \a path is a regular file that begins as one of gzip (RFC 1952), bzip2, xz or zstd (RFC 8878). False where
/// it can't be read.
bool isCompressedFile(const QString &path);

/// Opens \a path to be read from front to back; what isCompressedFile() is unpacked as it is read. Where read() gives
/// nothing more and atEnd() is false, the file is damaged or cut. Errors: as of a file, Unsupported.
Result<std::unique_ptr<QIODevice>> openUnpacked(const QString &path);

} // namespace kernelyard
