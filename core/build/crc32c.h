// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

namespace kernelyard {

/// The CRC-32C (Castagnoli, RFC 3720 appendix B.4) of \a bytes. By the processor's own instruction where it has one.
quint32 crc32c(QByteArrayView bytes);

} // namespace kernelyard
