// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the CUDA kernels on a CPU: every thread of a block is a fiber, blocks come one after another.
#include "kernelyard_attention.h"
#include "simt.cuh"
#include "tensor.cuh"

#include <ucontext.h>

#include <functional>
#include <vector>

Index threadIdx, blockIdx, gridDim;

namespace kya::cuda {
uint4 sharedMemory[8192]; // what the tensor-core kernel declares as extern __shared__
}

namespace {

constexpr unsigned blockThreads = 128;
constexpr unsigned warps = blockThreads / 32;

/** A barrier of fibers: a generation ends when all have come. */
struct Barrier
{
    unsigned members, arrived = 0, generation = 0;
};

struct Fiber
{
    ucontext_t context;
    std::vector<char> stack = std::vector<char>(256 * 1024);
    bool done = false;
    kya::cuda::Copies copies;
};

ucontext_t scheduler;
std::vector<Fiber> fibers(blockThreads);
std::function<void()> body;
Barrier blockBarrier{blockThreads};
std::array<Barrier, warps> warpBarriers;
std::array<std::array<LaneValues, 32>, warps> shown;

unsigned warpNow()
{
    return threadIdx.x / 32;
}

void wait(Barrier &barrier)
{
    const unsigned generation = barrier.generation;
    const unsigned self = threadIdx.x;
    if (++barrier.arrived == barrier.members) {
        barrier.arrived = 0;
        ++barrier.generation;
    }
    while (barrier.generation == generation)
        swapcontext(&fibers[self].context, &scheduler);
}

void runFiber()
{
    body();
    fibers[threadIdx.x].done = true;
}

/** False when no fiber can go on: some wait for a barrier that others left out, a hang on a GPU. */
bool runBlock()
{
    blockBarrier = {blockThreads};
    warpBarriers.fill({32});
    for (Fiber &fiber : fibers) {
        fiber.done = false;
        fiber.copies = {};
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = fiber.stack.data();
        fiber.context.uc_stack.ss_size = fiber.stack.size();
        fiber.context.uc_link = &scheduler;
        makecontext(&fiber.context, runFiber, 0);
    }
    unsigned done = 0;
    const auto progress = [&] {
        unsigned sum = done + blockBarrier.generation + blockBarrier.arrived;
        for (const Barrier &barrier : warpBarriers)
            sum += barrier.generation * 64 + barrier.arrived;
        return sum;
    };
    const auto runSome = [&](unsigned first, unsigned end) {
        const unsigned before = progress();
        for (unsigned i = first; i < end; ++i) {
            if (fibers[i].done)
                continue;
            threadIdx.x = i;
            swapcontext(&scheduler, &fibers[i].context);
            done += fibers[i].done;
        }
        return progress() != before;
    };
    while (done < blockThreads) {
        bool goesOn = false;
        if (kya::cuda::copiesAreLate) {
            goesOn = runSome(0, blockThreads);
        } else { // a warp runs on as far as it can before the next one begins
            for (unsigned warp = 0; warp < warps; ++warp)
                while (runSome(warp * 32, warp * 32 + 32))
                    goesOn = true;
        }
        if (!goesOn)
            return false;
    }
    return true;
}

bool runGrid(int64_t blocks, std::function<void()> kernel)
{
    body = std::move(kernel);
    gridDim.x = static_cast<unsigned>(blocks);
    for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x) {
        if (!runBlock())
            return false;
    }
    return true;
}

template <class Element>
bool runSimt(const kya::Problem &problem)
{
    return runGrid(kya::cuda::blockCount(problem, kya::cuda::simtRows),
                   [&] { kya::cuda::simtForward<Element>(problem); });
}

template <class Element>
bool runTensor(const kya::Problem &problem)
{
    using namespace kya::cuda;
    // NaN, so that reading what was never written shows.
    std::fill_n(reinterpret_cast<uint32_t *>(sharedMemory), sizeof sharedMemory / 4, 0xffffffffU);
    const auto run = [&]<int Dim>() {
        static_assert(TensorShape<Dim>::sharedBytes <= sizeof sharedMemory);
        return runGrid(blockCount(problem, TensorShape<Dim>::rows), [&] { tensorForward<Element, Dim>(problem); });
    };
    return problem.headDim <= 64    ? run.template operator()<64>()
           : problem.headDim <= 128 ? run.template operator()<128>()
                                    : run.template operator()<256>();
}

kya::Tensor view(const kya_tensor &tensor)
{
    return {tensor.data, tensor.batch_stride, tensor.row_stride, tensor.head_stride};
}

} // namespace

namespace kya::cuda {

// As the launchers of csrc/cuda: what an earlier call left behind is found by the next launch.
#define KYA_LAUNCHER(name, run)                                                                                        \
    cudaError_t name(const Problem &problem, cudaStream_t)                                                             \
    {                                                                                                                  \
        return run(problem) ? cudaGetLastError() : cudaErrorLaunchTimeout;                                             \
    }
KYA_LAUNCHER(launchFloat32, runSimt<float>)
KYA_LAUNCHER(launchFloat16, runSimt<__half>)
KYA_LAUNCHER(launchBFloat16, runSimt<__nv_bfloat16>)
KYA_LAUNCHER(launchFloat16Dim64, runTensor<__half>)
KYA_LAUNCHER(launchFloat16Dim128, runTensor<__half>)
KYA_LAUNCHER(launchFloat16Dim256, runTensor<__half>)
KYA_LAUNCHER(launchBFloat16Dim64, runTensor<__nv_bfloat16>)
KYA_LAUNCHER(launchBFloat16Dim128, runTensor<__nv_bfloat16>)
KYA_LAUNCHER(launchBFloat16Dim256, runTensor<__nv_bfloat16>)

} // namespace kya::cuda

bool kya::cuda::copiesAreLate = true;

kya::cuda::Copies &kya::cuda::copiesOfThread()
{
    return fibers[threadIdx.x].copies;
}

void __syncthreads()
{
    wait(blockBarrier);
}

const std::array<LaneValues, 32> &showWarp(const LaneValues &mine)
{
    shown[warpNow()][laneNow()] = mine;
    wait(warpBarriers[warpNow()]);
    return shown[warpNow()];
}

void releaseWarp()
{
    wait(warpBarriers[warpNow()]);
}

unsigned laneNow()
{
    return threadIdx.x % 32;
}

float __shfl_sync(unsigned, float value, int lane)
{
    const float result = showWarp({nullptr, value, {}, {}})[static_cast<unsigned>(lane)].value;
    releaseWarp();
    return result;
}

float __shfl_xor_sync(unsigned mask, float value, int lanes)
{
    return __shfl_sync(mask, value, static_cast<int>(laneNow()) ^ lanes);
}

/**
 * As kya_forward with checked arguments; capability as in launch.h. late: copies are carried out when they are waited
 * for and warps go side by side; else copies are carried out when they are begun, and a warp runs ahead of the others
 * as far as barriers let it. A GPU does either, and a kernel must be right with both. False when the kernel would hang.
 */
extern "C" bool emulate(const kya_forward_args *args, int capability, bool late)
{
    kya::cuda::copiesAreLate = late;
    const kya::Problem problem{args->batch,    args->queries,  args->keys,    args->heads,
                               args->kv_heads, args->head_dim, args->scale,   args->causal != 0,
                               view(args->q),  view(args->k),  view(args->v), view(args->out)};
    if (args->dtype == KYA_FLOAT32)
        return runSimt<float>(problem);
    if (args->dtype == KYA_FLOAT16)
        return capability < 80 ? runSimt<__half>(problem) : runTensor<__half>(problem);
    return capability < 80 ? runSimt<__nv_bfloat16>(problem) : runTensor<__nv_bfloat16>(problem);
}
