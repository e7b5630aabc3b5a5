// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Copies from memory to shared memory that go on beside the thread (PTX ISA, "cp.async"), compute capability 8.0 and
// later.

#include <cstdint>

namespace kya::cuda {

/**
 * Begins to copy 16 bytes, both addresses multiples of 16; zeros instead when not `inside`: then nothing is read, and
 * `from` may lie outside of all memory.
 */
__device__ inline void copy16(void *shared, const void *from, bool inside)
{
    const uint32_t address = static_cast<uint32_t>(__cvta_generic_to_shared(shared));
    const int bytes = inside ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(from), "r"(bytes) : "memory");
}

/** Makes a group of all copies that this thread began since the last one. */
__device__ inline void commitCopies()
{
    asm volatile("cp.async.commit_group;" ::: "memory");
}

/** Waits until at most the last `Pending` groups of this thread still go on. */
template <int Pending>
__device__ inline void waitForCopies()
{
    asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
}

} // namespace kya::cuda
