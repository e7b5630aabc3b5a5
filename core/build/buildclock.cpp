// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildclock.h"

namespace kernelyard {

BuildTime BuildClock::paused() const
{
    BuildTime all{0};
    for (const Pause &pause : pauses)
        all += pause.length;
    return all;
}

QDateTime BuildClock::moment(BuildTime at) const
{
    BuildTime passed = at;
    for (const Pause &pause : pauses)
        if (pause.at < at)
            passed += pause.length;
    return start.isValid() ? start.addMSecs(std::chrono::floor<std::chrono::milliseconds>(passed).count())
                           : QDateTime();
}

} // namespace kernelyard
