// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>

#include <compare>

namespace kernelyard {

/// The number of a build on this machine, from 1 on. Written #0412; its folder is builds/0412.
class BuildId
{
public:
    constexpr explicit BuildId(int number = 0)
        : m_number(number)
    {}

    constexpr int number() const { return m_number; }
    constexpr bool isValid() const { return m_number > 0; }
    QString folderName() const { return QStringLiteral("%1").arg(m_number, 4, 10, QLatin1Char('0')); }
    QString display() const { return u'#' + folderName(); }

    /// Reads "412", "0412" and "#0412"; an invalid id otherwise.
    static BuildId fromText(QStringView text)
    {
        bool ok = false;
        const int number = (text.startsWith(u'#') ? text.mid(1) : text).toInt(&ok);
        return BuildId(ok && number > 0 ? number : 0);
    }

    constexpr auto operator<=>(const BuildId &) const = default;

private:
    int m_number;
};

inline size_t qHash(BuildId id, size_t seed = 0)
{
    return ::qHash(id.number(), seed);
}

} // namespace kernelyard
