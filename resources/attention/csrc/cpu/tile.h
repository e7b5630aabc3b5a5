// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "../problem.h"

namespace kya {

inline constexpr int queryTile = 64; // query rows of one task
inline constexpr int keyTile = 64;   // keys taken into the working set at a time
inline constexpr int maxHeadDim = 256;
inline constexpr int columnStep = 32; // head dimensions are padded to this in the working set

/** Floats of working memory that one task needs: q, out, scores, keys (transposed), values, maximum, sum. */
inline constexpr int64_t scratchFloats =
    2 * queryTile * maxHeadDim + queryTile * keyTile + 2 * keyTile * maxHeadDim + 2 * queryTile;

/** Computes rows [firstRow, firstRow + queryTile) of one head. `scratch` is 64-byte aligned, scratchFloats long. */
using TileFunction = void (*)(const Problem &, int64_t batch, int64_t head, int64_t firstRow, float *scratch);

struct CpuKernels
{
    const char *instructionSet;
    TileFunction float32, float16, bfloat16;
};

/** The kernels for this machine. KERNELYARD_ATTENTION_ISA (baseline, v3, v4) asks for a lower set; for tests. */
const CpuKernels &cpuKernels();

} // namespace kya
