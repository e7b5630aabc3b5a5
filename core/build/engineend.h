// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/plan.h"
#include "core/build/processtree.h"

#include <QHash>

#include <atomic>

namespace kernelyard {

/// What runs now, in memory that the runner and its guard share.
struct RunningTask
{
    std::atomic<int> task{-1};
    std::atomic<pid_t> engine{0}; ///< leads a process group of its own; 0: none runs
};

/// Where Buildah keeps the steps that run and its cache mounts: the task's own TMPDIR, or the folder the runner gives
/// every Podman task. One for all builds, for a cache mount must outlive a build.
QString temporaryFolder(const Task &task);

/// Ends the engine's command of one task: softly for 10 s, then hard. Softly means SIGTERM to its process group and to
/// what runs in its containers, and SIGKILL 2 s later to what is left there. The first process of a container ignores
/// SIGTERM unless it catches it: such a one is stopped, and killed when it is alone. Only
/// `podman build` gets no SIGTERM: it would die at once and leave its containers, mounts and the running step behind;
/// it cleans up by itself as soon as its step has been ended (leftovers.h).
class EngineEnd
{
public:
    /// \a root: the process below which all that the engine started is found. \a self: is never ended.
    EngineEnd(const Task &task, pid_t root, pid_t self, pid_t engine);

    /// Does what is due \a sinceAsked. To be called about every 100 ms until the engine has ended.
    void step(std::chrono::milliseconds sinceAsked);

    static constexpr std::chrono::milliseconds interval{100};

private:
    void endContainers(const QList<ProcessEntry> &processes, std::chrono::milliseconds now);

    bool m_takesTerm;
    pid_t m_root;
    pid_t m_self;
    pid_t m_engine;
    bool m_softDone = false;
    QHash<pid_t, std::chrono::milliseconds> m_asked; ///< when each process of a container was asked to end
};

/// After the engine of \a task has ended out of turn: ends every process that it left below \a root but \a self, then
/// removes what removeEngineRemains does. Blocks, usually for less than 1 s.
void removeRemains(const Plan &plan, const Task &task, pid_t root, pid_t self);

/// Removes the containers that \a task names, and Buildah's working containers, mounts and folders of its image. No
/// process of it may live any more. False: some of Buildah's could not be removed.
bool removeEngineRemains(const Plan &plan, const Task &task);

} // namespace kernelyard
