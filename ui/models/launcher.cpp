// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/launcher.h"

#include <QtConcurrent>

namespace kernelyard {

Launcher::Launcher(const Paths &paths, const PlanFacts &facts, Launch launch, QObject *parent)
    : QObject(parent)
    , m_paths(paths)
    , m_facts(facts)
    , m_launch(std::move(launch))
{}

Result<Plan> Launcher::plan(const Environment &environment, const Engine &engine, const PlanRequest &request) const
{
    return makePlan(environment, engine, request, m_facts, m_paths);
}

QList<Command> Launcher::commands(const Environment &environment, const Plan &plan) const
{
    QList<Command> all;
    for (const Task &task : plan.tasks) {
        all.append(task.command);
        all.append(innerCommands(task, environment, plan.engine, m_paths));
    }
    return all;
}

void Launcher::start(const Environment &environment, const Engine &engine, const PlanRequest &request)
{
    if (m_starting.contains(environment.name))
        return;
    const Result<Plan> made = plan(environment, engine, request);
    if (!made) {
        Q_EMIT refused(environment.name, made.error());
        return;
    }
    m_starting.append(environment.name);
    Q_EMIT starting(environment.name);
    QtConcurrent::run(m_launch, *made).then(this, [this, name = environment.name](const Result<BuildId> &id) {
        m_starting.removeOne(name);
        if (id)
            Q_EMIT launched(name, *id);
        else
            Q_EMIT refused(name, id.error());
    });
}

} // namespace kernelyard
