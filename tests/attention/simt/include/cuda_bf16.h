// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "cpu/storage.h"
#include "cuda_runtime_api.h"

struct __nv_bfloat16
{ // a type of its own: overloads of kya's for BFloat16 must not be found through it
    unsigned short bits;
};

inline float __bfloat162float(__nv_bfloat16 value)
{
    return kya::toFloat(kya::BFloat16{value.bits});
}

inline __nv_bfloat16 __float2bfloat16_rn(float value)
{
    kya::BFloat16 result;
    kya::fromFloat(value, result);
    return {result.bits};
}

inline unsigned short __bfloat16_as_ushort(__nv_bfloat16 value)
{
    return value.bits;
}
