// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/compressedfile.h"

#include <KCompressionDevice>
#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <cerrno>

namespace kernelyard {
namespace {

constexpr qint64 longestMark = 6;

KCompressionDevice::CompressionType compressionOf(QByteArrayView start)
{
    if (start.startsWith("\x1f\x8b"))
        return KCompressionDevice::GZip;
    if (start.startsWith("BZh"))
        return KCompressionDevice::BZip2;
    if (start.startsWith(QByteArrayView("\xfd"
                                        "7zXZ\0",
                                        longestMark)))
        return KCompressionDevice::Xz;
    if (start.startsWith("\x28\xb5\x2f\xfd"))
        return KCompressionDevice::Zstd;
    return KCompressionDevice::None;
}

} // namespace

bool isCompressedFile(const QString &path)
{
    QFile file(path);
    return QFileInfo(path).isFile() && file.open(QIODevice::ReadOnly) &&
           compressionOf(file.read(longestMark)) != KCompressionDevice::None;
}

Result<std::unique_ptr<QIODevice>> openUnpacked(const QString &path)
{
    auto file = std::make_unique<QFile>(path);
    errno = 0;
    if (!file->open(QIODevice::ReadOnly))
        return Failure(systemError(path, QFileInfo(path).isDir() ? EISDIR : errno ? errno : EIO));
    const KCompressionDevice::CompressionType compression = compressionOf(file->peek(longestMark));
    if (compression == KCompressionDevice::None)
        return file;
    auto device = std::make_unique<KCompressionDevice>(file.release(), true, compression);
    if (!device->open(QIODevice::ReadOnly))
        return Failure(Error{
            ErrorKind::Unsupported,
            QCoreApplication::translate("Archive", "%1: its compression is not supported by this build").arg(path),
            device->errorString(),
            {}});
    return device;
}

} // namespace kernelyard
