// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"
#include "core/engine/hostfacts.h"

namespace kernelyard::problem {

// Every known condition with its words and its remedy on this machine. `detail` is the engine's own text.

EngineProblem notInstalled(EngineKind kind, const HostFacts &facts);
/// \a installed: the daemon's program is here, it only doesn't run. \a userUnit: it is the user's own, rootless one.
EngineProblem daemonNotRunning(const QString &address, bool installed, bool userUnit, const HostFacts &facts,
                               const QString &detail);
EngineProblem socketPermission(const QString &address, const HostFacts &facts);
EngineProblem subuidMissing(const HostFacts &facts);
EngineProblem hybridCgroupsCrun(bool hasRunc, const HostFacts &facts);
EngineProblem runtimeMissing(const QString &wanted, const HostFacts &facts);
EngineProblem rlimitsTooHigh(const HostFacts &facts);
EngineProblem noBuildx(const QString &version); ///< empty: none at all
/// \a keptBytes of \a writtenBytes: as it was measured; without them it is what such daemons do.
EngineProblem logsClipped(qint64 keptBytes = 0, qint64 writtenBytes = 0);
EngineProblem builderIsolated(const QString &builder);
EngineProblem timedOut(const QString &command, const QString &detail);
/// What gives containers the GPU: installs NVIDIA's container toolkit, or where its nvidia-ctk is there lets that
/// describe the GPUs to the engine, and Docker's daemon begin anew. None where the package manager is not known.
std::optional<Command> gpuToolkit(const Engine &engine, const HostFacts &facts);
EngineProblem other(const QString &command, const QString &detail);

} // namespace kernelyard::problem
