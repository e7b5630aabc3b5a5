// SPDX-License-Identifier: GPL-3.0-or-later
#include "simt.cuh"

cudaError_t kya::cuda::launchFloat32(const Problem &problem, cudaStream_t stream)
{
    return launchSimt<float>(problem, stream);
}

cudaError_t kya::cuda::launchFloat16(const Problem &problem, cudaStream_t stream)
{
    return launchSimt<__half>(problem, stream);
}

cudaError_t kya::cuda::launchBFloat16(const Problem &problem, cudaStream_t stream)
{
    return launchSimt<__nv_bfloat16>(problem, stream);
}
