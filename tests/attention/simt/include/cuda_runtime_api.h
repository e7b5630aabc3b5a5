// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// A stand-in for CUDA's language and runtime, as far as csrc/cuda/*.cuh use them, for running one block after another on a CPU.

#include <algorithm>
#include <cmath>
#include <cstdint>

#define __global__
#define __device__
#define __launch_bounds__(...)
#define __shared__ static // one block at a time, so one copy is enough

using cudaError_t = int;
using cudaStream_t = void *;

struct alignas(16) uint4 {
    unsigned x, y, z, w;
};

struct Index {
    unsigned x;
};
extern Index threadIdx, blockIdx, gridDim; // of the fiber that runs now

void __syncthreads();
float __shfl_sync(unsigned mask, float value, int lane);
float __shfl_xor_sync(unsigned mask, float value, int lanes);

inline int64_t min(int64_t a, int64_t b)
{
    return std::min(a, b);
}
