// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/builds.h"
#include "core/build/planner.h"

#include <QFuture>
#include <QObject>

#include <functional>

namespace kernelyard {

/// How builds are planned and started; all block and run on a worker thread. Tests put their own in.
struct LauncherSources
{
    std::function<Result<Plan>(const Environment &, const Engine &, const PlanRequest &)> plan;
    /// The commands of a plan as they would run, in order, those that our own tasks run included.
    std::function<Result<QList<Command>>(const Environment &, const Plan &)> commands;
    std::function<Result<BuildId>(const Plan &)> launch;

    static LauncherSources real(const Paths &paths);
};

/// Starts builds, one at a time for each environment.
class Launcher : public QObject
{
    Q_OBJECT

public:
    explicit Launcher(LauncherSources sources, QObject *parent = nullptr);

    /// A dry run.
    QFuture<Result<QList<Command>>> commands(const Environment &environment, const Engine &engine,
                                             const PlanRequest &request) const;
    void start(const Environment &environment, const Engine &engine, const PlanRequest &request);
    /// What \a plan makes on a worker thread, for \a environment.
    void start(const QString &environment, const std::function<Result<Plan>()> &plan);
    bool isStarting(const QString &environment) const { return m_starting.contains(environment); }

Q_SIGNALS:
    void starting(const QString &environment);
    void launched(const QString &environment, kernelyard::BuildId id);
    void refused(const QString &environment, const kernelyard::Error &error);

private:
    LauncherSources m_sources;
    QStringList m_starting;
};

} // namespace kernelyard
