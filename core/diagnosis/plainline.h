// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace kernelyard {

/// A log line as the tool meant it: without ANSI escapes (ECMA-48 CSI and OSC), without what a progress display
/// overwrote (text before the last carriage return), and without the prefixes that other programs put before it:
/// BuildKit's "#12 34.56 ", Compose's "name  | ", CI time stamps, pytest's "E  ", and surrounding space. At most the
/// first 16384 bytes: no message of a cause is longer, a compiler's command line is.
QByteArray plainLine(QByteArrayView line);

} // namespace kernelyard
