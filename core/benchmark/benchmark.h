// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/base/paths.h"
#include "core/base/result.h"
#include "core/benchmark/timing.h"
#include "core/environment/choices.h"

#include <QDateTime>

namespace kernelyard {

/// What was asked for.
struct BenchmarkSpec
{
    QString environment;
    QString engine; ///< Engine::id()
    ChosenValues choices;
    int repetitions = 5;
    QList<Scenario> scenarios; ///< each once, in order
    QString registry;          ///< host[:port][/path]; empty: one of our own on loopback
    bool quick = false;        ///< a validation on a few shapes only

    bool operator==(const BenchmarkSpec &) const = default;
};

/// One run of one scenario.
struct Repetition
{
    Scenario scenario = Scenario::Baseline;
    int round = 1;
    BuildId build;
    QDateTime started;
    Timing timing;
    QString failure; ///< empty: it ended validated, and compiled what it should

    bool operator==(const Repetition &) const = default;
};

/// All repetitions of one benchmark, as far as they are done. A value; on disk the file benchmark.json of its folder,
/// written anew after each repetition, so that one that was cut off goes on.
struct Benchmark
{
    int number = 0; ///< on this machine, from 1 on
    BenchmarkSpec spec;
    QDateTime started;
    QString engine;                    ///< Engine::display()
    QString commit;                    ///< of the fork's checkout that was validated
    QString registry;                  ///< where it was last: of our own the port differs each time
    bool pushed = false;               ///< the images lie there
    QList<Repetition> repetitions;     ///< in the order in which they ended
    std::optional<Repetition> current; ///< the one in work, or that was when it was cut off
    QString failure;                   ///< why the last try stopped early, and the remedy; empty: it did not
    BuildId build;                     ///< in work, timed or not; it outlives a benchmark that is killed

    QString name() const; ///< "bench-031"
    const Repetition *find(Scenario scenario, int round) const;
    /// What is still to be done, in order: each round runs its scenarios A, C, B, so that C has the images of A and B
    /// may remove them.
    QList<std::pair<Scenario, int>> remaining() const;
    bool isComplete() const { return remaining().isEmpty(); }

    QByteArray toJson() const;
    /// Errors: Invalid (\a file and what was expected).
    static Result<Benchmark> fromJson(const QByteArray &json, const QString &file);

    bool operator==(const Benchmark &) const = default;
};

/// The files of one benchmark.
struct BenchmarkFolder
{
    QString path; ///< benchmarks/0031

    BenchmarkFolder(const Paths &paths, int number);

    QString file() const { return path % u"/benchmark.json"; }
    QString lock() const { return path % u"/lock"; } ///< held while it runs; the pid inside
    QString dockerfiles() const { return path % u"/dockerfiles"; }
    QString data() const { return path % u"/data"; } ///< its checkouts: the user's are never touched
    QString registry() const { return path % u"/registry"; }
    QString log(Scenario scenario, int round) const;
};

/// Makes its folder and first file. Errors: NoSpace, Permission.
Result<Benchmark> createBenchmark(const Paths &paths, const BenchmarkSpec &spec);
/// Errors: NotFound, Invalid.
Result<Benchmark> readBenchmark(const Paths &paths, int number);
/// Errors: NoSpace, Permission, Failed.
Result<void> writeBenchmark(const Paths &paths, const Benchmark &benchmark);
/// Newest first; those that can't be read are left out.
QList<Benchmark> listBenchmarks(const Paths &paths);
/// Whether a process works on it.
bool isRunning(const Paths &paths, const Benchmark &benchmark);
/// Asks the process that works on it to end; the build in work is cancelled, what is done is kept. Returns at once.
/// Errors: Conflict (none works on it), Permission.
Result<void> stopBenchmark(const Paths &paths, const Benchmark &benchmark);

/// Why \a timing is none of \a scenario: A must compile in one task, no unit twice; B and C must compile nothing.
/// Empty: it is one.
QString compileFault(Scenario scenario, const Timing &timing);

} // namespace kernelyard
