// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tile.h"

namespace kya {

/** Number of threads that a call with threads = 0 uses. */
int maxThreads();

/**
 * Runs `tile` for every (batch, head, query tile) on an OpenMP team. Each task is done by one thread from start to end,
 * so the result does not depend on the team's size. False when the working memory could not be had.
 */
bool runTiles(const Problem &problem, TileFunction tile, int threads);

} // namespace kya
