// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/build/runnerchild.h"

namespace kernelyard {

/// Keeps the machine from going to sleep while a build runs, by a child of the runner: `kernelyardctl stay-awake`,
/// which talks to the desktop's bus. The runner does it and not the window, for a build outlives the window; in a
/// process of its own, for the runner has one thread and no event loop. The child ends with the runner, however that
/// ends.
class Awake
{
public:
    /// Returns at once. Does nothing when it holds already, or where kernelyardctl does not lie beside this program.
    void start(BuildId id);
    void stop() { m_child.stop(); }
    pid_t process() const { return m_child.process(); }

private:
    RunnerChild m_child;
};

} // namespace kernelyard
