// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gpu/nvmlabi.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

/// What README.md's instructions say, for the entry points that are simulated by it.
namespace simulated {

struct Instruction
{
    std::string verb, function;
    int number = 0;
    int gpu = -1; ///< -1: any
};

struct SimulatedProcess
{
    int gpu;
    uint32_t pid;
    uint64_t mib;
};

struct Scenario
{
    unsigned gpus = 1;
    std::set<unsigned> removed;
    bool unprivileged = false;
    bool idle = false;
    std::vector<Instruction> instructions;
    std::vector<SimulatedProcess> processes;
    unsigned slices[64] = {};
    std::map<int, int> gpm; ///< of the GPUs that have it
    std::string log;
};

extern Scenario scenario;

bool isThere(int gpu);
/// What the scenario says of \a function on \a gpu: a code to return, after a wait or never.
kernelyard::nvml::Return gate(const char *function, int gpu = -1);

// Handles: the GPU's number and a slice's, from 1 on.
int gpuOf(kernelyard::nvml::Device device);
int sliceOf(kernelyard::nvml::Device device); ///< -1: it is the GPU
kernelyard::nvml::Device handle(unsigned gpu, unsigned slice = 0);

} // namespace simulated
