// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Takes the place of csrc/cuda/copy.cuh: a copy is carried out as late as it may be, when its group is waited for, or
// as early.

#include "cuda_runtime_api.h"

#include <cstring>
#include <deque>
#include <vector>

namespace kya::cuda {

struct PendingCopy
{
    void *shared;
    const void *from;
    bool inside;
};
/** Of one thread: groups that are committed, and the copies that are not. */
struct Copies
{
    std::deque<std::vector<PendingCopy>> groups;
    std::vector<PendingCopy> open;
};
Copies &copiesOfThread();
extern bool copiesAreLate;

inline void carryOut(const PendingCopy &copy)
{
    if (copy.inside)
        std::memcpy(copy.shared, copy.from, 16);
    else
        std::memset(copy.shared, 0, 16);
}

inline void copy16(void *shared, const void *from, bool inside)
{
    if (copiesAreLate)
        copiesOfThread().open.push_back({shared, from, inside});
    else
        carryOut({shared, from, inside});
}

inline void commitCopies()
{
    Copies &copies = copiesOfThread();
    copies.groups.push_back(std::move(copies.open));
    copies.open.clear();
}

template <int Pending>
inline void waitForCopies()
{
    Copies &copies = copiesOfThread();
    for (; copies.groups.size() > Pending; copies.groups.pop_front()) {
        for (const PendingCopy &copy : copies.groups.front())
            carryOut(copy);
    }
}

} // namespace kya::cuda
