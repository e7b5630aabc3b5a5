// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "cpu/storage.h"
#include "cuda_runtime_api.h"

struct __half
{ // a type of its own: overloads of kya's for Float16 must not be found through it
    unsigned short bits;
};

inline float __half2float(__half value)
{
    return kya::toFloat(kya::Float16{value.bits});
}

inline __half __float2half_rn(float value)
{
    kya::Float16 result;
    kya::fromFloat(value, result);
    return {result.bits};
}

inline unsigned short __half_as_ushort(__half value)
{
    return value.bits;
}
