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
    start(environment.name,
          [plan = m_sources.plan, environment, engine, request] { return plan(environment, engine, request); });
}

void Launcher::start(const QString &environment, const std::function<Result<Plan>()> &plan)
{
    if (m_starting.contains(environment))
        return;
    m_starting.append(environment);
    Q_EMIT starting(environment);
    whenDone(QtConcurrent::run([launch = m_sources.launch, plan]() -> Result<BuildId> {
                 const Result<Plan> made = plan();
                 return made ? launch(*made) : Result<BuildId>(Failure(made.error()));
             }),
             this, [this, environment](const Result<BuildId> &id) {
                 m_starting.removeOne(environment);
                 if (id)
                     Q_EMIT launched(environment, *id);
                 else
                     Q_EMIT refused(environment, id.error());
             });
}

} // namespace kernelyard
