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

std::unique_ptr<Resident> upload(const Problem &, kya_dtype, Outcome &outcome)
{
    outcome = {KYA_UNAVAILABLE, "This library was built without CUDA: no nvcc was found when it was compiled.", 0};
    return nullptr;
}

} // namespace kya::cuda
