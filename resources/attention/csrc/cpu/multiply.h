// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lanes.h"

namespace kya {
namespace {

enum class Into { Fresh, Sum };

/** One block of C (blockRows × blockColumns), held in registers over the whole depth. */
template <Into into>
inline void multiplyBlock(const float *a, int64_t aStride, const float *b, int64_t bStride, float *c, int64_t cStride,
                          int64_t depth)
{
    Lanes sum[blockRows][blockVectors];
    for (int row = 0; row < blockRows; ++row)
        for (int vector = 0; vector < blockVectors; ++vector)
            sum[row][vector] = into == Into::Sum ? load(c + row * cStride + vector * laneCount) : Lanes{};
    for (int64_t k = 0; k < depth; ++k) {
        Lanes right[blockVectors];
        for (int vector = 0; vector < blockVectors; ++vector)
            right[vector] = load(b + k * bStride + vector * laneCount);
        for (int row = 0; row < blockRows; ++row) {
            const Lanes left = broadcast(a[row * aStride + k]);
            for (int vector = 0; vector < blockVectors; ++vector)
                sum[row][vector] += left * right[vector];
        }
    }
    for (int row = 0; row < blockRows; ++row)
        for (int vector = 0; vector < blockVectors; ++vector)
            store(c + row * cStride + vector * laneCount, sum[row][vector]);
}

/**
 * C = A·B, or C += A·B. Rows are rounded up to blockRows and columns to blockColumns: all three matrices must have room
 * for that, and what lies there must be finite.
 */
template <Into into>
inline void multiply(const float *a, int64_t aStride, const float *b, int64_t bStride, float *c, int64_t cStride,
                     int64_t rows, int64_t columns, int64_t depth)
{
    for (int64_t column = 0; column < columns; column += blockColumns)
        for (int64_t row = 0; row < rows; row += blockRows)
            multiplyBlock<into>(a + row * aStride, aStride, b + column, bStride, c + row * cStride + column, cStride,
                                depth);
}

} // namespace
} // namespace kya
