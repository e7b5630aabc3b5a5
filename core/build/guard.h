// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildfolder.h"
#include "core/build/engineend.h"

#include <array>

namespace kernelyard {

/// Watches the runner, its child, from the process that started it. When the runner is killed, ends what the engine
/// left. It holds the reading ends of the engine's output too, so that the death of the runner does not kill
/// `podman build` by SIGPIPE before it could clean up.
class Guard
{
public:
    Guard(const Plan &plan, BuildFolder folder, RunningTask &running, std::array<int, 2> engineOutput);

    /// Returns when \a runner has ended and nothing is left: its exit status, or 1 when it was killed. SIGTERM and
    /// SIGINT, which the caller has blocked with SIGCHLD, are passed on to it.
    int watch(pid_t runner);

private:
    void cleanUp();
    bool engineEnded() const;

    const Plan &m_plan;
    BuildFolder m_folder;
    RunningTask &m_running;
    std::array<int, 2> m_engineOutput;
};

} // namespace kernelyard
