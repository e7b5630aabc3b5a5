// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#ifdef __CUDACC__
#define KYA_HOST_AND_DEVICE __host__ __device__
#else
#define KYA_HOST_AND_DEVICE
#endif

namespace kya {

struct Tensor
{
    void *data;
    int64_t batchStride, rowStride, headStride; // elements
};

/** A checked call: every size is positive, every stride reaches valid memory. */
struct Problem
{
    int64_t batch, queries, keys, heads, kvHeads, headDim;
    float scale;
    bool causal;
    Tensor q, k, v, out;

    KYA_HOST_AND_DEVICE int64_t kvHead(int64_t head) const { return head / (heads / kvHeads); }
    /** Number of keys that query `row` may see; ≤ 0 when it sees none. */
    KYA_HOST_AND_DEVICE int64_t visibleKeys(int64_t row) const { return causal ? row + keys - queries + 1 : keys; }
};

template <class Element>
KYA_HOST_AND_DEVICE Element *rowOf(const Tensor &tensor, int64_t batch, int64_t row, int64_t head)
{
    return static_cast<Element *>(tensor.data) + batch * tensor.batchStride + row * tensor.rowStride +
           head * tensor.headStride;
}

} // namespace kya
