// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/figures.h"

#include <cmath>

using namespace Qt::StringLiterals;

namespace kernelyard {

QString scientific(double value)
{
    if (!std::isfinite(value))
        return u"–"_s;
    if (value == 0)
        return u"0"_s;
    const double size = std::abs(value);
    if (size >= 1 && size < 1000)
        return QString::number(value, 'f', 1);
    if (size >= 0.01 && size < 1)
        return QString::number(value, 'f', size < 0.0995 ? 3 : 2); // two digits that count: 0.30 as well
    QString text = QString::number(value, 'e', 1);
    const qsizetype digits = text.indexOf(u'e') + 2;
    while (text.size() > digits + 1 && text[digits] == u'0')
        text.remove(digits, 1);
    return text.replace(u"e+"_s, u"e"_s);
}

} // namespace kernelyard
