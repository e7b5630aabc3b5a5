// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/launcher.h"

#include "core/base/whendone.h"
#include "core/engine/logprobe.h"

#include <QtConcurrent>

namespace kernelyard {

LauncherSources LauncherSources::real(const Paths &paths)
{
    LauncherSources sources;
    sources.plan = [paths](const Environment &environment, const Engine &engine, const PlanRequest &request) {
        return makePlan(environment, engine, request, PlanFacts::ofThisMachine(environment, paths), paths);
    };
    sources.commands = [paths](const Environment &environment, const Plan &planned) -> Result<QList<Command>> {
        QList<Command> all;
        for (const Task &task : planned.tasks) {
            all.append(task.command);
            const Result<QList<Command>> inner = innerCommands(planned, task, environment, paths);
            if (!inner)
                return Failure(inner.error());
            all.append(*inner);
        }
        return all;
    };
    sources.launch = [paths](const Plan &planned) {
        Engine builder = planned.engine;
        ensureLogCapacity(builder, paths.cache); // once for each builder; what it finds stands with the engine
        return launchBuild(paths, planned, PlanFacts::ofThisMachine().ctl);
    };
    return sources;
}

Launcher::Launcher(LauncherSources sources, QObject *parent)
    : QObject(parent)
    , m_sources(std::move(sources))
{}

QFuture<Result<QList<Command>>> Launcher::commands(const Environment &environment, const Engine &engine,
                                                   const PlanRequest &request) const
{
    return QtConcurrent::run([sources = m_sources, environment, engine, request]() -> Result<QList<Command>> {
        const Result<Plan> plan = sources.plan(environment, engine, request);
        if (!plan)
            return Failure(plan.error());
        return sources.commands(environment, *plan);
    });
}

void Launcher::start(const Environment &environment, const Engine &engine, const PlanRequest &request)
{
    if (m_starting.contains(environment.name))
        return;
    m_starting.append(environment.name);
    Q_EMIT starting(environment.name);
    whenDone(QtConcurrent::run([sources = m_sources, environment, engine, request]() -> Result<BuildId> {
                 const Result<Plan> plan = sources.plan(environment, engine, request);
                 if (!plan)
                     return Failure(plan.error());
                 return sources.launch(*plan);
             }),
             this, [this, name = environment.name](const Result<BuildId> &id) {
                 m_starting.removeOne(name);
                 if (id)
                     Q_EMIT launched(name, *id);
                 else
                     Q_EMIT refused(name, id.error());
             });
}

} // namespace kernelyard
