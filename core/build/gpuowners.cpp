// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/gpuowners.h"

#include "core/build/buildfolder.h"
#include "core/build/builds.h"
#include "core/engine/argv.h"
#include "core/process/run.h"

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

GpuOwners::GpuOwners(QHash<QString, QString> names, const QList<std::pair<BuildId, Plan>> &builds)
    : m_names(std::move(names))
{
    for (const auto &[id, plan] : builds)
        for (const kernelyard::Task &task : plan.tasks)
            for (const QString &container : task.containers)
                m_tasks.insert(container, {id, task.kind == TaskKind::Validation, plan.environment});
}

GpuOwners GpuOwners::read(const QList<Engine> &engines, const Paths &paths)
{
    QHash<QString, QString> names;
    for (const Engine &engine : engines) {
        if (!engine.isUsable())
            continue;
        const Result<Completed> done = run(listRunningContainers(engine), 5s);
        if (!done || done->exitCode != 0)
            continue;
        for (const QString &line : QString::fromUtf8(done->out).split(u'\n', Qt::SkipEmptyParts))
            names.insert(line.section(u'\t', 0, 0), line.section(u'\t', 1, 1).section(u',', 0, 0));
    }
    QList<std::pair<BuildId, Plan>> running;
    if (const Result<QList<BuildSummary>> builds = listBuilds(paths))
        for (const BuildSummary &build : *builds) {
            if (build.status != BuildStatus::Running)
                continue;
            if (Result<Plan> plan = Plan::read(BuildFolder::of(paths, build.id).plan()))
                running.append({build.id, std::move(*plan)});
        }
    return {std::move(names), running};
}

GpuOwner GpuOwners::of(const GpuProcess &process) const
{
    GpuOwner owner;
    if (process.containerId.isEmpty())
        return owner;
    owner.container = m_names.value(process.containerId, process.containerId.left(12));
    if (const auto task = m_tasks.constFind(owner.container); task != m_tasks.cend()) {
        owner.build = task->build;
        owner.validation = task->validation;
        owner.environment = task->environment;
    }
    return owner;
}

bool GpuOwners::lacksAny(const GpuReading &reading) const
{
    for (const GpuStatus &gpu : reading.gpus)
        for (const GpuProcess &process : gpu.processes.value_or(QList<GpuProcess>()))
            if (!process.containerId.isEmpty() && !m_names.contains(process.containerId))
                return true;
    return false;
}

} // namespace kernelyard
