// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/cgroup.h"
#include "core/engine/event.h"
#include "core/engine/outputparser.h"

#include <QByteArray>
#include <QDateTime>

#include <optional>
#include <variant>

namespace kernelyard {

enum class Outcome { Done, Failed, Cancelled };

// The raw facts of a build, in the order in which they happened. Times are microseconds of the monotonic clock since
// Opened; the wall clock is stored once, so that a jump of it harms nothing.
struct Opened
{
    QDateTime at;
    qint64 runnerPid = 0;
    QString programVersion;
};
struct TaskStarted
{
    int task = 0;
    qint64 pid = 0;
};
struct Output
{
    int task = 0;
    Stream stream = Stream::Out;
    QByteArray bytes;
};
struct Sample
{
    qint64 memoryBytes = 0;
    std::chrono::microseconds cpu{0};
};
/// What the samples that follow count. None come while it is Nothing: unknown is not nought.
struct SampledFrom
{
    enum class What : quint8 {
        Nothing,    ///< the engine's work can't be seen from here
        Processes,  ///< resident memory of the engine's processes: what several share counts for each
        Containers, ///< the cgroups of the build's own containers, and the engine's processes beside them
        Daemon,     ///< the cgroups of all containers that the Docker daemons here started since the task began
    };
    What what = What::Nothing;
    CgroupMode mode = CgroupMode::None;
    qint64 limitBytes = 0; ///< of memory, the least one in force; 0: none is known

    bool operator==(const SampledFrom &) const = default;
};
struct TaskExited
{
    int task = 0;
    int exitCode = 0;
};
struct CancelAsked
{};
/// The engine of the running task stands still from here on; or, between two tasks, the next one is not started.
struct Paused
{};
struct Resumed
{};
struct Closed
{
    Outcome outcome = Outcome::Done;
    QString reason;
};

struct Record
{
    BuildTime at{0};
    std::variant<Opened, TaskStarted, Output, Sample, TaskExited, CancelAsked, Closed, Paused, Resumed, SampledFrom>
        fact;
};

} // namespace kernelyard
