// SPDX-License-Identifier: GPL-3.0-or-later
#include "device.h"

namespace kya::cuda {

const char *architectures()
{
    return "";
}

int deviceCount()
{
    return 0;
}

const char *deviceName()
{
    return "";
}

Outcome forward(const Problem &, kya_dtype)
{
    return {KYA_UNAVAILABLE, "This library was built without CUDA: no nvcc was found when it was compiled.", 0};
}

} // namespace kya::cuda
