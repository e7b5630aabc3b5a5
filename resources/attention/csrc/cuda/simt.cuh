// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Forward attention without tensor cores: any element type, any compute capability. One warp takes one query row; a
// tile of keys, then of values, lies in shared memory. A lane first owns one key's score, later every 32nd dimension of
// the output.

#include "element.cuh"
#include "launch.h"

namespace kya::cuda {

inline constexpr int warpSize32 = 32;
inline constexpr int simtRows = 4; // one warp each
inline constexpr int simtKeys = warpSize32;
inline constexpr int simtMaxDim = 256;

/** Rows [first, first + simtKeys) of a key or value head as float32; rows past the end become 0. */
template <class Element>
__device__ inline void loadTile(const Problem &problem, const Tensor &tensor, int64_t batch, int64_t kvHead,
                                int64_t first, float (*tile)[simtMaxDim + 1])
{
    const int dim = static_cast<int>(problem.headDim);
    for (int i = threadIdx.x; i < simtKeys * dim; i += simtRows * warpSize32) {
        const int key = i / dim;
        const bool inside = first + key < problem.keys;
        tile[key][i % dim] = inside ? toFloat(rowOf<Element>(tensor, batch, first + key, kvHead)[i % dim]) : 0.0F;
    }
}

template <class Element>
__device__ inline void simtBlock(const Problem &problem)
{
    __shared__ float tile[simtKeys][simtMaxDim + 1]; // the odd stride keeps lanes in different banks
    __shared__ float queries[simtRows][simtMaxDim];
    const int lane = threadIdx.x % warpSize32;
    const int warp = threadIdx.x / warpSize32;
    const int dim = static_cast<int>(problem.headDim);
    const BlockPosition at = blockPosition(problem, blockIdx.x, gridDim.x, simtRows);
    const int64_t kvHead = problem.kvHead(at.head);
    const int64_t row = at.firstRow + warp;
    const bool present = row < problem.queries; // absent rows still help to load tiles
    const float scale = problem.scale * log2OfE;
    for (int d = lane; d < dim; d += warpSize32)
        queries[warp][d] = present ? toFloat(rowOf<Element>(problem.q, at.batch, row, at.head)[d]) * scale : 0.0F;

    const int64_t lastRow = min(at.firstRow + simtRows, problem.queries) - 1;
    const int64_t end = min(problem.visibleKeys(lastRow), problem.keys);
    float maximum = -INFINITY;
    float sum = 0;
    float out[simtMaxDim / warpSize32] = {};
    for (int64_t first = 0; first < end; first += simtKeys) {
        __syncthreads();
        loadTile<Element>(problem, problem.k, at.batch, kvHead, first, tile);
        __syncthreads();
        float score = 0;
        for (int d = 0; d < dim; ++d)
            score += queries[warp][d] * tile[lane][d];
        if (first + lane >= min(problem.visibleKeys(row), problem.keys))
            score = -INFINITY;
        float highest = fmaxf(maximum, score);
        for (int step = warpSize32 / 2; step > 0; step /= 2)
            highest = fmaxf(highest, __shfl_xor_sync(allLanes, highest, step));
        const float shift = shiftFor(highest);
        const float numerator = exp2f(score - shift);
        const float correction = exp2f(maximum - shift);
        float added = numerator;
        for (int step = warpSize32 / 2; step > 0; step /= 2)
            added += __shfl_xor_sync(allLanes, added, step);
        maximum = highest;
        sum = sum * correction + added;

        __syncthreads();
        loadTile<Element>(problem, problem.v, at.batch, kvHead, first, tile);
        __syncthreads();
        for (float &value : out)
            value *= correction;
        for (int key = 0; key < simtKeys; ++key) {
            const float weight = __shfl_sync(allLanes, numerator, key);
            for (int i = 0; i < simtMaxDim / warpSize32; ++i) {
                if (lane + i * warpSize32 < dim)
                    out[i] += weight * tile[key][lane + i * warpSize32];
            }
        }
    }
    if (!present)
        return;
    Element *to = rowOf<Element>(problem.out, at.batch, row, at.head);
    const float factor = sum == 0 ? 0.0F : 1.0F / sum; // exactly 0: no key was visible
    for (int i = 0; i < simtMaxDim / warpSize32; ++i) {
        if (lane + i * warpSize32 < dim)
            to[lane + i * warpSize32] = fromFloat<Element>(out[i] * factor);
    }
}

template <class Element>
__global__ void __launch_bounds__(simtRows *warpSize32) simtForward(const Problem problem)
{
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    if constexpr (sizeof(Element) == sizeof(float)) // 16-bit types take the tensor cores there
#endif
        simtBlock<Element>(problem);
}

#ifdef __CUDACC__
template <class Element>
cudaError_t launchSimt(const Problem &problem, cudaStream_t stream)
{
    const auto blocks = static_cast<unsigned>(blockCount(problem, simtRows));
    simtForward<Element><<<blocks, simtRows * warpSize32, 0, stream>>>(problem);
    return cudaGetLastError();
}
#endif

} // namespace kya::cuda
