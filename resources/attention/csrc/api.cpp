// SPDX-License-Identifier: GPL-3.0-or-later
#include "cpu/schedule.h"
#include "cuda/device.h"
#include "kernelyard_attention.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>

#define KYA_EXPORT extern "C" __attribute__((visibility("default")))

using namespace kya;

namespace {

std::string checkTensor(const char *name, const kya_tensor &tensor, int64_t headDim, bool written)
{
    if (!tensor.data)
        return std::string(name) + " is a null pointer.";
    const bool negative = tensor.batch_stride < 0 || tensor.row_stride < 0 || tensor.head_stride < 0;
    if (negative)
        return std::string(name) + " has a negative stride.";
    if (written && (tensor.row_stride < headDim || tensor.head_stride < headDim))
        return std::string(name) + " has rows that overlap: row and head strides must be at least the head dimension.";
    return {};
}

/** Empty when the call can be made; otherwise why not. */
std::string check(const kya_forward_args &args)
{
    const struct
    {
        const char *name;
        int64_t value;
    } sizes[] = {{"batch", args.batch}, {"queries", args.queries},   {"keys", args.keys},
                 {"heads", args.heads}, {"kv_heads", args.kv_heads}, {"head_dim", args.head_dim}};
    for (const auto &[name, value] : sizes) {
        if (value < 1 || value > std::numeric_limits<int32_t>::max())
            return std::string(name) + " is " + std::to_string(value) + "; it must be from 1 to 2147483647.";
    }
    if (args.head_dim > KYA_MAX_HEAD_DIM)
        return "head_dim is " + std::to_string(args.head_dim) + "; at most " + std::to_string(KYA_MAX_HEAD_DIM) +
               " is supported.";
    if (args.heads % args.kv_heads != 0)
        return "heads (" + std::to_string(args.heads) + ") must be a multiple of kv_heads (" +
               std::to_string(args.kv_heads) + ").";
    if (!std::isfinite(args.scale))
        return "scale must be finite.";
    if (args.threads < 0)
        return "threads must not be negative.";
    if (args.dtype < KYA_FLOAT32 || args.dtype > KYA_BFLOAT16)
        return "dtype " + std::to_string(args.dtype) + " is unknown.";
    if (args.device != KYA_CPU && args.device != KYA_CUDA)
        return "device " + std::to_string(args.device) + " is unknown.";
    for (const auto &[name, tensor] : {std::pair{"q", &args.q}, {"k", &args.k}, {"v", &args.v}}) {
        if (std::string problem = checkTensor(name, *tensor, args.head_dim, false); !problem.empty())
            return problem;
    }
    return checkTensor("out", args.out, args.head_dim, true);
}

Tensor view(const kya_tensor &tensor)
{
    return {tensor.data, tensor.batch_stride, tensor.row_stride, tensor.head_stride};
}

Problem problemOf(const kya_forward_args &args)
{
    return {args.batch, args.queries,     args.keys,    args.heads,   args.kv_heads, args.head_dim,
            args.scale, args.causal != 0, view(args.q), view(args.k), view(args.v),  view(args.out)};
}

kya_status runOnCpu(const kya_forward_args &args, double &kernelMs, std::string &message)
{
    const CpuKernels &kernels = cpuKernels();
    const TileFunction tile = args.dtype == KYA_FLOAT32   ? kernels.float32
                              : args.dtype == KYA_FLOAT16 ? kernels.float16
                                                          : kernels.bfloat16;
    const auto start = std::chrono::steady_clock::now();
    if (!runTiles(problemOf(args), tile, args.threads)) {
        message = "Not enough memory for the working sets of the threads.";
        return KYA_DEVICE_ERROR;
    }
    kernelMs = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    return KYA_OK;
}

} // namespace

struct kya_prepared
{
    kya_forward_args args;
    std::unique_ptr<kya::cuda::Resident> resident; // on the GPU alone

    kya_status prepare(std::string &message)
    {
        if (args.struct_size != sizeof(kya_forward_args)) {
            message = "struct_size does not fit this library's version of kya_forward_args.";
            return KYA_INVALID_ARGUMENT;
        }
        message = check(args);
        if (!message.empty())
            return KYA_INVALID_ARGUMENT;
        if (args.device == KYA_CUDA) {
            cuda::Outcome outcome;
            resident = cuda::upload(problemOf(args), static_cast<kya_dtype>(args.dtype), outcome);
            message = outcome.message;
            return outcome.status;
        }
        return KYA_OK;
    }

    kya_status compute(double &kernelMs, std::string &message)
    {
        if (!resident)
            return runOnCpu(args, kernelMs, message);
        const cuda::Outcome outcome = resident->compute();
        message = outcome.message;
        kernelMs = outcome.kernelMs;
        return outcome.status;
    }

    kya_status fetch(std::string &message)
    {
        if (!resident)
            return KYA_OK;
        const cuda::Outcome outcome = resident->fetch(view(args.out));
        message = outcome.message;
        return outcome.status;
    }
};

namespace {

/** What `call` says, its sentence copied to the caller's message; an exception must not cross the C interface. */
template <class Call>
int answered(char *message, size_t messageSize, Call call)
{
    std::string sentence;
    int status = KYA_DEVICE_ERROR;
    try {
        status = call(sentence);
    } catch (const std::exception &error) {
        sentence = error.what();
    }
    if (message && messageSize > 0)
        std::snprintf(message, messageSize, "%s", sentence.c_str());
    return status;
}

kya_status nullPointer(const char *name, std::string &message)
{
    message = std::string(name) + " is a null pointer.";
    return KYA_INVALID_ARGUMENT;
}

} // namespace

KYA_EXPORT int kya_forward(kya_forward_args *args, char *message, size_t messageSize)
{
    return answered(message, messageSize, [&](std::string &sentence) {
        if (!args)
            return nullPointer("args", sentence);
        kya_prepared call{*args, nullptr};
        kya_status status = call.prepare(sentence);
        if (status == KYA_OK)
            status = call.compute(args->kernel_ms, sentence);
        return status == KYA_OK ? call.fetch(sentence) : status;
    });
}

KYA_EXPORT int kya_prepare(const kya_forward_args *args, kya_prepared **prepared, char *message, size_t messageSize)
{
    return answered(message, messageSize, [&](std::string &sentence) {
        if (!args || !prepared)
            return nullPointer(args ? "prepared" : "args", sentence);
        auto call = std::make_unique<kya_prepared>(kya_prepared{*args, nullptr});
        const kya_status status = call->prepare(sentence);
        *prepared = status == KYA_OK ? call.release() : nullptr;
        return status;
    });
}

KYA_EXPORT int kya_repeat(kya_prepared *prepared, double *kernelMs, char *message, size_t messageSize)
{
    return answered(message, messageSize, [&](std::string &sentence) {
        return prepared && kernelMs ? prepared->compute(*kernelMs, sentence)
                                    : nullPointer(prepared ? "kernel_ms" : "prepared", sentence);
    });
}

KYA_EXPORT void kya_release(kya_prepared *prepared)
{
    delete prepared;
}

KYA_EXPORT int kya_abi_version(void)
{
    return KYA_ABI_VERSION;
}

KYA_EXPORT const char *kya_instruction_set(void)
{
    return cpuKernels().instructionSet;
}

KYA_EXPORT const char *kya_compiler(void)
{
#ifdef __clang__
    return __VERSION__;
#else
    return "GCC " __VERSION__;
#endif
}

KYA_EXPORT int kya_max_threads(void)
{
    return maxThreads();
}

KYA_EXPORT const char *kya_cuda_architectures(void)
{
    return cuda::architectures();
}

KYA_EXPORT int kya_cuda_device_count(void)
{
    return cuda::deviceCount();
}

KYA_EXPORT const char *kya_cuda_device_name(void)
{
    return cuda::deviceName();
}
