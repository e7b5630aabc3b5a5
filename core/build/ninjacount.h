// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

#include <optional>

namespace kernelyard {

/// The count that ninja puts before a line by default: "[12/345] ".
struct NinjaCount
{
    qint64 done = 0;
    qint64 total = 0;
    qsizetype length = 0; ///< of its text, the space behind it too
};

/// None: \a line does not begin with one. Nothing else in brackets is: a step of an engine's own has more words in it.
std::optional<NinjaCount> ninjaCount(QByteArrayView line);

} // namespace kernelyard
