// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

namespace kya::cuda {

inline constexpr float log2OfE = 1.44269504F; // scores are kept as base-2 logarithms

__device__ inline float toFloat(float value) { return value; }
__device__ inline float toFloat(__half value) { return __half2float(value); }
__device__ inline float toFloat(__nv_bfloat16 value) { return __bfloat162float(value); }

template <class Element> __device__ inline Element fromFloat(float value);
template <> __device__ inline float fromFloat<float>(float value) { return value; }
template <> __device__ inline __half fromFloat<__half>(float value) { return __float2half_rn(value); }
template <> __device__ inline __nv_bfloat16 fromFloat<__nv_bfloat16>(float value) { return __float2bfloat16_rn(value); }

/** Two values rounded to Element in one register, the first in the lower half. */
__device__ inline uint32_t packed(__half first, __half second)
{
    return uint32_t{__half_as_ushort(first)} | uint32_t{__half_as_ushort(second)} << 16;
}

__device__ inline uint32_t packed(__nv_bfloat16 first, __nv_bfloat16 second)
{
    return uint32_t{__bfloat16_as_ushort(first)} | uint32_t{__bfloat16_as_ushort(second)} << 16;
}

/** What the softmax subtracts: the maximum, or 0 while every key so far was hidden (-inf - -inf would be NaN). */
__device__ inline float shiftFor(float maximum) { return maximum == -INFINITY ? 0.0F : maximum; }

} // namespace kya::cuda
