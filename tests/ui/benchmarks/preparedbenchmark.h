// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/benchmark/benchmark.h"

namespace kernelyard::test {

/// Five rounds of `starter` in the proportions of a large package: A 1,604 s, B 206 s, C 46 s, a little apart in each
/// round. \a done: how many repetitions are done; -1: all.
Benchmark preparedBenchmark(const QDateTime &started, int done = -1);

} // namespace kernelyard::test
