// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Takes the place of csrc/cuda/mma.cuh: the same functions, spelt out from the register layouts of the PTX ISA.

#include "element.cuh"
#include "warp.h"

namespace kya::cuda {

inline void loadMatrices(uint32_t (&to)[4], const void *row)
{
    const auto &lanes = showWarp({row, 0, {}, {}});
    for (int i = 0; i < 4; ++i) { // lane reads row lane / 4, elements 2·(lane % 4) and the next
        const auto *elements = static_cast<const uint16_t *>(lanes[i * 8 + laneNow() / 4].address);
        to[i] = elements[laneNow() % 4 * 2] | uint32_t{elements[laneNow() % 4 * 2 + 1]} << 16;
    }
    releaseWarp();
}

inline void loadMatricesTransposed(uint32_t (&to)[4], const void *row)
{
    const auto &lanes = showWarp({row, 0, {}, {}});
    for (int i = 0; i < 4; ++i) { // lane reads column lane / 4, rows 2·(lane % 4) and the next
        const auto element = [&](unsigned which) {
            return uint32_t{static_cast<const uint16_t *>(lanes[i * 8 + which].address)[laneNow() / 4]};
        };
        to[i] = element(laneNow() % 4 * 2) | element(laneNow() % 4 * 2 + 1) << 16;
    }
    releaseWarp();
}

template <class Element>
float halfOf(uint32_t packed, int which)
{
    return toFloat(Element{static_cast<uint16_t>(packed >> (which * 16))});
}

template <class Element>
inline void multiplyAdd(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1, const Element *)
{
    const auto &lanes = showWarp({nullptr, 0, {a[0], a[1], a[2], a[3]}, {b0, b1}});
    for (int i = 0; i < 4; ++i) {
        const int row = static_cast<int>(laneNow()) / 4 + i / 2 * 8;
        const int column = static_cast<int>(laneNow()) % 4 * 2 + i % 2;
        for (int k = 0; k < 16; ++k) {
            const uint32_t left = lanes[row % 8 * 4 + k % 8 / 2].left[row / 8 + k / 8 * 2];
            const uint32_t right = lanes[column * 4 + k % 8 / 2].right[k / 8];
            c[i] += halfOf<Element>(left, k % 2) * halfOf<Element>(right, k % 2);
        }
    }
    releaseWarp();
}

} // namespace kya::cuda
