// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <chrono>
#include <optional>
#include <variant>

namespace kernelyard {

/// A step's name within one command: a BuildKit vertex digest, "2/7" of Podman, "" for a command without steps.
using StepKey = QString;

/// Time since the build started, as the runner's monotonic clock had it when the bytes arrived, or as the engine
/// reports it where it does.
using BuildTime = std::chrono::microseconds;

// What an engine's output says happened, in the engine's order.
struct StepDeclared
{
    StepKey key;
    QString name;
    QStringList inputs;
}; ///< known, not yet started
struct StepStarted
{
    StepKey key;
    BuildTime at;
};
struct StepCached
{
    StepKey key;
};
struct StepOutput
{
    StepKey key;
    bool isError = false;
    QByteArray bytes;
    BuildTime at;
}; ///< whole lines or parts of one
struct StepProgress
{
    StepKey key;
    QString what;
    qint64 done = 0;
    qint64 total = 0;
}; ///< bytes or units; total 0: unknown
struct StepEnded
{
    StepKey key;
    BuildTime at;
    QString error;
}; ///< error empty: done
struct StreamNote
{
    QString text;
}; ///< clipped output, a broken status stream

using EngineEvent =
    std::variant<StepDeclared, StepStarted, StepCached, StepOutput, StepProgress, StepEnded, StreamNote>;

} // namespace kernelyard
