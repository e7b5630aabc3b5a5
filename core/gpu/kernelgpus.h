// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/gpu.h"

namespace kernelyard {

/// What /proc, /sys and /dev tell of NVIDIA's driver and GPUs without calling into it.
struct KernelGpus
{
    QString moduleVersion; ///< of the loaded kernel module; empty: none is loaded
    bool openModule = false;
    bool isWsl = false; ///< of version 2
    /// Without those of virtual machines; index in the order of their bus ids, as NVML has it. Of one that is Asleep
    /// nothing else is told.
    QList<GpuStatus> gpus;
    QStringList deviceNodes; ///< "nvidia0", "nvidiactl", "nvidia-uvm"
};

/// Whether what is asked may wake a GPU, or keep it from falling asleep.
enum class Waking { Allowed, Avoided };

/// \a root is "" for this machine.
KernelGpus readKernelGpus(const QString &root, Waking waking = Waking::Allowed);

/// Whether the GPU at \a busId is switched off while nothing has it open: both the kernel and the driver are set so
/// ("PCI-Express Runtime D3 (RTD3) Power Management", README of NVIDIA's driver).
bool fallsAsleep(const QString &busId, const QString &root);

/// The number of the device node /dev/nvidiaN of the GPU at \a busId; none where the driver does not tell it.
std::optional<int> minorOf(const QString &busId, const QString &root);

/// Whether \a gpu, which NVML does not list, should be listed: not where this container or job was not given it.
bool isExpected(const GpuStatus &gpu, const QString &root);

/// Whether the GPU at \a busId is gone from the bus, or answers there no more.
bool isOffTheBus(const QString &busId, const QString &root);

/// The version in /proc/driver/nvidia/version: "580.95.05"; empty where there is none.
QString moduleVersionOf(const QByteArray &text);

/// Whose a process is, by its /proc/PID/cgroup (cgroup(7)).
struct ContainerMark
{
    QString id;
    QString kind; ///< podman, docker, kubernetes, buildkit

    bool operator==(const ContainerMark &) const = default;
};
ContainerMark containerOf(const QByteArray &cgroup);

/// Fills name and container of each process from \a root/proc; what has ended meanwhile stays without.
void nameProcesses(GpuReading &reading, const QString &root);

/// A command line (NUL between words) as people know it: "python validate.py".
QString processName(const QByteArray &cmdline);

} // namespace kernelyard
