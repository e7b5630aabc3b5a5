// SPDX-License-Identifier: GPL-3.0-or-later
#include "device.h"

#include "launch.h"

#include <cstring>
#include <limits>
#include <memory>
#include <vector>

namespace kya::cuda {
namespace {

struct DeviceFree
{
    void operator()(void *memory) const { cudaFree(memory); }
};
using DeviceMemory = std::unique_ptr<void, DeviceFree>;

struct EventDestroy
{
    void operator()(cudaEvent_t event) const { cudaEventDestroy(event); }
};
using Event = std::unique_ptr<std::remove_pointer_t<cudaEvent_t>, EventDestroy>;

/** A CUDA call that failed; what was being done, in the words of forward()'s message. */
struct Failure
{
    cudaError_t error;
    const char *doing;
};

void require(cudaError_t error, const char *doing)
{
    if (error != cudaSuccess)
        throw Failure{error, doing};
}

/** Of a packed [batch, row, head, dim] buffer, its rows padded to whole copies of 16 bytes, as launch.h has them. */
struct Size
{
    int64_t batch, rows, heads, rowBytes;
    int64_t pitch() const { return (rowBytes + 15) / 16 * 16; }
    size_t bytes() const { return static_cast<size_t>(batch * rows * heads * pitch()); }
};

/** Calls copy(host row, offset in the packed buffer) for every row. */
template <class Copy>
void eachRow(const Tensor &tensor, const Size &size, int64_t elementBytes, Copy copy)
{
    size_t offset = 0;
    for (int64_t batch = 0; batch < size.batch; ++batch)
        for (int64_t row = 0; row < size.rows; ++row)
            for (int64_t head = 0; head < size.heads; ++head, offset += static_cast<size_t>(size.pitch()))
                copy(static_cast<char *>(tensor.data) +
                         (batch * tensor.batchStride + row * tensor.rowStride + head * tensor.headStride) *
                             elementBytes,
                     offset);
}

DeviceMemory allocated(const Size &size)
{
    void *memory = nullptr;
    require(cudaMalloc(&memory, size.bytes()), "allocating memory on the GPU");
    return DeviceMemory(memory);
}

DeviceMemory uploaded(const Tensor &tensor, const Size &size, int64_t elementBytes)
{
    std::vector<char> packed(size.bytes()); // zeros
    eachRow(tensor, size, elementBytes, [&](const char *row, size_t offset) {
        std::memcpy(packed.data() + offset, row, static_cast<size_t>(size.rowBytes));
    });
    DeviceMemory memory = allocated(size);
    require(cudaMemcpy(memory.get(), packed.data(), packed.size(), cudaMemcpyHostToDevice), "copying to the GPU");
    return memory;
}

void download(const DeviceMemory &memory, const Tensor &tensor, const Size &size, int64_t elementBytes)
{
    std::vector<char> packed(size.bytes());
    require(cudaMemcpy(packed.data(), memory.get(), packed.size(), cudaMemcpyDeviceToHost), "copying from the GPU");
    eachRow(tensor, size, elementBytes, [&](char *row, size_t offset) {
        std::memcpy(row, packed.data() + offset, static_cast<size_t>(size.rowBytes));
    });
}

Tensor packedView(const DeviceMemory &memory, const Size &size, int64_t headDim)
{
    return {memory.get(), size.rows * size.heads * headDim, size.heads * headDim, headDim};
}

Event createdEvent()
{
    cudaEvent_t event = nullptr;
    require(cudaEventCreate(&event), "creating an event");
    return Event(event);
}

using Launch = cudaError_t(const Problem &problem, cudaStream_t stream);

/** capability: major × 10 + minor. */
Launch *launcherFor(kya_dtype dtype, int64_t headDim, int capability)
{
    if (dtype == KYA_FLOAT32)
        return launchFloat32;
    if (capability < 80)
        return dtype == KYA_FLOAT16 ? launchFloat16 : launchBFloat16;
    if (headDim <= 64)
        return dtype == KYA_FLOAT16 ? launchFloat16Dim64 : launchBFloat16Dim64;
    if (headDim <= 128)
        return dtype == KYA_FLOAT16 ? launchFloat16Dim128 : launchBFloat16Dim128;
    return dtype == KYA_FLOAT16 ? launchFloat16Dim256 : launchBFloat16Dim256;
}

int capability()
{
    int major = 0, minor = 0;
    require(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0), "asking for the compute capability");
    require(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, 0), "asking for the compute capability");
    return major * 10 + minor;
}

Outcome outcomeOf(const Failure &failure)
{
    cudaGetLastError(); // what failed here is told here: the next launch must not find it again
    std::string message = std::string("CUDA failed while ") + failure.doing + ": " + cudaGetErrorString(failure.error);
    if (failure.error == cudaErrorNoKernelImageForDevice || failure.error == cudaErrorInvalidDeviceFunction ||
        failure.error == cudaErrorUnsupportedPtxVersion)
        message += std::string(" (") + deviceName() + "; this library was built for " + KYA_ARCHITECTURES + ")";
    return {KYA_DEVICE_ERROR, message, 0};
}

/** The first GPU is this thread's while this lives. */
class FirstDevice
{
public:
    FirstDevice()
    {
        require(cudaGetDevice(&m_before), "asking for the thread's GPU");
        require(cudaSetDevice(0), "choosing the GPU");
    }
    ~FirstDevice() { cudaSetDevice(m_before); }
    FirstDevice(const FirstDevice &) = delete;
    FirstDevice &operator=(const FirstDevice &) = delete;

private:
    int m_before = 0;
};

class OnDevice final : public Resident
{
public:
    OnDevice(const Problem &problem, kya_dtype dtype)
        : m_elementBytes(dtype == KYA_FLOAT32 ? 4 : 2)
        , m_querySize{problem.batch, problem.queries, problem.heads, problem.headDim * m_elementBytes}
        , m_launch(launcherFor(dtype, problem.headDim, capability()))
        , m_out(allocated(m_querySize))
        , m_start(createdEvent())
        , m_stop(createdEvent())
        , m_problem(problem)
    {
        m_problem.headDim = m_querySize.pitch() / m_elementBytes;
        const Size keySize{problem.batch, problem.keys, problem.kvHeads, problem.headDim * m_elementBytes};
        m_q = uploaded(problem.q, m_querySize, m_elementBytes);
        m_k = uploaded(problem.k, keySize, m_elementBytes);
        m_v = uploaded(problem.v, keySize, m_elementBytes);
        m_problem.q = packedView(m_q, m_querySize, m_problem.headDim);
        m_problem.k = packedView(m_k, keySize, m_problem.headDim);
        m_problem.v = packedView(m_v, keySize, m_problem.headDim);
        m_problem.out = packedView(m_out, m_querySize, m_problem.headDim);
    }

    Outcome compute() override
    {
        try {
            const FirstDevice device;
            // NaN everywhere (for each type): an element that the kernel forgets must not look like a result. And while
            // the GPU writes that, the kernel gets in line behind it, so that its time does not hold the launch's.
            require(cudaMemsetAsync(m_out.get(), 0xff, m_querySize.bytes()), "clearing memory on the GPU");
            require(cudaEventRecord(m_start.get()), "starting the clock");
            require(m_launch(m_problem, nullptr), "launching the kernel");
            require(cudaEventRecord(m_stop.get()), "stopping the clock");
            require(cudaEventSynchronize(m_stop.get()), "running the kernel");
            float ms = 0;
            require(cudaEventElapsedTime(&ms, m_start.get(), m_stop.get()), "reading the clock");
            return {KYA_OK, {}, ms};
        } catch (const Failure &failure) {
            return outcomeOf(failure);
        }
    }

    Outcome fetch(const Tensor &out) override
    {
        try {
            const FirstDevice device;
            download(m_out, out, m_querySize, m_elementBytes);
            return {};
        } catch (const Failure &failure) {
            return outcomeOf(failure);
        }
    }

private:
    int64_t m_elementBytes;
    Size m_querySize;
    Launch *m_launch;
    DeviceMemory m_q, m_k, m_v, m_out;
    Event m_start, m_stop;
    Problem m_problem; // its tensors on the GPU
};

} // namespace

const char *architectures()
{
    return KYA_ARCHITECTURES;
}

int deviceCount()
{
    int count = 0;
    return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

const char *deviceName()
{
    static const std::string name = [] {
        cudaDeviceProp properties{};
        if (deviceCount() == 0 || cudaGetDeviceProperties(&properties, 0) != cudaSuccess)
            return std::string();
        return std::string(properties.name) + " (" + std::to_string(properties.major) + "." +
               std::to_string(properties.minor) + ")";
    }();
    return name.c_str();
}

std::unique_ptr<Resident> upload(const Problem &problem, kya_dtype dtype, Outcome &outcome)
{
    if (deviceCount() == 0) {
        outcome = {KYA_UNAVAILABLE,
                   "No CUDA device can be seen: is the driver there, and was the GPU given to the container?", 0};
        return nullptr;
    }
    if (problem.batch * problem.heads >
        std::numeric_limits<int32_t>::max() / problem.queries) { // the blocks of tiles of one row
        outcome = {KYA_INVALID_ARGUMENT, "batch · heads · queries is too large for one kernel launch.", 0};
        return nullptr;
    }
    try {
        const FirstDevice device;
        return std::make_unique<OnDevice>(problem, dtype);
    } catch (const Failure &failure) {
        outcome = outcomeOf(failure);
        return nullptr;
    }
}

} // namespace kya::cuda
