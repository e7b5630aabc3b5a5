// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/processtree.h"
#include "core/gpu/gpumonitor.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <algorithm>

namespace kernelyard {

/// The living `kernelyardctl gpu-helper` processes that \a parent started itself.
inline QList<ProcessEntry> gpuHelpersOf(pid_t parent)
{
    QList<ProcessEntry> found = allProcesses();
    found.removeIf([parent](const ProcessEntry &process) {
        QFile words(QStringLiteral("/proc/%1/cmdline").arg(process.pid));
        return process.parent != parent || process.isZombie || !words.open(QIODevice::ReadOnly) ||
               !words.readAll().split('\0').contains("gpu-helper");
    });
    return found;
}

/// Whether \a process still runs: a zombie does not, nor does another that has got its number.
inline bool isAlive(const ProcessEntry &process)
{
    return std::ranges::any_of(allProcesses(), [&process](const ProcessEntry &one) {
        return one.pid == process.pid && one.start == process.start && !one.isZombie;
    });
}

/// A scenario of the simulated NVML library (simulatednvml/README.md) and the helper that loads it.
class Scenario
{
public:
    explicit Scenario(const QByteArray &lines, int generation = 580)
        : m_generation(generation)
    {
        set(lines);
    }

    /// Replaces the scenario of a library that is loaded already: as a new file, never half of one.
    void set(const QByteArray &lines)
    {
        QFile file(m_folder.filePath(QStringLiteral("next")));
        if (!file.open(QIODevice::WriteOnly) || file.write(lines) != lines.size())
            qFatal("can't write a scenario");
        file.close();
        QFile::remove(path());
        file.rename(path());
    }

    QString path() const { return m_folder.filePath(QStringLiteral("scenario")); }
    QString folder() const { return m_folder.path(); }

    /// The helper, with /proc, /sys and /dev below folder()/root.
    Command helper(const QStringList &more = {}) const
    {
        return {QStringLiteral(KERNELYARD_CTL),
                QStringList{QStringLiteral("gpu-helper"), QStringLiteral("--root"),
                            m_folder.filePath(QStringLiteral("root"))} +
                    more,
                {},
                {{QStringLiteral("SIMULATED_NVML"), path()},
                 {QStringLiteral("KERNELYARD_NVML_LIBRARY"),
                  QStringLiteral(SIMULATED_NVML_FOLDER "/simulated-nvml-%1.so").arg(m_generation)}}};
    }
    GpuHelperSetup setup(const QStringList &more = {}) const
    {
        GpuHelperSetup setup;
        setup.command = helper(more);
        return setup;
    }

private:
    int m_generation;
    QTemporaryDir m_folder;
};

/// A file with its folders.
inline void write(const QString &path, const QByteArray &text)
{
    QDir().mkpath(path.section(QLatin1Char('/'), 0, -2));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("can't write %s", qPrintable(path));
}

/// A GPU as /sys below the scenario's root shows it, bound to \a driver where there is one.
inline void addKernelGpu(const Scenario &scenario, const QString &busId, const QString &driver = {},
                         const QByteArray &config = QByteArray("\xde\x10\x84\x26", 4))
{
    const QString root = scenario.folder() + QStringLiteral("/root");
    const QString folder = root + QStringLiteral("/sys/bus/pci/devices/") + busId;
    write(folder + QStringLiteral("/vendor"), "0x10de\n");
    write(folder + QStringLiteral("/class"), "0x030200\n");
    write(folder + QStringLiteral("/config"), config);
    if (!driver.isEmpty())
        QFile::link(QStringLiteral("/sys/bus/pci/drivers/") + driver, folder + QStringLiteral("/driver"));
}

inline GpuReading once(const Scenario &scenario, const QStringList &more = {})
{
    const Result<GpuReading> reading = readGpus(scenario.helper(more)).result();
    if (!reading)
        qFatal("%s", qPrintable(reading.error().message));
    return *reading;
}

} // namespace kernelyard
