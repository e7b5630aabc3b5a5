// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/plan.h"
#include "core/build/processtree.h"
#include "core/build/record.h"

#include <QHash>
#include <QSet>

namespace kernelyard {

struct UsageReading
{
    SampledFrom from;
    Sample sample; ///< CPU since the build began
};

/// Measures what a build's engine uses, from outside: nothing of the engine is asked or changed.
///
/// **Podman** runs a build's containers below itself, each in a cgroup of its own; those are counted by the kernel's
/// figures, and the engine's processes beside them by their resident memory. Where no cgroup of its own is to be had
/// (rootless on version 1), all are counted by process.
///
/// **Docker**'s daemon runs them. BuildKit's steps are children of dockerd or buildkitd, containers those of
/// containerd-shim, and every one has a cgroup of its own; which client asked for it can't be told from outside, so all
/// are counted that began after the task did. A daemon elsewhere (a remote one, or in a virtual machine) shows nothing.
class UsageSampler
{
public:
    explicit UsageSampler(const Engine &engine);

    void beginTask(const Task &task);
    /// \a root: the process below which all that a Podman build started is found. Costs some milliseconds.
    /// \a helpers: processes below it that are no part of the build.
    UsageReading read(pid_t root, const QList<pid_t> &helpers = {});

private:
    struct Seen
    {
        quint64 start = 0;
        CgroupFolders folders;
    };
    const CgroupFolders &foldersOf(const ProcessEntry &process);
    UsageReading readTree(pid_t root, const QList<pid_t> &helpers);
    UsageReading readDaemon(pid_t root, const QList<pid_t> &helpers);
    void add(UsageReading &reading, const QList<CgroupFolders> &cgroups, bool withCpu);
    QList<ProcessEntry> daemonProcesses(const QList<ProcessEntry> &all, bool &hasDaemon) const;

    bool m_isDocker;
    bool m_isLocal;
    bool m_isBuildKit = false; ///< the task builds with BuildKit
    QList<CgroupMount> m_mounts;
    CgroupMode m_mode;
    CgroupFolders m_own;
    qint64 m_ownLimit = 0;
    QHash<pid_t, Seen> m_seen;
    QSet<QString> m_before;                          ///< memory folders of containers that ran when the task began
    QHash<QString, std::chrono::microseconds> m_cpu; ///< of each cgroup, as last read
    std::chrono::microseconds m_cpuTotal{0};         ///< never falls
};

} // namespace kernelyard
