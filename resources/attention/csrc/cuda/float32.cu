// SPDX-License-Identifier: GPL-3.0-or-later
#include "tensor.cuh"

cudaError_t kya::cuda::launchFloat32(const Problem &problem, Capability, cudaStream_t stream)
{
    return launchSimt<float>(problem, stream);
}
