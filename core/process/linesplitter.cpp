// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/process/linesplitter.h"

#include <utility>

namespace kernelyard {

QList<QByteArray> LineSplitter::feed(QByteArrayView bytes)
{
    QList<QByteArray> lines;
    for (qsizetype end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n')) {
        QByteArray line = std::exchange(m_rest, {});
        line.append(bytes.first(end));
        if (line.endsWith('\r'))
            line.chop(1);
        lines.append(std::move(line));
        bytes = bytes.sliced(end + 1);
    }
    m_rest.append(bytes);
    return lines;
}

QByteArray LineSplitter::takeRest()
{
    return std::exchange(m_rest, {});
}

} // namespace kernelyard
