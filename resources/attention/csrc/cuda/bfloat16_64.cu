// SPDX-License-Identifier: GPL-3.0-or-later
#include "tensor.cuh"

cudaError_t kya::cuda::launchBFloat16Dim64(const Problem &problem, cudaStream_t stream)
{
    return launchTensor<__nv_bfloat16, 64>(problem, stream);
}
