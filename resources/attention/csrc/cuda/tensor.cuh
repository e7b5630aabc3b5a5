// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Forward attention on tensor cores for 16-bit elements, compute capability 8.0 and later. A warp takes as many query
// rows as its registers hold the output of, so that what it loads of keys and values serves more products: shared
// memory is what bounds this kernel. Scores, weights and the output stay in registers: the layout of mma's result is
// that of its left operand, so the weights of one product are fed to the next without leaving the thread. Tiles are
// copied to shared memory while the tile before is computed with: the values of a tile during its scores, the next
// tile's keys during its softmax and its output.

#include "copy.cuh"
#include "launch.h"
#include "mma.cuh"

namespace kya::cuda {

inline constexpr int tensorWarps = 4;
inline constexpr int tensorThreads = 32 * tensorWarps;

/** Sizes of the kernel for head dimensions up to Dim (64, 128 or 256); smaller ones are padded with zeros. */
template <int Dim>
struct TensorShape
{
    static constexpr int parts = Dim <= 128 ? 2 : 1; // of 16 query rows, for each warp
    static constexpr int rows = 16 * parts * tensorWarps;
    static constexpr int keys = Dim <= 128 ? 64 : 32;
    static constexpr int stride =
        Dim + 8; // 16 bytes of padding: the 8 rows that ldmatrix reads fall in different banks
    static constexpr int sharedBytes = (rows + 2 * keys) * stride * 2;
    static constexpr int blocks = 2; // that a multiprocessor is to hold at once, which leaves a thread 255 registers
};

/**
 * Begins to copy Rows rows from memory to shared memory; rows past `limit` and dimensions past headDim become 0. They
 * are there for this thread after waitForCopies, for the block after a barrier more.
 */
template <int Rows, int Dim, class Element>
__device__ inline void copyRows(const Problem &problem, const Tensor &tensor, int64_t batch, int64_t head,
                                int64_t first, int64_t limit, Element *shared)
{
    constexpr int stride = TensorShape<Dim>::stride, rowsAtOnce = tensorThreads / (Dim / 8);
    const int row = threadIdx.x / (Dim / 8), column = threadIdx.x % (Dim / 8) * 8;
    const int present = static_cast<int>(min(limit - first, static_cast<int64_t>(Rows)));
    const int left = column < problem.headDim ? present - row : 0; // of this thread's rows, counted from its first
    const Element *from = rowOf<Element>(tensor, batch, left > 0 ? first + row : 0, head) + (left > 0 ? column : 0);
    Element *to = shared + row * stride + column;
#pragma unroll
    for (int i = 0; i < Rows / rowsAtOnce; ++i, from += rowsAtOnce * tensor.rowStride)
        copy16(to + i * rowsAtOnce * stride, from, i * rowsAtOnce < left);
}

/** The scores of a warp's rows with one tile of keys, then their weights. */
template <int Dim>
using Scores = float[TensorShape<Dim>::parts][TensorShape<Dim>::keys / 8][4];
/** The output of a warp's rows. */
template <int Dim>
using Sums = float[TensorShape<Dim>::parts][Dim / 8][4];

/** scores = q·kᵀ of the warp's rows with one tile of keys. */
template <int Dim, class Element>
__device__ inline void multiplyKeys(Scores<Dim> &scores, const Element *queries, const Element *keys, int lane)
{
    constexpr int parts = TensorShape<Dim>::parts, stride = TensorShape<Dim>::stride;
    for (auto &part : scores)
        for (auto &block : part)
            for (float &score : block)
                score = 0;
#pragma unroll
    for (int d = 0; d < Dim; d += 16) {
        uint32_t left[parts][4];
#pragma unroll
        for (int part = 0; part < parts; ++part)
            loadMatrices(left[part], queries + (part * 16 + lane % 16) * stride + d + lane / 16 * 8);
#pragma unroll
        for (int block = 0; block < TensorShape<Dim>::keys / 8; block += 2) { // the operands of two blocks of 8 keys
            uint32_t right[4];
            loadMatrices(right, keys + (block * 8 + lane / 16 * 8 + lane % 8) * stride + d + lane / 8 % 2 * 8);
#pragma unroll
            for (int part = 0; part < parts; ++part) {
                multiplyAdd(scores[part][block], left[part], right[0], right[1], static_cast<const Element *>(nullptr));
                multiplyAdd(scores[part][block + 1], left[part], right[2], right[3],
                            static_cast<const Element *>(nullptr));
            }
        }
    }
}

/** out += weights·v, the weights rounded to Element. */
template <int Dim, class Element>
__device__ inline void multiplyValues(Sums<Dim> &out, const Scores<Dim> &weights, const Element *values, int lane)
{
    constexpr int parts = TensorShape<Dim>::parts, stride = TensorShape<Dim>::stride;
#pragma unroll
    for (int key = 0; key < TensorShape<Dim>::keys; key += 16) {
        uint32_t left[parts][4];
#pragma unroll
        for (int part = 0; part < parts; ++part) {
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const float *pair = &weights[part][key / 8 + i / 2][i % 2 * 2];
                left[part][i] = packed<Element>(pair[0], pair[1]);
            }
        }
#pragma unroll
        for (int block = 0; block < Dim / 8; block += 2) { // the operands of two blocks of 8 dimensions
            uint32_t right[4];
            loadMatricesTransposed(right, values + (key + lane % 16) * stride + (block + lane / 16) * 8);
#pragma unroll
            for (int part = 0; part < parts; ++part) {
                multiplyAdd(out[part][block], left[part], right[0], right[1], static_cast<const Element *>(nullptr));
                multiplyAdd(out[part][block + 1], left[part], right[2], right[3],
                            static_cast<const Element *>(nullptr));
            }
        }
    }
}

/** The two rows of which a thread holds parts: (lane / 4) and 8 below it. */
struct RowPair
{
    float maximum[2] = {-INFINITY, -INFINITY};
    float sum[2] = {0, 0}; // this thread's columns only; the four threads of a row add theirs up at the end
};

/** Scaled scores; hidden ones, from `visible[half]` of the tile on, are -infinity. */
template <int Blocks>
__device__ inline void hideKeys(float (&scores)[Blocks][4], float scale, const int (&visible)[2], int pair)
{
#pragma unroll
    for (int block = 0; block < Blocks; ++block) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const bool isSeen = block * 8 + pair * 2 + i % 2 < visible[i / 2];
            scores[block][i] = isSeen ? scores[block][i] * scale : -INFINITY;
        }
    }
}

/** Scores, yet to be multiplied by a scale above 0, become weights; `out`, summed so far, is rescaled. */
template <int Blocks, int OutBlocks>
__device__ inline void softmaxTile(float (&scores)[Blocks][4], float (&out)[OutBlocks][4], RowPair &rows, float scale)
{
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        float highest = scores[0][half * 2];
#pragma unroll
        for (int block = 0; block < Blocks; ++block)
            highest = fmaxf(highest, fmaxf(scores[block][half * 2], scores[block][half * 2 + 1]));
        highest = fmaxf(highest, __shfl_xor_sync(allLanes, highest, 1));
        highest = fmaxf(highest, __shfl_xor_sync(allLanes, highest, 2));
        highest = fmaxf(rows.maximum[half], highest * scale);
        const float shift = shiftFor(highest);
        const float correction = powerOf2(rows.maximum[half] - shift);
        rows.maximum[half] = highest;
        rows.sum[half] *= correction;
#pragma unroll
        for (int block = 0; block < Blocks; ++block) {
#pragma unroll
            for (int i = 0; i < 2; ++i) {
                float &score = scores[block][half * 2 + i];
                score = powerOf2(score * scale - shift);
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
            if (block * 8 < problem.headDim)
                *reinterpret_cast<uint32_t *>(to + block * 8 + pair * 2) =
                    packed<Element>(out[block][half * 2] * factor, out[block][half * 2 + 1] * factor);
        }
    }
}

/** How many keys of the tile that begins at `first` query `row` sees. */
template <int Dim>
__device__ inline int visibleOfTile(const Problem &problem, int64_t row, int64_t first)
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
    Element *queries = values + Shape::keys * Shape::stride;
    const int lane = threadIdx.x % 32;
    const int pair = lane % 4;
    const int warpRow = threadIdx.x / 32 * 16 * Shape::parts;
    const BlockPosition at = blockPosition(problem, blockIdx.x, gridDim.x, Shape::rows);
    const int64_t kvHead = problem.kvHead(at.head);
    const int64_t firstRow = at.firstRow + warpRow + lane / 4;
    const int64_t lastRow = min(at.firstRow + Shape::rows, problem.queries) - 1;
    const int64_t end = min(problem.visibleKeys(lastRow), problem.keys);
    const float scale = problem.scale * log2OfE;
    const int64_t seenByAll = scale > 0 ? min(problem.visibleKeys(at.firstRow), problem.keys) : 0;
    Sums<Dim> out = {};
    RowPair rows[Shape::parts];
    if (end > 0) { // else none of the block's rows sees a key
        const auto copyTile = [&](const Tensor &tensor, int64_t first, Element *to) {
            copyRows<Shape::keys, Dim>(problem, tensor, at.batch, kvHead, first, problem.keys, to);
            commitCopies();
        };
        copyRows<Shape::rows, Dim>(problem, problem.q, at.batch, at.head, at.firstRow, problem.queries, queries);
        copyTile(problem.k, 0, keys);
        for (int64_t first = 0; first < end; first += Shape::keys) {
            waitForCopies<0>();
            __syncthreads(); // the keys are there, and nobody reads the values of the tile before any more
            copyTile(problem.v, first, values);
            Scores<Dim> scores;
            multiplyKeys<Dim>(scores, queries + warpRow * Shape::stride, keys, lane);
            __syncthreads(); // nobody reads the keys any more
            if (first + Shape::keys < end)
                copyTile(problem.k, first + Shape::keys, keys);
            else
                commitCopies();                     // of nothing, so that the values are always the last group but one
            if (first + Shape::keys <= seenByAll) { // nothing is hidden, and what is larger stays larger
#pragma unroll
                for (int part = 0; part < Shape::parts; ++part)
                    softmaxTile(scores[part], out[part], rows[part], scale);
            } else {
#pragma unroll
                for (int part = 0; part < Shape::parts; ++part) {
                    const int64_t row = firstRow + part * 16;
                    const int visible[2] = {visibleOfTile<Dim>(problem, row, first),
                                            visibleOfTile<Dim>(problem, row + 8, first)};
                    hideKeys(scores[part], scale, visible, pair);
                    softmaxTile(scores[part], out[part], rows[part], 1.0F);
                }
            }
            waitForCopies<1>();
            __syncthreads(); // the values are there
            multiplyValues<Dim>(out, scores, values, lane);
        }
    }
#pragma unroll
    for (int part = 0; part < Shape::parts; ++part)
        writeTile<Element, Dim>(problem, at, firstRow + part * 16, out[part], rows[part], pair);
#endif
}

#ifdef __CUDACC__
/** What must be done once before the kernel can be launched. */
template <class Element, int Dim>
cudaError_t readyTensor()
{
    cudaFuncAttributes attributes;
    if (const cudaError_t known = cudaFuncGetAttributes(&attributes, tensorForward<Element, Dim>); known != cudaSuccess)
        return known;
    if (attributes.ptxVersion < 80) // compiled by the driver from PTX in which the kernel is empty
        return cudaErrorNoKernelImageForDevice;
    return cudaFuncSetAttribute(tensorForward<Element, Dim>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                TensorShape<Dim>::sharedBytes);
}

template <class Element, int Dim>
cudaError_t launchTensor(const Problem &problem, cudaStream_t stream)
{
    static const cudaError_t ready = readyTensor<Element, Dim>();
    if (ready != cudaSuccess)
        return ready;
    const auto blocks = static_cast<unsigned>(blockCount(problem, TensorShape<Dim>::rows));
    tensorForward<Element, Dim><<<blocks, tensorThreads, TensorShape<Dim>::sharedBytes, stream>>>(problem);
    return cudaGetLastError();
}
#endif

} // namespace kya::cuda
