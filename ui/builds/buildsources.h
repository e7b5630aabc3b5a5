// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/buildcomparison.h"
#include "core/build/buildfollower.h"
#include "core/build/cacheanswer.h"
#include "core/build/earlierbuilds.h"
#include "core/build/gpurecord.h"
#include "core/build/pinnedbuilds.h"
#include "core/build/steptrend.h"
#include "core/process/run.h"

#include <functional>

namespace kernelyard {

/// One build as the page hears of it; the signals of a BuildFollower.
class BuildFeed : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

Q_SIGNALS:
    void planRead(const kernelyard::Plan &plan);
    void logOpened(const kernelyard::LogArchive &log);
    void updated(const kernelyard::BuildUpdate &update);
    void ended(kernelyard::BuildStatus status);
    void failed(const kernelyard::Error &error);
};

/// Where the builds page gets its builds and what it does to them. Tests put their own in.
struct BuildSources
{
    std::function<BuildFeed *(BuildId, QObject *parent)> follow;
    std::function<Result<void>(BuildId)> cancel;           ///< runs on a worker
    std::function<Result<BuildId>(const Plan &)> launch;   ///< blocks; runs on a worker
    std::function<Result<Completed>(const Command &)> run; ///< a remedy's command to its end; blocks; runs on a worker
    std::function<QStringList()> gpuArchs;                 ///< compute capabilities of this machine's GPUs: "9.0"
    std::function<Result<void>(BuildId)> pause;            ///< these three run on a worker
    std::function<Result<void>(BuildId)> resume;
    std::function<Result<void>(BuildId, QueueMove)> move;
    std::function<QList<QueueEntry>()> queue;    ///< as last read, in its order
    std::function<QList<BuildSummary>()> builds; ///< as last read, newest first
    /// What estimates of a build are made from. Blocks; runs on a worker. May be empty.
    std::function<QList<EarlierBuild>(const QString &environment, BuildId before)> earlier;
    std::function<GpuRecord(BuildId)> gpuRecord; ///< blocks; runs on a worker; may be empty
    /// Why a step was not cached. Blocks; runs on a worker. May be empty.
    std::function<Result<CacheAnswer>(BuildId, int step)> why;
    std::function<Result<BuildComparison>(BuildId, BuildId)> compare;   ///< runs on a worker
    std::function<QList<StepTrend>(const QString &environment)> trends; ///< of all its steps; on a worker
    std::function<Result<void>(const QList<BuildId> &, Pin)> pin;       ///< runs on a worker
    std::function<void()> refresh;                                      ///< F5

    /// The journals below \a paths. \a store must outlive the page; \a ctl is kernelyardctl's path.
    static BuildSources real(const Paths &paths, BuildStore *store, const QString &ctl);
};

} // namespace kernelyard
