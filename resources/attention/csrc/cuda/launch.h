// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// One launcher per kernel; those of the tensor cores each in a translation unit of its own, so that an edit of one
// compiles that one, and all are compiled side by side. The problem's tensors lie in device memory.

#include "../problem.h"

#include <cuda_runtime_api.h>

namespace kya::cuda {

/** On CUDA cores: float32 on every GPU, 16-bit types before compute capability 8.0. */
cudaError_t launchFloat32(const Problem &problem, cudaStream_t stream);
cudaError_t launchFloat16(const Problem &problem, cudaStream_t stream);
cudaError_t launchBFloat16(const Problem &problem, cudaStream_t stream);

/**
 * On tensor cores, compute capability 8.0 and later, for head dimensions up to the one in the name. Every row begins at
 * a multiple of 16 bytes, and headDim is a multiple of 8: it counts the zeros that a row ends in, if any.
 */
cudaError_t launchFloat16Dim64(const Problem &problem, cudaStream_t stream);
cudaError_t launchFloat16Dim128(const Problem &problem, cudaStream_t stream);
cudaError_t launchFloat16Dim256(const Problem &problem, cudaStream_t stream);
cudaError_t launchBFloat16Dim64(const Problem &problem, cudaStream_t stream);
cudaError_t launchBFloat16Dim128(const Problem &problem, cudaStream_t stream);
cudaError_t launchBFloat16Dim256(const Problem &problem, cudaStream_t stream);

/**
 * Which (batch, head, tile) block `index` of a one-dimensional grid works on. With a causal mask the last tiles of all
 * heads come first, as they take longest; without one the tiles of a head come together, which read the same keys and
 * values.
 */
struct BlockPosition
{
    int64_t batch, head, firstRow;
};

KYA_HOST_AND_DEVICE inline BlockPosition blockPosition(const Problem &problem, int64_t index, int64_t blocks,
                                                       int tileRows)
{
    const int64_t groups = problem.batch * problem.heads;
    const int64_t tiles = blocks / groups;
    const int64_t reversed = blocks - 1 - index;
    const int64_t group = problem.causal ? reversed % groups : index / tiles;
    const int64_t tile = problem.causal ? reversed / groups : index % tiles;
    return {group / problem.heads, group % problem.heads, tile * tileRows};
}

inline int64_t blockCount(const Problem &problem, int tileRows)
{
    return problem.batch * problem.heads * ((problem.queries + tileRows - 1) / tileRows);
}

} // namespace kya::cuda
