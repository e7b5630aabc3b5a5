// SPDX-License-Identifier: GPL-3.0-or-later
#include "tile.h"

#include <cstdlib>
#include <string_view>

#define KYA_DECLARE(isa)                                                                                               \
    namespace isa {                                                                                                    \
    void float32Tile(const Problem &, int64_t, int64_t, int64_t, float *);                                             \
    void float16Tile(const Problem &, int64_t, int64_t, int64_t, float *);                                             \
    void bfloat16Tile(const Problem &, int64_t, int64_t, int64_t, float *);                                            \
    }

namespace kya {

KYA_DECLARE(baseline)
#if defined(__x86_64__)
KYA_DECLARE(v3)
KYA_DECLARE(v4)
#endif

namespace {

constexpr CpuKernels baselineKernels{"baseline", baseline::float32Tile, baseline::float16Tile, baseline::bfloat16Tile};

const CpuKernels &choose()
{
#if defined(__x86_64__)
    static constexpr CpuKernels v3Kernels{"x86-64-v3", v3::float32Tile, v3::float16Tile, v3::bfloat16Tile};
    static constexpr CpuKernels v4Kernels{"x86-64-v4", v4::float32Tile, v4::float16Tile, v4::bfloat16Tile};
    const char *asked = std::getenv("KERNELYARD_ATTENTION_ISA");
    const std::string_view highest = asked ? asked : "v4";
    const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512cd");
    if (v4 && highest == "v4")
        return v4Kernels;
    if (v3 && highest != "baseline")
        return v3Kernels;
#endif
    return baselineKernels;
}

} // namespace

const CpuKernels &cpuKernels()
{
    static const CpuKernels &chosen = choose();
    return chosen;
}

} // namespace kya
