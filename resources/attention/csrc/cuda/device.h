// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What the library asks of CUDA. Compiled from device.cpp where nvcc was found, from absent.cpp where it was not.

#include "../kernelyard_attention.h"
#include "../problem.h"

#include <string>

namespace kya::cuda {

struct Outcome {
    kya_status status = KYA_OK;
    std::string message;
    double kernelMs = 0;
};

const char *architectures();
int deviceCount();
const char *deviceName();
Outcome forward(const Problem &problem, kya_dtype dtype);

} // namespace kya::cuda
