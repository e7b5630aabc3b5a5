// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// A stand-in for CUDA's language and runtime, as far as csrc/cuda/*.cuh use them, for running one block after another
// on a CPU.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#define __global__
#define __device__
#define __launch_bounds__(...)
#define __shared__ static // one block at a time, so one copy is enough

// The runtime, with memory of the host in the GPU's place (runtime.cpp).
enum cudaError_t {
    cudaSuccess = 0,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInvalidDeviceFunction = 98,
    cudaErrorNoKernelImageForDevice = 209,
    cudaErrorUnsupportedPtxVersion = 222,
    cudaErrorLaunchTimeout = 702,
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost };
enum cudaDeviceAttr { cudaDevAttrComputeCapabilityMajor, cudaDevAttrComputeCapabilityMinor };
using cudaStream_t = void *;
using cudaEvent_t = struct CUevent_st *;
struct cudaDeviceProp
{
    char name[256];
    int major, minor;
};
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaGetDevice(int *device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device);
cudaError_t cudaMalloc(void **memory, size_t size);
cudaError_t cudaFree(void *memory);
cudaError_t cudaMemcpy(void *to, const void *from, size_t size, cudaMemcpyKind kind);
cudaError_t cudaMemsetAsync(void *to, int value, size_t size);
cudaError_t cudaEventCreate(cudaEvent_t *event);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t from, cudaEvent_t to);
cudaError_t cudaGetLastError();
const char *cudaGetErrorString(cudaError_t error);

struct alignas(16) uint4
{
    unsigned x, y, z, w;
};

struct Index
{
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
