// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <chrono>
#include <optional>
#include <variant>

namespace kernelyard {

/// A step's name within one command: a BuildKit vertex digest, "2/7" of Podman and the classic builder ("1/4 2/7" in
/// the first of four stages), "commit" or "1/4 commit". "" is the command itself: the only step of a plain one, and
/// the place of output that belongs to no step; it is never declared.
using StepKey = QString;

/// Time since the build started, as the runner's monotonic clock had it when the bytes arrived, or as the engine
/// reports it where it does.
using BuildTime = std::chrono::microseconds;

// What an engine's output says happened, in the engine's order.

/// Known, not yet started. Comes before anything else of the step; again when its name or inputs become known later.
struct StepDeclared
{
    StepKey key;
    QString name;
    QStringList inputs; ///< keys

    bool operator==(const StepDeclared &) const = default;
};

/// BuildKit starts some steps again after they ended (a base image is first resolved, then fetched).
struct StepStarted
{
    StepKey key;
    BuildTime at;

    bool operator==(const StepStarted &) const = default;
};

struct StepCached
{
    StepKey key;

    bool operator==(const StepCached &) const = default;
};

/// A line with its end, or a part of one: parts end after a lone carriage return and after 64 KiB. One record of
/// BuildKit may hold many lines. Bytes are as the tool wrote them, in no known encoding.
struct StepOutput
{
    StepKey key;
    bool isError = false;
    QByteArray bytes;
    BuildTime at;

    bool operator==(const StepOutput &) const = default;
};

/// Bytes or units; total 0: unknown.
struct StepProgress
{
    StepKey key;
    QString what;
    qint64 done = 0;
    qint64 total = 0;

    bool operator==(const StepProgress &) const = default;
};

struct StepEnded
{
    StepKey key;
    BuildTime at;
    QString error; ///< empty: done

    bool operator==(const StepEnded &) const = default;
};

/// Something is wrong with the stream itself.
struct StreamNote
{
    enum class Kind {
        Clipped,    ///< the builder dropped output of a step
        Broken,     ///< the status stream broke off; the exit status doesn't mean that anybody cancelled
        Unfinished, ///< status 0 without a result: Podman ends so on SIGTERM
    };
    QString text;
    Kind kind = Kind::Clipped;

    bool operator==(const StreamNote &) const = default;
};

using EngineEvent =
    std::variant<StepDeclared, StepStarted, StepCached, StepOutput, StepProgress, StepEnded, StreamNote>;

} // namespace kernelyard
