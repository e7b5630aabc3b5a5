// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace kernelyard {

/// Memory for people, in powers of 1024: "36.2 GiB", "84 MiB", never less than "1 MiB". The one place that rounds it,
/// so that every page and command says the same of one build.
QString memoryFigure(qint64 bytes);

} // namespace kernelyard
