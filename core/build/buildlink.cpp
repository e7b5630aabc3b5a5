// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildlink.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace kernelyard {

QString BuildLink::toString() const
{
    const QString address = u"kernelyard://build/%1"_s.arg(build.number());
    return line < 0 ? address : address + u"#L%1"_s.arg(line + 1);
}

std::optional<BuildLink> BuildLink::fromString(const QString &text)
{
    static const QRegularExpression pattern(u"^kernelyard://build/(\\d{1,9})/?(?:#L(\\d{1,15}))?$"_s);
    const QRegularExpressionMatch match = pattern.match(text);
    const BuildId id(match.captured(1).toInt());
    if (!match.hasMatch() || !id.isValid())
        return {};
    return BuildLink{id, match.captured(2).isEmpty() ? -1 : match.captured(2).toLongLong() - 1};
}

} // namespace kernelyard
