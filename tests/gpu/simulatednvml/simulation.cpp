// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gpu/simulatednvml/simulation.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

using namespace kernelyard::nvml;

namespace simulated {

Scenario scenario;

static std::mutex mutex;
static struct stat seen
{};

static void readScenario()
{
    const char *path = std::getenv("SIMULATED_NVML");
    struct stat now = {};
    if (!path || ::stat(path, &now) != 0 ||
        (now.st_mtim.tv_sec == seen.st_mtim.tv_sec && now.st_mtim.tv_nsec == seen.st_mtim.tv_nsec &&
         now.st_size == seen.st_size))
        return;
    seen = now;
    scenario = {};
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string verb;
        words >> verb;
        Instruction one{verb, {}, 0, -1};
        if (verb == "gpus")
            words >> scenario.gpus;
        else if (verb == "remove") {
            unsigned gpu = 0;
            words >> gpu;
            scenario.removed.insert(gpu);
        } else if (verb == "unprivileged")
            scenario.unprivileged = true;
        else if (verb == "idle")
            scenario.idle = true;
        else if (verb == "log")
            words >> scenario.log;
        else if (verb == "mig") {
            unsigned gpu = 0;
            words >> gpu;
            words >> scenario.slices[gpu % 64];
        } else if (verb == "gpm") {
            int gpu = 0;
            words >> gpu;
            words >> scenario.gpm[gpu];
        } else if (verb == "process") {
            SimulatedProcess process{};
            words >> process.gpu >> process.pid >> process.mib;
            scenario.processes.push_back(process);
        } else if (verb == "error" || verb == "slow") {
            words >> one.function >> one.number >> one.gpu;
            if (words.fail())
                one.gpu = -1;
            scenario.instructions.push_back(one);
        } else if (verb == "hang" || verb == "crash") {
            words >> one.function >> one.gpu;
            if (words.fail())
                one.gpu = -1;
            scenario.instructions.push_back(one);
        }
    }
}

bool isThere(int gpu)
{
    return unsigned(gpu) < scenario.gpus && !scenario.removed.contains(unsigned(gpu));
}

Return gate(const char *function, int gpu)
{
    std::unique_lock lock(mutex);
    readScenario();
    if (!scenario.log.empty())
        if (std::FILE *log = std::fopen(scenario.log.c_str(), "a")) {
            std::fprintf(log, "%s %d\n", function, gpu);
            std::fclose(log);
        }
    const std::vector<Instruction> instructions = scenario.instructions;
    const bool lost = gpu >= 0 && !isThere(gpu);
    lock.unlock();
    for (const Instruction &one : instructions) {
        if (one.function != function || (one.gpu >= 0 && one.gpu != gpu))
            continue;
        if (one.verb == "hang")
            for (;;)
                ::pause();
        if (one.verb == "crash") {
            std::signal(SIGSEGV, SIG_DFL); // a sanitizer has its own
            std::raise(SIGSEGV);
        }
        if (one.verb == "slow")
            std::this_thread::sleep_for(std::chrono::milliseconds(one.number));
        if (one.verb == "error")
            return static_cast<Return>(one.number);
    }
    return lost ? Return::GpuIsLost : Return::Success;
}

int gpuOf(Device device)
{
    return static_cast<int>(reinterpret_cast<uintptr_t>(device) >> 8) - 1;
}

int sliceOf(Device device)
{
    return static_cast<int>(reinterpret_cast<uintptr_t>(device) & 0xFF) - 1;
}

Device handle(unsigned gpu, unsigned slice)
{
    return reinterpret_cast<Device>(uintptr_t((gpu + 1) << 8 | slice));
}

} // namespace simulated
