// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/event.h"
#include "core/engine/linecutter.h"
#include "core/engine/outputparser.h"

#include <array>

namespace kernelyard {

/// Output that knows no steps: the command is one, named "".
class PlainParser
{
public:
    void feed(Stream stream, QByteArrayView bytes, BuildTime at, QList<EngineEvent> &events);
    void finish(int exitCode, BuildTime at, QList<EngineEvent> &events);

private:
    void start(BuildTime at, QList<EngineEvent> &events);

    std::array<LineCutter, 2> m_cutters;
    bool m_started = false;
};

} // namespace kernelyard
