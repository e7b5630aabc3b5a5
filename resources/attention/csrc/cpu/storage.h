// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The element types as they lie in memory, and their conversion to and from float32 by bit operations that compilers
// vectorise on any instruction set. Rounding is to nearest, ties to even. IEEE 754-2019 binary16; bfloat16 is the upper
// half of a binary32.

#include <cstdint>
#include <cstring>

namespace kya {
namespace {

struct Float16
{
    uint16_t bits;
};

struct BFloat16
{
    uint16_t bits;
};

inline uint32_t bitsOf(float value)
{
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

inline float floatOf(uint32_t bits)
{
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

inline float toFloat(float value)
{
    return value;
}

inline float toFloat(BFloat16 value)
{
    return floatOf(uint32_t{value.bits} << 16);
}

inline float toFloat(Float16 value)
{
    const uint32_t magnitude = (value.bits & 0x7fffU) << 13;
    const uint32_t sign = (value.bits & 0x8000U) << 16;
    // The product moves the exponent bias from 15 to 127 and makes subnormals normal; infinity and NaN need their own.
    const uint32_t finite = bitsOf(floatOf(magnitude) * 0x1p112F);
    const uint32_t special = magnitude | 0x7f800000U;
    return floatOf(sign | ((value.bits & 0x7c00U) == 0x7c00U ? special : finite));
}

inline void fromFloat(float value, float &to)
{
    to = value;
}

inline void fromFloat(float value, BFloat16 &to)
{
    const uint32_t bits = bitsOf(value);
    const uint32_t rounded = bits + 0x7fffU + ((bits >> 16) & 1U);
    const bool nan = (bits & 0x7fffffffU) > 0x7f800000U;
    to.bits = static_cast<uint16_t>(nan ? (bits >> 16) | 0x40U : rounded >> 16);
}

inline void fromFloat(float value, Float16 &to)
{
    const uint32_t bits = bitsOf(value);
    const uint32_t sign = (bits >> 16) & 0x8000U;
    const uint32_t magnitude = bits & 0x7fffffffU;
    uint32_t half;
    if (magnitude > 0x7f800000U)
        half = 0x7e00U; // NaN
    else if (magnitude >= 0x477ff000U)
        half = 0x7c00U;               // 65520 and above round to infinity
    else if (magnitude < 0x38800000U) // below 2^-14: let the adder round at the subnormals' last place
        half = bitsOf(floatOf(magnitude) + 0.5F) - 0x3f000000U;
    else
        half = (magnitude - 0x38000000U + 0xfffU + ((magnitude >> 13) & 1U)) >> 13;
    to.bits = static_cast<uint16_t>(sign | half);
}

} // namespace
} // namespace kya
