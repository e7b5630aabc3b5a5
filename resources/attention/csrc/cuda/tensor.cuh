// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Forward attention on tensor cores for 16-bit elements, compute capability 8.0 and later. A block takes 64 query rows, a warp 16
// of them. Scores, weights and the output stay in registers: the layout of mma's result is that of its left operand, so the
// weights of one product are fed to the next without leaving the thread. Tiles are copied to shared memory while the tile
// before is computed with: the values of a tile during its scores, the next tile's keys during its softmax and its output.

#include "copy.cuh"
#include "launch.h"
#include "mma.cuh"

namespace kya::cuda {

inline constexpr int tensorWarps = 4;
inline constexpr int tensorRows = 16 * tensorWarps;
inline constexpr int tensorThreads = 32 * tensorWarps;

#ifdef __CUDA_ARCH__
inline constexpr int compiledFor = __CUDA_ARCH__; // compute capability × 100
#else
inline constexpr int compiledFor = 0;
#endif

/** Sizes of the kernel for head dimensions up to Dim (64, 128 or 256); smaller ones are padded with zeros. */
template <int Dim> struct TensorShape {
    static constexpr int keys = Dim <= 128 ? 64 : 32;
    static constexpr int stride = Dim + 8; // 16 bytes of padding: the 8 rows that ldmatrix reads fall in different banks
    /** Queries stay in registers where the output leaves room for them: they only pass through the keys' place. */
    static constexpr bool keepsQueries = Dim <= 128;
    static constexpr int sharedRows = 2 * keys + (keepsQueries ? 0 : tensorRows);
    static constexpr int sharedBytes = sharedRows * stride * 2;
    /**
     * Blocks that a multiprocessor is to hold at once, which bounds a thread's registers: 128, 168 or 255. As many as ptxas can
     * do without spilling; 12.x has shared memory for two blocks of Dim 128 anyway.
     */
    static constexpr int blocks = Dim <= 64 ? (compiledFor < 1000 ? 4 : 3) : Dim <= 128 && compiledFor < 1200 ? 3 : 2;
    static_assert(!keepsQueries || keys >= tensorRows);
};

/** Whether every row begins at a multiple of 16 bytes, as the copies of 16 bytes need it. */
__device__ inline bool isWide(const Problem &problem, const Tensor &tensor)
{
    return problem.headDim % 8 == 0 && tensor.rowStride % 8 == 0 && tensor.headStride % 8 == 0 && tensor.batchStride % 8 == 0;
}

/**
 * Begins to copy `rows` rows from memory to shared memory; rows past `limit` and dimensions past headDim become 0. They are
 * there for this thread after waitForCopies, for the block after a barrier more.
 */
template <class Element, int Dim>
__device__ inline void copyRows(const Problem &problem, const Tensor &tensor, int64_t batch, int64_t head, int64_t first,
                                int rows, int64_t limit, Element *shared)
{
    constexpr int stride = TensorShape<Dim>::stride;
    const int dim = static_cast<int>(problem.headDim);
    const Element *from = rowOf<Element>(tensor, batch, first, head);
    const int present = static_cast<int>(min(limit - first, static_cast<int64_t>(rows)));
    if (isWide(problem, tensor)) {
        constexpr int rowsAtOnce = tensorThreads / (Dim / 8);
        const int column = threadIdx.x % (Dim / 8) * 8;
#pragma unroll
        for (int row = threadIdx.x / (Dim / 8); row < rows; row += rowsAtOnce) {
            const bool inside = row < present && column < dim;
            copy16(shared + row * stride + column, inside ? from + row * tensor.rowStride + column : from, inside);
        }
        return;
    }
    const Element zero = fromFloat<Element>(0.0F);
#pragma unroll 1 // rarely taken, and compiled for every call
    for (int i = threadIdx.x; i < rows * Dim; i += tensorThreads) {
        const int row = i / Dim, column = i % Dim;
        shared[row * stride + column] = row < present && column < dim ? from[row * tensor.rowStride + column] : zero;
    }
}

/** The left operands of the warp's 16 rows, for 16 dimensions each. */
template <int Dim> struct Queries {
    uint32_t parts[TensorShape<Dim>::keepsQueries ? Dim / 16 : 1][4];
};

template <class Element, int Dim>
__device__ inline void loadQueries(uint32_t (&to)[4], const Element *queries, int d, int lane)
{
    loadMatrices(to, queries + lane % 16 * TensorShape<Dim>::stride + d + lane / 16 * 8);
}

/** scores = q·kᵀ of the warp's 16 rows with one tile of keys. `queries` is read where they are not kept. */
template <class Element, int Dim>
__device__ inline void multiplyKeys(float (&scores)[TensorShape<Dim>::keys / 8][4], Queries<Dim> &kept,
                                    const Element *queries, const Element *keys, int lane)
{
    constexpr int stride = TensorShape<Dim>::stride;
    for (auto &block : scores)
        for (float &score : block)
            score = 0;
#pragma unroll
    for (int d = 0; d < Dim; d += 16) {
        uint32_t(&left)[4] = kept.parts[TensorShape<Dim>::keepsQueries ? d / 16 : 0];
        if (!TensorShape<Dim>::keepsQueries)
            loadQueries<Element, Dim>(left, queries, d, lane);
#pragma unroll
        for (int block = 0; block < TensorShape<Dim>::keys / 8; block += 2) { // the operands of two blocks of 8 keys
            uint32_t right[4];
            loadMatrices(right, keys + (block * 8 + lane / 16 * 8 + lane % 8) * stride + d + lane / 8 % 2 * 8);
            multiplyAdd(scores[block], left, right[0], right[1], static_cast<const Element *>(nullptr));
            multiplyAdd(scores[block + 1], left, right[2], right[3], static_cast<const Element *>(nullptr));
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
            left[part] = packed<Element>(pair[0], pair[1]);
        }
#pragma unroll
        for (int block = 0; block < Dim / 8; block += 2) { // the operands of two blocks of 8 dimensions
            uint32_t right[4];
            loadMatricesTransposed(right, values + (key + lane % 16) * stride + (block + lane / 16) * 8);
            multiplyAdd(out[block], left, right[0], right[1], static_cast<const Element *>(nullptr));
            multiplyAdd(out[block + 1], left, right[2], right[3], static_cast<const Element *>(nullptr));
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
                                   const int (&visible)[2], int pair)
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
        const float correction = powerOf2(rows.maximum[half] - shift);
        rows.maximum[half] = highest;
        rows.sum[half] *= correction;
#pragma unroll
        for (int block = 0; block < Blocks; ++block) {
#pragma unroll
            for (int i = 0; i < 2; ++i) {
                float &score = scores[block][half * 2 + i];
                score = powerOf2(score - shift);
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
        const bool wide = isWide(problem, problem.out);
#pragma unroll
        for (int block = 0; block < Dim / 8; ++block) {
            const int column = block * 8 + pair * 2;
            const float first = out[block][half * 2] * factor, second = out[block][half * 2 + 1] * factor;
            if (wide && column < problem.headDim) { // both, for headDim is even
                *reinterpret_cast<uint32_t *>(to + column) = packed<Element>(first, second);
                continue;
            }
            if (column < problem.headDim)
                to[column] = fromFloat<Element>(first);
            if (column + 1 < problem.headDim)
                to[column + 1] = fromFloat<Element>(second);
        }
    }
}

/** How many keys of the tile that begins at `first` query `row` sees. */
template <int Dim> __device__ inline int visibleOfTile(const Problem &problem, int64_t row, int64_t first)
{
    const int64_t visible = min(problem.visibleKeys(row), problem.keys) - first;
    return static_cast<int>(visible < 0 ? 0 : min(visible, static_cast<int64_t>(TensorShape<Dim>::keys)));
}

template <class Element, int Dim>
__global__ void __launch_bounds__(tensorThreads, TensorShape<Dim>::blocks) tensorForward(const Problem problem)
{
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
    using Shape = TensorShape<Dim>;
    extern __shared__ uint4 sharedMemory[]; // uint4 for its alignment of 16 bytes
    Element *keys = reinterpret_cast<Element *>(sharedMemory);
    Element *values = keys + Shape::keys * Shape::stride;
    Element *queries = Shape::keepsQueries ? keys : values + Shape::keys * Shape::stride;
    const int lane = threadIdx.x % 32;
    const int warp = threadIdx.x / 32;
    const int pair = lane % 4;
    const BlockPosition at = blockPosition(problem, blockIdx.x, gridDim.x, tensorRows);
    const int64_t kvHead = problem.kvHead(at.head);
    const int64_t firstRow = at.firstRow + warp * 16 + lane / 4;
    const Element *ownQueries = queries + warp * 16 * Shape::stride;
    const int64_t lastRow = min(at.firstRow + tensorRows, problem.queries) - 1;
    const int64_t end = min(problem.visibleKeys(lastRow), problem.keys);
    float out[Dim / 8][4] = {};
    RowPair rows;
    if (end > 0) { // else none of the block's rows sees a key
        copyRows<Element, Dim>(problem, problem.q, at.batch, at.head, at.firstRow, tensorRows, problem.queries, queries);
        commitCopies();
        Queries<Dim> kept;
        if (Shape::keepsQueries) {
            waitForCopies<0>();
            __syncthreads();
#pragma unroll
            for (int d = 0; d < Dim; d += 16)
                loadQueries<Element, Dim>(kept.parts[Shape::keepsQueries ? d / 16 : 0], ownQueries, d, lane);
            __syncthreads(); // now their place is the keys'
        }

        const auto copyTile = [&](const Tensor &tensor, int64_t first, Element *to) {
            copyRows<Element, Dim>(problem, tensor, at.batch, kvHead, first, Shape::keys, problem.keys, to);
            commitCopies();
        };
        copyTile(problem.k, 0, keys);
        for (int64_t first = 0; first < end; first += Shape::keys) {
            waitForCopies<0>();
            __syncthreads(); // the keys are there, and nobody reads the values of the tile before any more
            copyTile(problem.v, first, values);
            float scores[Shape::keys / 8][4];
            multiplyKeys<Element, Dim>(scores, kept, ownQueries, keys, lane);
            __syncthreads(); // nobody reads the keys any more
            if (first + Shape::keys < end)
                copyTile(problem.k, first + Shape::keys, keys);
            else
                commitCopies(); // of nothing, so that the values are always the last group but one
            const int visible[2] = {visibleOfTile<Dim>(problem, firstRow, first),
                                    visibleOfTile<Dim>(problem, firstRow + 8, first)};
            softmaxTile(scores, out, rows, problem.scale * log2OfE, visible, pair);
            waitForCopies<1>();
            __syncthreads(); // the values are there
            multiplyValues<Element, Dim>(out, scores, values, lane);
        }
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
#endif

} // namespace kya::cuda
