// SPDX-License-Identifier: GPL-3.0-or-later
// The runtime's calls that csrc/cuda/device.cpp makes, with memory of the host in the GPU's place; and how a test lets
// one fail.
#include <cuda_runtime_api.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace {

int currentDevice = 1; // not the one that the kernels run on
int allocations = 0;
cudaError_t lastError = cudaSuccess;
std::string failing; // the call that fails, once

cudaError_t answer(const char *call, cudaError_t error)
{
    if (failing != call)
        return cudaSuccess;
    failing.clear();
    return lastError = error;
}

} // namespace

extern "C" void failOnce(const char *call)
{
    failing = call;
}
extern "C" int deviceOfThread()
{
    return currentDevice;
}
extern "C" int liveAllocations()
{
    return allocations;
}

cudaError_t cudaGetDeviceCount(int *count)
{
    *count = 2;
    return cudaSuccess;
}

cudaError_t cudaGetDevice(int *device)
{
    *device = currentDevice;
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int device)
{
    currentDevice = device;
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int)
{
    *value = attribute == cudaDevAttrComputeCapabilityMajor ? 9 : 0;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int)
{
    *properties = {"Emulated GPU", 9, 0};
    return cudaSuccess;
}

cudaError_t cudaMalloc(void **memory, size_t size)
{
    if (const cudaError_t error = answer("cudaMalloc", cudaErrorMemoryAllocation); error != cudaSuccess)
        return error;
    ++allocations;
    *memory = std::aligned_alloc(256, (size + 255) / 256 * 256);
    return cudaSuccess;
}

cudaError_t cudaFree(void *memory)
{
    allocations -= memory != nullptr;
    std::free(memory);
    return cudaSuccess;
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t size, cudaMemcpyKind)
{
    std::memcpy(to, from, size);
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *to, int value, size_t size)
{
    std::memset(to, value, size);
    return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *event)
{
    ++allocations;
    *event = static_cast<cudaEvent_t>(std::malloc(1));
    return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    --allocations;
    std::free(event);
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t)
{
    return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t)
{
    return answer("cudaEventSynchronize", cudaErrorLaunchTimeout);
}

cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t, cudaEvent_t)
{
    *milliseconds = 1.5F;
    return cudaSuccess;
}

cudaError_t cudaGetLastError()
{
    const cudaError_t error = answer("launch", cudaErrorNoKernelImageForDevice);
    return error != cudaSuccess ? (lastError = cudaSuccess, error) : std::exchange(lastError, cudaSuccess);
}

const char *cudaGetErrorString(cudaError_t error)
{
    return error == cudaErrorMemoryAllocation ? "out of memory"
           : error == cudaErrorLaunchTimeout  ? "the launch timed out and was terminated"
                                              : "no kernel image is available for execution on the device";
}
