// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule.h"

#include <omp.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace kya {

int maxThreads()
{
    return omp_get_max_threads();
}

bool runTiles(const Problem &problem, TileFunction tile, int threads)
{
    const int64_t tiles = (problem.queries + queryTile - 1) / queryTile;
    const int64_t tasks = problem.batch * problem.heads * tiles;
    const int wanted = threads > 0 ? threads : maxThreads();
    const int team = static_cast<int>(std::min<int64_t>(wanted, tasks));
    constexpr size_t bytes = (scratchFloats * sizeof(float) + 63) / 64 * 64;
    const std::unique_ptr<float, decltype(&std::free)> scratch(
        static_cast<float *>(std::aligned_alloc(64, bytes * static_cast<size_t>(team))), &std::free);
    if (!scratch)
        return false;

        // The last tiles see the most keys when causal: handing them out first keeps the team busy to the end.
#pragma omp parallel for schedule(dynamic, 1) num_threads(team)
    for (int64_t task = 0; task < tasks; ++task) {
        const int64_t reversed = tasks - 1 - task;
        const int64_t group = reversed % (problem.batch * problem.heads);
        const int64_t firstRow = reversed / (problem.batch * problem.heads) * queryTile;
        tile(problem, group / problem.heads, group % problem.heads, firstRow,
             scratch.get() + static_cast<size_t>(omp_get_thread_num()) * (bytes / sizeof(float)));
    }
    return true;
}

} // namespace kya
