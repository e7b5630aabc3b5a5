// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/detect.h"
#include "core/gpu/gpu.h"
#include "ui/widgets/theme.h"

#include <QObject>

#include <functional>

namespace kernelyard {

/// What every program may know of this computer.
struct HostResources
{
    int cores = 0;
    qint64 memoryBytes = 0;
    qint64 freeDiskBytes = 0; ///< on the file system of the builds
    QString diskPath;
};

/// How the machine is asked; each runs on a worker thread. Tests put their own in.
struct MachineProbes
{
    std::function<QFuture<QList<Engine>>()> engines;
    std::function<QFuture<Result<QList<GpuStatus>>>()> gpus; ///< may be missing: then they are told by setGpus
    std::function<QFuture<HostResources>()> host;

    static MachineProbes real(const QString &buildsFolder);
};

/// Engines, GPUs and disk of this machine as last seen. Asks nothing before check(); what has not answered yet is
/// absent, and stays as it was while it is asked again.
class Machine : public QObject
{
    Q_OBJECT

public:
    explicit Machine(MachineProbes probes, QObject *parent = nullptr);

    void check();
    /// What the GPU monitor read: the driver's fault as an error, unless it is just that there is no GPU.
    void setGpus(const GpuReading &reading);
    bool isChecking() const { return m_pending > 0; }

    const std::optional<QList<Engine>> &engines() const { return m_engines; }
    const std::optional<Result<QList<GpuStatus>>> &gpus() const { return m_gpus; }
    /// The driver's state where gpus() is an error that setGpus told; else Healthy.
    const GpuFault &gpuFault() const { return m_gpuFault; }
    const std::optional<HostResources> &host() const { return m_host; }

    /// By id, empty for the first that works. An error, too, while the engines have not answered.
    Result<Engine> engine(const QString &id) const;

Q_SIGNALS:
    void enginesChanged();
    void gpusChanged();
    void hostChanged();
    void checkingChanged();

private:
    void answered();

    MachineProbes m_probes;
    std::optional<QList<Engine>> m_engines;
    std::optional<Result<QList<GpuStatus>>> m_gpus;
    GpuFault m_gpuFault;
    std::optional<HostResources> m_host;
    int m_pending = 0;
};

// How the window speaks of an engine.
State stateOf(const Engine &engine);
QString nameOf(const Engine &engine);   ///< "Podman 4.3.1"
QString modeOf(const Engine &engine);   ///< "rootless", "buildx"; the fault in two words where it is not usable
QString remedyOf(const Engine &engine); ///< each problem: cause, remedy and command, one a line; empty: none

QString diskText(qint64 bytes);   ///< decimal: "412 GB", "41 MB"
QString memoryText(qint64 bytes); ///< binary: "125 GiB"

} // namespace kernelyard
