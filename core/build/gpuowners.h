// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/base/paths.h"
#include "core/build/plan.h"
#include "core/gpu/gpu.h"

#include <QHash>

namespace kernelyard {

/// Whose a process on a GPU is.
struct GpuOwner
{
    QString container; ///< its name, or the start of its id; empty: it runs on the host
    std::optional<BuildId> build;
    bool validation = false; ///< the build's validation task
    QString environment;
};

/// Maps processes on GPUs to containers and to the builds that run them. A value, read at one moment.
class GpuOwners
{
public:
    GpuOwners() = default;
    /// \a names: container id → name. \a builds: the plans of those that run.
    GpuOwners(QHash<QString, QString> names, const QList<std::pair<BuildId, Plan>> &builds);

    /// Asks every usable engine for its containers and reads the plans of the builds that run; blocks, so call it on a
    /// worker thread. Other users' containers have no name then.
    static GpuOwners read(const QList<Engine> &engines, const Paths &paths);

    GpuOwner of(const GpuProcess &process) const;
    /// Whether a container of \a reading is not known here: time to read again.
    bool lacksAny(const GpuReading &reading) const;

private:
    struct Task
    {
        BuildId build;
        bool validation = false;
        QString environment;
    };

    QHash<QString, QString> m_names;
    QHash<QString, Task> m_tasks; ///< by the container's name
};

} // namespace kernelyard
