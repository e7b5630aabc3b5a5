// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>

namespace kernelyard {

/// When a watch lets go of GPUs that could fall asleep: an open NVML keeps them awake. Whether they fall asleep without
/// it is tried, for something else may keep them awake as well; where it does, the next trial is later.
class GpuRest
{
public:
    using Clock = std::chrono::steady_clock;

    /// \a idle: for how long nothing must have used them. They get half of that to fall asleep: the driver waits for a
    /// few seconds.
    explicit GpuRest(std::chrono::milliseconds idle)
        : m_idle(idle)
    {}

    /// After a reading by NVML; whether it is to be let go now.
    bool letsGo(bool isIdle, Clock::time_point now);
    /// Whether it was let go so short a time ago that they may yet fall asleep.
    bool isTried(Clock::time_point now);
    /// They did.
    void slept();

private:
    std::chrono::milliseconds m_idle;
    std::optional<Clock::time_point> m_idleSince;
    std::optional<Clock::time_point> m_letGo;
    Clock::duration m_pause{0}; ///< before the next trial
    Clock::time_point m_notBefore;
};

} // namespace kernelyard
