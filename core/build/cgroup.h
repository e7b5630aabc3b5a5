// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

#include <chrono>
#include <optional>

namespace kernelyard {

/// How a machine groups processes: controllers in hierarchies of their own (V1), in one (V2), or both side by side,
/// where memory and CPU are then of version 1.
enum class CgroupMode { None, V1, V2, Hybrid };

/// One mounted hierarchy.
struct CgroupMount
{
    bool isUnified = false;
    QStringList controllers; ///< of version 1, as the mount's options name them; also "name=systemd"
    QString root;            ///< the cgroup that is seen at the mount point; "/" outside of containers
    QString point;

    bool operator==(const CgroupMount &) const = default;
};

/// Where one process stands in one hierarchy.
struct CgroupEntry
{
    QStringList controllers; ///< none in the hierarchy of version 2
    QString path;

    bool operator==(const CgroupEntry &) const = default;
};

/// The cgroup mounts in the text of /proc/PID/mountinfo (proc(5)); others and damaged lines are left out.
QList<CgroupMount> cgroupMounts(QByteArrayView mountinfo);
/// The lines of /proc/PID/cgroup (cgroups(7)).
QList<CgroupEntry> cgroupEntries(QByteArrayView text);
CgroupMode cgroupMode(const QList<CgroupMount> &mounts);

/// Where the kernel counts for a process: a folder each for memory and CPU, the same one in version 2. An empty one
/// can't be seen from here.
struct CgroupFolders
{
    bool isUnified = false;
    QString memory;
    QString cpu;

    bool operator==(const CgroupFolders &) const = default;
};
CgroupFolders cgroupFolders(const QList<CgroupMount> &mounts, const QList<CgroupEntry> &entries);

/// What the kernel counts in a cgroup and all below it.
struct CgroupUsage
{
    std::optional<qint64> memoryBytes; ///< in use, without file cache that can be dropped at once
    std::optional<std::chrono::microseconds> cpu;
    std::optional<qint64> limitBytes; ///< the least one set on it or above it, as far as that can be seen

    bool operator==(const CgroupUsage &) const = default;
};

/// The texts of a cgroup's files, as read; an empty one could not be.
struct CgroupFiles
{
    QByteArray usage; ///< memory.current; memory.usage_in_bytes
    QByteArray stat;  ///< memory.stat
    QByteArray limit; ///< memory.max; memory.limit_in_bytes
    QByteArray cpu;   ///< cpu.stat; cpuacct.usage
};
CgroupUsage cgroupUsage(const CgroupFiles &files, bool isUnified);
CgroupUsage readCgroupUsage(const CgroupFolders &folders);

} // namespace kernelyard
