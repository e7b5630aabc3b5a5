// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

/** What a lane shows to the others of its warp in a collective instruction. */
struct LaneValues
{
    const void *address;
    float value;
    uint32_t left[4], right[2];
};

/** Shows `mine`, waits for the warp, and returns what all 32 lanes show; call releaseWarp() when done reading. */
const std::array<LaneValues, 32> &showWarp(const LaneValues &mine);
void releaseWarp();
unsigned laneNow();
