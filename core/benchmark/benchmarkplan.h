// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/benchmark/benchmark.h"
#include "core/build/planner.h"
#include "core/engine/argv.h"

namespace kernelyard {

/// A Dockerfile with each cache mount under an id of the benchmarks' own, so that what the user's builds have cached
/// neither helps nor is lost, and can be emptied. What else it says stays byte for byte.
QByteArray withOwnCaches(const QByteArray &dockerfile);
/// The ids of its cache mounts (where none is given, the target is the id), each once.
QStringList cacheMounts(const QByteArray &dockerfile);
/// A Dockerfile on \a base whose build leaves each of \a mounts empty.
QByteArray emptyingDockerfile(const QString &base, const QStringList &mounts);

/// \a environment under a name of its own ("starter-bench": images of its own) with its Dockerfiles copied into
/// \a folder by withOwnCaches. \a mounts gets the ids of their caches. Writes files. Errors: Permission, NoSpace,
/// NotFound (a Dockerfile).
Result<Environment> benchmarkEnvironment(const Environment &environment, const QString &folder, QStringList &mounts);

/// What the plans of a benchmark are made from.
struct BenchmarkPlanner
{
    Environment environment; ///< of benchmarkEnvironment
    QString realName;        ///< of the user's environment: base and fork tasks name it
    Engine engine;
    BenchmarkSpec spec;
    PlanFacts facts;
    Paths paths; ///< with `data` in the benchmark's folder

    /// The timed plan of \a scenario; its validation is always there, its fork is made anew.
    /// A: everything without cached steps. B: every layer pulled from \a registry. C: everything, from the cache.
    Result<Plan> timed(Scenario scenario, const QString &registry) const;
    /// Builds the layers with whatever is cached: for B and C where A was not asked for.
    Result<Plan> layers() const;
    Result<Plan> push(const QString &registry) const;
    /// \a build alone, the image of an emptyingDockerfile. A build as those that are timed: where Podman keeps its
    /// cache mounts depends on the runner.
    Result<Plan> emptying(const ImageBuild &build) const;
    /// Every image that the plans leave, those named for \a registry included.
    QStringList images(const QString &registry) const;

private:
    Result<Plan> make(PlanRequest request) const;
};

/// What a benchmark as \a spec would time, in order, for a dry run: no file is written, no engine asked. Blocks while
/// the driver is asked. Errors: those of makePlan.
Result<QList<std::pair<Scenario, Plan>>> timedPlans(const Environment &environment, const Engine &engine,
                                                    const BenchmarkSpec &spec, const Paths &paths, const QString &ctl);

} // namespace kernelyard
