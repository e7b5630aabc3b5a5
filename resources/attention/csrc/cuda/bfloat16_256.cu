// SPDX-License-Identifier: GPL-3.0-or-later
#include "tensor.cuh"

cudaError_t kya::cuda::launchBFloat16Dim256(const Problem &problem, cudaStream_t stream)
{
    return launchTensor<__nv_bfloat16, 256>(problem, stream);
}
