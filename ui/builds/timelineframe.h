// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/builds/timeline.h"
#include "ui/widgets/measure.h"

namespace kernelyard {

/// Shared by the two files of Timeline.
struct Timeline::Frame
{
    static constexpr int mostMarks = 6; ///< of cached steps in a lane; then their number
    static int markStep() { return px(14); }

    QRect names; ///< columns, as high as the viewport
    QRect marks;
    QRect axis;
    QRect lanes;
    QRect usage;
    int laneHeight = 0;
    int scroll = 0;

    /// Where a lane's bars stand.
    QRect laneRow(int lane) const
    {
        const int gap = std::max(laneHeight / 8, 1);
        return QRect(lanes.left(), lanes.top() + lane * laneHeight - scroll + gap, lanes.width(),
                     laneHeight - 2 * gap - px(3));
    }
};

} // namespace kernelyard
