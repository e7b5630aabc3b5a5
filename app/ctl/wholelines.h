// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfollower.h"

#include <optional>
#include <utility>

namespace kernelyard::ctl {

/// Of a follower's updates, the lines that have ended, each once: what is printed can't be taken back.
class WholeLines
{
public:
    QList<LogLine> take(const BuildUpdate &update)
    {
        QList<LogLine> lines = update.newLines;
        m_open.reset(); // an open line is sent again by every update until it has ended
        if (update.lastLineIsOpen && !lines.isEmpty())
            m_open = lines.takeLast();
        return lines;
    }

    /// The line that never ended, once nothing more will come.
    std::optional<LogLine> takeRest() { return std::exchange(m_open, {}); }

private:
    std::optional<LogLine> m_open;
};

} // namespace kernelyard::ctl
