// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

namespace kernelyard {

enum class LogKind : quint8 {
    Output,
    Warning, ///< reads as a compiler's or tool's warning
    Error,   ///< reads as an error
    Note,    ///< ours, not the tool's
};

/// How a line of a tool's output reads: an error, a warning, or neither. Goes by the forms that compilers, ninja, make,
/// pip, apt, git, CMake and Python print; never by the stream, as most of them write progress to standard error.
LogKind lineKind(QByteArrayView line);

} // namespace kernelyard
