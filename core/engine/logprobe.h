// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/engine/engine.h"

namespace kernelyard {

/// What a builder keeps of the output of one step, measured with a step that writes as fast as it can.
struct LogCapacity
{
    qint64 writtenBytes = 0;
    qint64 keptBytes = 0;

    bool keepsAll() const { return writtenBytes > 0 && keptBytes >= writtenBytes; }
    bool operator==(const LogCapacity &) const = default;
};

/// Builds one step from nothing (no base image, no network), which writes 4 MiB, and counts what arrives. Leaves a
/// cache entry of 4 kB in the builder and nothing else. Blocks for about 2 s, at most 1 min. Errors: Unsupported (no
/// builder to ask, or one for another processor), and those of running the client.
Result<LogCapacity> probeLogCapacity(const Engine &engine);

/// What was measured of this builder in this version, kept in \a cacheFolder.
std::optional<LogCapacity> knownLogCapacity(const Engine &engine, const QString &cacheFolder);
Result<void> rememberLogCapacity(const Engine &engine, const LogCapacity &capacity, const QString &cacheFolder);

/// Replaces what is supposed of the builder's limits by what was measured.
void applyLogCapacity(Engine &engine, const LogCapacity &capacity);

/// Measures a builder that was never measured, once, and remembers it. True where something new is known. For before
/// a build: failures are logged, not told.
bool ensureLogCapacity(Engine &engine, const QString &cacheFolder);

/// The program that the step runs: a static ELF executable of this machine's architecture that writes \a lines lines
/// of 64 bytes to its standard output. Empty for an architecture that isn't known here.
QByteArray floodProgram(quint32 lines);

} // namespace kernelyard
