// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Forward attention on tensor cores for 16-bit elements, compute capability 8.0 and later. A block takes 64 query rows, a warp 16
// of them. Scores, weights and the output stay in registers: the layout of mma's result is that of its left operand, so the
// weights of one product are fed to the next without leaving the thread.

#include "mma.cuh"
#include "simt.cuh"

namespace kya::cuda {

inline constexpr int tensorWarps = 4;
inline constexpr int tensorRows = 16 * tensorWarps;
inline constexpr int tensorThreads = 32 * tensorWarps;

/** Sizes of the kernel for head dimensions up to Dim (64, 128 or 256); smaller ones are padded with zeros. */
template <int Dim> struct TensorShape {
    static constexpr int keys = Dim <= 128 ? 64 : 32;
    static constexpr int stride = Dim + 8; // 16 bytes of padding: the 8 rows that ldmatrix reads fall in different banks
    static constexpr int sharedBytes = (tensorRows + 2 * keys) * stride * 2;
};

/** Copies `rows` rows from memory to shared memory; rows past `limit` and dimensions past headDim become 0. */
template <class Element, int Dim>
__device__ inline void copyRows(const Problem &problem, const Tensor &tensor, int64_t batch, int64_t head, int64_t first,
                                int rows, int64_t limit, Element *shared)
{
    constexpr int stride = TensorShape<Dim>::stride;
    const int dim = static_cast<int>(problem.headDim);
    const Element zero = fromFloat<Element>(0.0F);
    const bool wide = dim % 8 == 0 && tensor.rowStride % 8 == 0 && tensor.headStride % 8 == 0 && tensor.batchStride % 8 == 0;
    if (wide) {
        for (int i = threadIdx.x; i < rows * (Dim / 8); i += tensorThreads) {
            const int row = i / (Dim / 8), column = i % (Dim / 8) * 8;
            uint4 value = {0, 0, 0, 0};
            if (first + row < limit && column < dim)
                value = *reinterpret_cast<const uint4 *>(rowOf<Element>(tensor, batch, first + row, head) + column);
            *reinterpret_cast<uint4 *>(shared + row * stride + column) = value;
        }
        return;
    }
    for (int i = threadIdx.x; i < rows * Dim; i += tensorThreads) {
        const int row = i / Dim, column = i % Dim;
        const bool inside = first + row < limit && column < dim;
        shared[row * stride + column] = inside ? rowOf<Element>(tensor, batch, first + row, head)[column] : zero;
    }
}

/** scores = q·kᵀ of the warp's 16 rows with one tile of keys. */
template <class Element, int Dim>
__device__ inline void multiplyKeys(float (&scores)[TensorShape<Dim>::keys / 8][4], const Element *queries,
                                    const Element *keys, int lane)
{
    constexpr int stride = TensorShape<Dim>::stride;
    for (auto &block : scores)
        for (float &score : block)
            score = 0;
    for (int d = 0; d < Dim; d += 16) {
        uint32_t left[4];
        loadMatrices(left, queries + lane % 16 * stride + d + lane / 16 * 8);
#pragma unroll
        for (int block = 0; block < TensorShape<Dim>::keys / 8; ++block) {
            uint32_t right[2];
            loadMatrices(right, keys + (block * 8 + lane % 8) * stride + d + lane / 8 % 2 * 8);
            multiplyAdd(scores[block], left, right, static_cast<const Element *>(nullptr));
        }
    }
}

/** out += weights·v, the weights rounded to Element. */
template <class Element, int Dim>
__device__ inline void multiplyValues(float (&out)[Dim / 8][4], const float (&weights)[TensorShape<Dim>::keys / 8][4],
                                      const Element *values, int lane)
{
    constexpr int stride = TensorShape<Dim>::stride;
#pragma unroll
    for (int key = 0; key < TensorShape<Dim>::keys; key += 16) {
        uint32_t left[4];
#pragma unroll
        for (int part = 0; part < 4; ++part) {
            const float *pair = &weights[key / 8 + part / 2][part % 2 * 2];
            left[part] = packed(fromFloat<Element>(pair[0]), fromFloat<Element>(pair[1]));
        }
#pragma unroll
        for (int block = 0; block < Dim / 8; ++block) {
            uint32_t right[2];
            loadMatricesTransposed(right, values + (key + lane % 16) * stride + block * 8);
            multiplyAdd(out[block], left, right, static_cast<const Element *>(nullptr));
        }
    }
}

/** The two rows of which a thread holds parts: (lane / 4) and 8 below it. */
struct RowPair {
    float maximum[2] = {-INFINITY, -INFINITY};
    float sum[2] = {0, 0}; // this thread's columns only; the four threads of a row add theirs up at the end
};

/** Scores become weights; `out`, summed so far, is rescaled. Hidden keys are those from `visible[half]` of the tile on. */
template <int Blocks, int OutBlocks>
__device__ inline void softmaxTile(float (&scores)[Blocks][4], float (&out)[OutBlocks][4], RowPair &rows, float scale,
                                   const int64_t (&visible)[2], int pair)
{
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        float highest = rows.maximum[half];
#pragma unroll
        for (int block = 0; block < Blocks; ++block) {
#pragma unroll
            for (int i = 0; i < 2; ++i) {
                float &score = scores[block][half * 2 + i];
                score = block * 8 + pair * 2 + i < visible[half] ? score * scale : -INFINITY;
                highest = fmaxf(highest, score);
            }
        }
        highest = fmaxf(highest, __shfl_xor_sync(allLanes, highest, 1));
        highest = fmaxf(highest, __shfl_xor_sync(allLanes, highest, 2));
        const float shift = shiftFor(highest);
        const float correction = exp2f(rows.maximum[half] - shift);
        rows.maximum[half] = highest;
        rows.sum[half] *= correction;
#pragma unroll
        for (int block = 0; block < Blocks; ++block) {
#pragma unroll
            for (int i = 0; i < 2; ++i) {
                float &score = scores[block][half * 2 + i];
                score = exp2f(score - shift);
                rows.sum[half] += score;
            }
        }
#pragma unroll
        for (int block = 0; block < OutBlocks; ++block) {
            out[block][half * 2] *= correction;
            out[block][half * 2 + 1] *= correction;
        }
    }
}

template <class Element, int Dim>
__device__ inline void writeTile(const Problem &problem, const BlockPosition &at, int64_t firstRow,
                                 const float (&out)[Dim / 8][4], const RowPair &rows, int pair)
{
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        float sum = rows.sum[half];
        sum += __shfl_xor_sync(allLanes, sum, 1);
        sum += __shfl_xor_sync(allLanes, sum, 2);
        const float factor = sum == 0 ? 0.0F : 1.0F / sum; // exactly 0: no key was visible
        const int64_t row = firstRow + half * 8;
        if (row >= problem.queries)
            continue; // rows end for whole groups of four threads, which shuffle among themselves only
        Element *to = rowOf<Element>(problem.out, at.batch, row, at.head);
#pragma unroll
        for (int block = 0; block < Dim / 8; ++block) {
#pragma unroll
            for (int i = 0; i < 2; ++i) {
                const int column = block * 8 + pair * 2 + i;
                if (column < problem.headDim)
                    to[column] = fromFloat<Element>(out[block][half * 2 + i] * factor);
            }
        }
    }
}

template <class Element, int Dim> __global__ void __launch_bounds__(tensorThreads) tensorForward(const Problem problem)
{
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
    using Shape = TensorShape<Dim>;
    extern __shared__ uint4 sharedMemory[]; // uint4 for its alignment of 16 bytes
    Element *queries = reinterpret_cast<Element *>(sharedMemory);
    Element *keys = queries + tensorRows * Shape::stride;
    Element *values = keys + Shape::keys * Shape::stride;
    const int lane = threadIdx.x % 32;
    const int warp = threadIdx.x / 32;
    const int pair = lane % 4;
    const BlockPosition at = blockPosition(problem, blockIdx.x, gridDim.x, tensorRows);
    const int64_t kvHead = problem.kvHead(at.head);
    const int64_t firstRow = at.firstRow + warp * 16 + lane / 4;
    copyRows<Element, Dim>(problem, problem.q, at.batch, at.head, at.firstRow, tensorRows, problem.queries, queries);

    const int64_t lastRow = min(at.firstRow + tensorRows, problem.queries) - 1;
    const int64_t end = min(problem.visibleKeys(lastRow), problem.keys);
    float out[Dim / 8][4] = {};
    RowPair rows;
    for (int64_t first = 0; first < end; first += Shape::keys) {
        __syncthreads();
        copyRows<Element, Dim>(problem, problem.k, at.batch, kvHead, first, Shape::keys, problem.keys, keys);
        copyRows<Element, Dim>(problem, problem.v, at.batch, kvHead, first, Shape::keys, problem.keys, values);
        __syncthreads();
        float scores[Shape::keys / 8][4];
        multiplyKeys<Element, Dim>(scores, queries + warp * 16 * Shape::stride, keys, lane);
        const int64_t visible[2] = {min(problem.visibleKeys(firstRow), problem.keys) - first,
                                    min(problem.visibleKeys(firstRow + 8), problem.keys) - first};
        softmaxTile(scores, out, rows, problem.scale * log2OfE, visible, pair);
        multiplyValues<Element, Dim>(out, scores, values, lane);
    }
    writeTile<Element, Dim>(problem, at, firstRow, out, rows, pair);
#endif
}

#ifdef __CUDACC__
template <class Element, int Dim> cudaError_t launchTensor(const Problem &problem, cudaStream_t stream)
{
    constexpr int bytes = TensorShape<Dim>::sharedBytes;
    const cudaError_t allowed
        = cudaFuncSetAttribute(tensorForward<Element, Dim>, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
    if (allowed != cudaSuccess)
        return allowed;
    const auto blocks = static_cast<unsigned>(blockCount(problem, tensorRows));
    tensorForward<Element, Dim><<<blocks, tensorThreads, bytes, stream>>>(problem);
    return cudaGetLastError();
}

template <class Element> cudaError_t launchSimt(const Problem &problem, cudaStream_t stream)
{
    const auto blocks = static_cast<unsigned>(blockCount(problem, simtRows));
    simtForward<Element><<<blocks, simtRows * warpSize32, 0, stream>>>(problem);
    return cudaGetLastError();
}

template <class Element> cudaError_t launch16Bit(const Problem &problem, Capability capability, cudaStream_t stream)
{
    if (capability < 80)
        return launchSimt<Element>(problem, stream);
    if (problem.headDim <= 64)
        return launchTensor<Element, 64>(problem, stream);
    return problem.headDim <= 128 ? launchTensor<Element, 128>(problem, stream)
                                  : launchTensor<Element, 256>(problem, stream);
}
#endif

} // namespace kya::cuda
