// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

namespace kya::cuda {

inline constexpr unsigned allLanes = 0xffffffffU;
inline constexpr float log2OfE = 1.44269504F; // scores are kept as base-2 logarithms

__device__ inline float toFloat(float value)
{
    return value;
}
__device__ inline float toFloat(__half value)
{
    return __half2float(value);
}
__device__ inline float toFloat(__nv_bfloat16 value)
{
    return __bfloat162float(value);
}

template <class Element>
__device__ inline Element fromFloat(float value);
template <>
__device__ inline float fromFloat<float>(float value)
{
    return value;
}
template <>
__device__ inline __half fromFloat<__half>(float value)
{
    return __float2half_rn(value);
}
template <>
__device__ inline __nv_bfloat16 fromFloat<__nv_bfloat16>(float value)
{
    return __float2bfloat16_rn(value);
}

/** Two values rounded to Element in one register, the first in the lower half. */
template <class Element>
__device__ inline uint32_t packed(float first, float second);
template <>
__device__ inline uint32_t packed<__half>(float first, float second)
{
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    uint32_t both;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(second), "f"(first));
    return both;
#else
    return uint32_t{__half_as_ushort(__float2half_rn(first))} | uint32_t{__half_as_ushort(__float2half_rn(second))}
                                                                    << 16;
#endif
}
template <>
__device__ inline uint32_t packed<__nv_bfloat16>(float first, float second)
{
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    uint32_t both;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(second), "f"(first));
    return both;
#else
    return uint32_t{__bfloat16_as_ushort(__float2bfloat16_rn(first))} |
           uint32_t{__bfloat16_as_ushort(__float2bfloat16_rn(second))} << 16;
#endif
}

/** 2 to the power of x, to 2 units in the last place of float32 (PTX ISA, "ex2"): enough for weights that get 16 bits.
 */
__device__ inline float powerOf2(float x)
{
#ifdef __CUDA_ARCH__
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
#else
    return exp2f(x);
#endif
}

/** What the softmax subtracts: the maximum, or 0 while every key so far was hidden (-inf - -inf would be NaN). */
__device__ inline float shiftFor(float maximum)
{
    return maximum == -INFINITY ? 0.0F : maximum;
}

} // namespace kya::cuda
