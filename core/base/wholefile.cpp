// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/wholefile.h"

namespace kernelyard {

bool commitWhole(QSaveFile &file)
{
    return file.flush() && file.commit();
}

bool writeWhole(QSaveFile &file, const QByteArray &bytes)
{
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && commitWhole(file);
}

} // namespace kernelyard
