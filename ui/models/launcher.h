// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builds.h"
#include "core/build/planner.h"

#include <QObject>

#include <functional>

namespace kernelyard {

/// Starts builds: plans on the calling thread (planning is pure), launches the detached runner on a worker.
class Launcher : public QObject
{
    Q_OBJECT

public:
    using Launch = std::function<Result<BuildId>(const Plan &)>; ///< blocks; runs on a worker

    Launcher(const Paths &paths, const PlanFacts &facts, Launch launch, QObject *parent = nullptr);

    /// The plan that start would launch, for a dry run.
    Result<Plan> plan(const Environment &environment, const Engine &engine, const PlanRequest &request) const;
    /// The commands of a plan as they would run, in order, those inside our own tasks included.
    QList<Command> commands(const Environment &environment, const Plan &plan) const;
    void start(const Environment &environment, const Engine &engine, const PlanRequest &request);
    bool isStarting(const QString &environment) const { return m_starting.contains(environment); }

Q_SIGNALS:
    void starting(const QString &environment);
    void launched(const QString &environment, kernelyard::BuildId id);
    void refused(const QString &environment, const kernelyard::Error &error);

private:
    Paths m_paths;
    PlanFacts m_facts;
    Launch m_launch;
    QStringList m_starting;
};

} // namespace kernelyard
