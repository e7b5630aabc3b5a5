// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What the library asks of CUDA. Compiled from device.cpp where nvcc was found, from absent.cpp where it was not.

#include "../kernelyard_attention.h"
#include "../problem.h"

#include <memory>
#include <string>

namespace kya::cuda {

struct Outcome
{
    kya_status status = KYA_OK;
    std::string message;
    double kernelMs = 0;
};

const char *architectures();
int deviceCount();
const char *deviceName();

/** A problem whose tensors lie in the GPU's memory: computed again and again without a copy between. */
class Resident
{
public:
    virtual ~Resident() = default;
    virtual Outcome compute() = 0; // with the time of the kernel alone
    virtual Outcome fetch(const Tensor &out) = 0;
};

/** Copies the problem's inputs to the GPU. Null where that can't be done, with why in `outcome`. */
std::unique_ptr<Resident> upload(const Problem &problem, kya_dtype dtype, Outcome &outcome);

} // namespace kya::cuda
