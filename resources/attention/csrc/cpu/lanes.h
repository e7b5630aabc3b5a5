// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Vectors of floats in the width of the instruction set that this file is compiled for, through the vector extension
// of GCC and Clang. Everything here has internal linkage: the same header is compiled for several instruction sets into
// one library, and the linker must never merge an AVX copy of a function into the baseline.

#include <cstdint>

namespace kya {
namespace {

#if defined(__AVX512F__)
constexpr int laneCount = 16;
constexpr int blockRows = 8; // 8 × 2 accumulators of 32 registers
#elif defined(__AVX2__)
constexpr int laneCount = 8;
constexpr int blockRows = 4; // 4 × 2 accumulators of 16 registers
#else
constexpr int laneCount = 4;
constexpr int blockRows = 4;
#endif
constexpr int blockVectors = 2;
constexpr int blockColumns = blockVectors * laneCount;

typedef float Lanes __attribute__((vector_size(laneCount * 4)));
typedef float LanesUnaligned __attribute__((vector_size(laneCount * 4), aligned(4)));
typedef int32_t IntLanes __attribute__((vector_size(laneCount * 4)));

inline Lanes load(const float *from)
{
    return *reinterpret_cast<const LanesUnaligned *>(from);
}

inline void store(float *to, Lanes value)
{
    *reinterpret_cast<LanesUnaligned *>(to) = value;
}

inline Lanes broadcast(float value)
{
    return Lanes{} + value;
}

inline float sumOf(Lanes value)
{
    float sum = 0;
    for (int i = 0; i < laneCount; ++i)
        sum += value[i];
    return sum;
}

inline float maximumOf(Lanes value)
{
    float maximum = value[0];
    for (int i = 1; i < laneCount; ++i)
        maximum = value[i] > maximum ? value[i] : maximum;
    return maximum;
}

/**
 * 2^x for x ≤ 0, within 2 ulp; 0 below the smallest normal float (and for -infinity); NaN stays NaN.
 * x is split into the nearest integer and a rest in [-1/2, 1/2], whose power is the Taylor polynomial of e^(x ln 2) to
 * the 7th order (remainder below 6e-9).
 */
inline Lanes exp2OfNonPositive(Lanes x)
{
    const Lanes lowest = broadcast(-126.0F);
    const Lanes clamped = x < lowest ? lowest : x;
    const Lanes roundingShift = broadcast(0x1.8p23F); // adding it leaves no bits for a fraction
    const Lanes whole = (clamped + roundingShift) - roundingShift;
    const Lanes rest = clamped - whole;
    Lanes power = broadcast(1.52527338e-5F);
    power = power * rest + 1.54035304e-4F;
    power = power * rest + 1.33335581e-3F;
    power = power * rest + 9.61812911e-3F;
    power = power * rest + 5.55041087e-2F;
    power = power * rest + 2.40226507e-1F;
    power = power * rest + 6.93147181e-1F;
    power = power * rest + 1.0F;
    const IntLanes exponent = (__builtin_convertvector(whole, IntLanes) + 127) << 23;
    // A product, not an addition to the exponent bits: NaN must survive.
    const Lanes result = power * (Lanes)exponent; // the cast of a vector keeps its bits
    return x < lowest ? broadcast(0.0F) : result;
}

} // namespace
} // namespace kya
