// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfollower.h"

#include <algorithm>
#include <optional>

namespace kernelyard::test {

/// What a window knows of a build, put together from its updates.
class FollowingWindow
{
public:
    FollowingWindow(const Paths &paths, BuildId id)
        : m_follower(paths, id)
    {
        QObject::connect(&m_follower, &BuildFollower::updated, &m_follower, [this](const BuildUpdate &update) {
            if (update.lastLineGrew)
                lines.removeLast();
            lines << update.newLines;
            samples << update.newSamples;
            last = update;
        });
        QObject::connect(&m_follower, &BuildFollower::ended, &m_follower, [this](BuildStatus status) { end = status; });
    }

    bool shows(const QByteArray &text) const
    {
        return std::any_of(lines.begin(), lines.end(), [&](const LogLine &line) { return line.text == text; });
    }

    QList<LogLine> lines;
    QList<UsageSample> samples;
    BuildUpdate last;
    std::optional<BuildStatus> end;

private:
    BuildFollower m_follower;
};

} // namespace kernelyard::test
