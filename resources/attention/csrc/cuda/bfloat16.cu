// SPDX-License-Identifier: GPL-3.0-or-later
#include "tensor.cuh"

cudaError_t kya::cuda::launchBFloat16(const Problem &problem, Capability capability, cudaStream_t stream)
{
    return launch16Bit<__nv_bfloat16>(problem, capability, stream);
}
