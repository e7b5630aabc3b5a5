// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpurest.h"

#include <algorithm>

namespace kernelyard {

/// In which nothing is seen of the GPUs; so trials that fail become rare.
static constexpr int leastPause = 10, mostPause = 160; // times the time that they must have been idle

bool GpuRest::letsGo(bool isIdle, Clock::time_point now)
{
    if (!isIdle) {
        m_idleSince.reset();
        return false;
    }
    m_idleSince = m_idleSince.value_or(now);
    if (now - *m_idleSince < m_idle || now < m_notBefore)
        return false;
    m_idleSince.reset();
    m_letGo = now;
    return true;
}

bool GpuRest::isTried(Clock::time_point now)
{
    if (!m_letGo)
        return false;
    if (now - *m_letGo < m_idle / 2)
        return true;
    m_letGo.reset();
    m_pause = std::clamp<Clock::duration>(2 * m_pause, leastPause * m_idle, mostPause * m_idle);
    m_notBefore = now + m_pause;
    return false;
}

void GpuRest::slept()
{
    m_idleSince.reset();
    m_letGo.reset();
    m_pause = {};
}

} // namespace kernelyard
