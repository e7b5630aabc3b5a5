# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the CUDA kernel. name: (file below csrc/cuda, text that stands there once, what replaces it)"""

# how the kernel uses the GPU: the emulator finds them, on a GPU they may show or not
USE = {
    "transposed load left out": ("tensor.cuh", "loadMatricesTransposed(right, values + (key", "loadMatrices(right, values + (key"),
    "wrong half of the keys' row": ("tensor.cuh", "+ d + lane / 8 % 2 * 8", "+ d"),
    "the second block's keys are the first's": ("tensor.cuh", "block * 8 + lane / 16 * 8 + lane % 8", "block * 8 + lane % 8"),
    "the second block's values are the first's": ("tensor.cuh", "(block + lane / 16) * 8", "block * 8"),
    "the second rows' queries are the first's": ("tensor.cuh", "(part * 16 + lane % 16) * stride", "(lane % 16) * stride"),
    "barrier left out for one warp": ("tensor.cuh", "__syncthreads(); // nobody reads the keys",
                                      "if (warpRow) __syncthreads(); // nobody reads the keys"),
    "keys overwritten while they are read": ("tensor.cuh", "__syncthreads(); // nobody reads the keys", "// nobody reads the keys"),
    "values overwritten while they are read": ("tensor.cuh", "__syncthreads(); // the keys are there", "// the keys are there"),
    "values used before others have copied them": ("tensor.cuh", "__syncthreads(); // the values are there", ""),
    "values used before they are there": ("tensor.cuh", "waitForCopies<1>();", "waitForCopies<2>();"),
    "keys used before they are there": ("tensor.cuh", "waitForCopies<0>();", "waitForCopies<1>();"),
    "rows past the end are left as they were": (
        "tensor.cuh", "copy16(to + i * rowsAtOnce * stride, from, i * rowsAtOnce < left);",
        "if (i * rowsAtOnce < left) copy16(to + i * rowsAtOnce * stride, from, true);"),
}

# what a kernel may compute wrongly: the suite must find them anywhere
NUMBERS = {
    "off-by-one mask": ("tensor.cuh", "+ i % 2 < visible[i / 2]", "+ i % 2 <= visible[i / 2]"),
    "tile with hidden keys taken for a full one": ("tensor.cuh", "first + Shape::keys <= seenByAll", "first <= seenByAll"),
    "missing last tile": ("tensor.cuh", "for (int64_t first = 0; first < end;", "for (int64_t first = 0; first + Shape::keys < end;"),
    "wrong scale by 1 %": ("tensor.cuh", "problem.scale * log2OfE", "problem.scale * log2OfE * 1.01F"),
    "one head swapped": ("tensor.cuh", "problem.kvHead(at.head)", "problem.kvHeads - 1 - problem.kvHead(at.head)"),
    "stale accumulator": ("tensor.cuh", "out[block][half * 2 + 1] *= correction;", ""),
    "uninitialised tail": ("tensor.cuh", "if (row >= problem.queries)", "if (row >= problem.queries - 1)"),
    "fp16 overflow at long lengths": ("tensor.cuh", "rows.sum[half] += score;",
                                      "rows.sum[half] = __half2float(__float2half_rn(rows.sum[half] + score * 256));"),
}
