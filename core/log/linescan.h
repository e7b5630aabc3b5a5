// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace kernelyard {

/// Line feeds in \a bytes. At the speed of memory: 16 bytes a step.
qint64 countNewlines(QByteArrayView bytes);

/// The line feeds in \a bytes, if there is nothing else but printable ASCII: each line is then shown as it is, one byte
/// a column. -1: there is. In one pass.
qint64 plainNewlines(QByteArrayView bytes);

/// Leaves the colour sequences (SGR of ECMA-48) out of a line, and the erasing to its end (EL) that GCC and grep put
/// beside them. False where it holds anything else that is not
/// printable ASCII: then only a rendering tells what is shown.
bool withoutColours(QByteArrayView line, QByteArray &shown);

/// Finds a text of ASCII in bytes. Compares two of its rarest characters over 16 places at a time, and whole only
/// where both stand.
class ByteFinder
{
public:
    ByteFinder() = default;
    ByteFinder(const QByteArray &needle, Qt::CaseSensitivity sensitivity);

    qsizetype length() const { return m_needle.size(); }
    /// The first place at or after \a from; -1: none.
    qsizetype find(QByteArrayView bytes, qsizetype from = 0) const;

private:
    bool matchesAt(const char *place) const;

    QByteArray m_needle; ///< lower case where case does not matter
    bool m_folds = false;
    qsizetype m_first = 0; ///< places in the needle of the characters that are looked for
    qsizetype m_second = 0;
};

} // namespace kernelyard
