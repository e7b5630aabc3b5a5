// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/memoryfigure.h"

#include <QCoreApplication>

#include <algorithm>

namespace kernelyard {

QString memoryFigure(qint64 bytes)
{
    constexpr qint64 mebibyte = 1 << 20;
    constexpr qint64 mebibytesToGib = 973; // from here on one decimal of a GiB says "1.0"
    const qint64 mebibytes = std::max<qint64>(1, (bytes + mebibyte / 2) / mebibyte);
    if (mebibytes < mebibytesToGib)
        return QCoreApplication::translate("Memory", "%1 MiB").arg(mebibytes);
    return QCoreApplication::translate("Memory", "%1 GiB").arg(double(bytes) / double(mebibyte * 1024), 0, 'f', 1);
}

} // namespace kernelyard
