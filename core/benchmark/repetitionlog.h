// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/benchmark/benchmark.h"

namespace kernelyard {

/// The log of one repetition for people: who, when, each command as it was run, every line of its output, each with the
/// seconds since the start, and at the end what it took. \a prepared are the untimed commands before it.
QByteArray repetitionLog(const Benchmark &benchmark, const Repetition &repetition, const BuildState &state,
                         const QStringList &prepared);

} // namespace kernelyard
