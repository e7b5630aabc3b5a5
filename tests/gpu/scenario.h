// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/gpumonitor.h"

#include <QFile>
#include <QTemporaryDir>

namespace kernelyard {

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

} // namespace kernelyard
