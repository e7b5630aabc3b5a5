// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/benchmark/benchmarkplan.h"
#include "core/benchmark/loopbackregistry.h"
#include "core/build/buildlock.h"
#include "core/build/builds.h"
#include "core/process/run.h"

#include <functional>

namespace kernelyard {

/// Does what remains of a benchmark, repetition by repetition, each as a build of its own with its journal. Between
/// them, untimed, it empties caches, removes images and checkouts, all of the benchmark's own. For the main thread of a
/// command-line program.
class BenchmarkRunner
{
public:
    struct Hooks
    {
        std::function<void(const QString &)> say;           ///< a sentence on what is done now
        std::function<Result<BuildStatus>(BuildId)> follow; ///< shows a build until it has ended
    };

    /// \a environment as the user has it, its choices not made.
    BenchmarkRunner(const Paths &paths, Benchmark benchmark, const Environment &environment, const Engine &engine,
                    const QString &ctl, Hooks hooks);
    ~BenchmarkRunner();

    /// Ends when all is done; what is done stays done. A repetition that fails is kept as failed, and the next one goes
    /// on. Errors: Conflict (another process works on it), Cancelled, Missing (no registry), those of the engine where
    /// nothing could be prepared.
    Result<void> run();
    const Benchmark &benchmark() const { return m_benchmark; }

private:
    Result<void> doRemaining();
    Result<void> prepareAll();
    Result<void> repeat(Scenario scenario, int round);
    Result<void> prepare(Scenario scenario);
    Result<void> ensureRegistry();
    Result<void> ensureImages();
    Result<void> ensurePushed();
    Result<void> removeImages();
    Result<void> emptyCaches();
    Result<void> removeCheckout();
    Result<void> endLeftBuild();
    Result<BuildId> begin(const Plan &plan);
    Result<BuildStatus> finish(BuildId id);
    Result<void> carryOut(const Result<Plan> &plan);
    Result<Completed> tool(const Command &command);
    Result<bool> has(const QString &image);
    Result<void> save();
    void writeReports();
    void tidyUp();

    Paths m_paths;
    Benchmark m_benchmark;
    BenchmarkFolder m_folder;
    Environment m_real;
    QString m_ctl;
    Hooks m_hooks;
    BenchmarkPlanner m_planner;
    QStringList m_mounts;
    QStringList m_prepared; ///< the commands since the last repetition
    std::optional<BuildLock> m_lock;
    std::unique_ptr<LoopbackRegistry> m_loopback;
    QString m_registry;
    QString m_registryBefore; ///< before this process
};

} // namespace kernelyard
