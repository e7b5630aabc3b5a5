// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>

namespace kernelyard {

/// The design's sizes are logical pixels at a 13 px system font; this is \a design for the application's font, so that
/// text at any size fits what was drawn for it.
int px(double design);

/// Roles of text. Sizes are relative to the system font.
enum class Type {
    Title,      ///< of a page
    Object,     ///< name of an environment, build, fork
    CardHeader, ///< and whatever else is semi-bold at body size
    KeyFigure,
    Body,
    Medium, ///< body of a button
    Secondary,
    Tick, ///< of a chart; nothing is smaller
    Mono, ///< logs, commands, hashes, branches
};
QFont font(Type type);

} // namespace kernelyard
