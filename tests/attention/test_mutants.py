# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults put into the kernel's source, one at a time, compiled, and validated: none may pass."""

import unittest

import checkout

# name: (file below csrc, text that stands there once, what replaces it)
MUTANTS = {
    "mask one key short": ("problem.h", "row + keys - queries + 1 :", "row + keys - queries :"),
    "mask one key more": ("problem.h", "row + keys - queries + 1 :", "row + keys - queries + 2 :"),
    "mask aligned at the top left": ("problem.h", "row + keys - queries + 1 :", "row + 1 :"),
    "mask ignored": ("problem.h", "return causal ?", "return false ?"),
    "last tile of keys left out": ("cpu/forward.h", "firstKey < end; firstKey", "firstKey + keyTile < end; firstKey"),
    "first tile of keys left out": ("cpu/forward.h", "int64_t firstKey = 0; firstKey",
                                    "int64_t firstKey = end > keyTile ? keyTile : 0; firstKey"),
    "scale 1 % too large": ("cpu/forward.h", "problem.scale * log2OfE", "problem.scale * log2OfE * 1.01F"),
    "heads swapped": ("cpu/forward.h", "rowOf<Storage>(problem.out, batch, firstRow + row, head)",
                      "rowOf<Storage>(problem.out, batch, firstRow + row, (head + 1) % problem.heads)"),
    "groups of heads interleaved": ("problem.h", "head / (heads / kvHeads)", "head % kvHeads"),
    "stale accumulator": ("cpu/forward.h", "if (correction != 1.0F)", "if (false)"),
    "stale sum": ("cpu/forward.h", "set.sum[row] * correction +", "set.sum[row] +"),
    "sum of the last tile only": ("cpu/forward.h", "set.sum[row] * correction +", "0 *"),
    "odd last dimension not written": ("cpu/forward.h", "for (int64_t d = 0; d < headDim; ++d)",
                                       "for (int64_t d = 0; d < (headDim > 1 ? headDim / 2 * 2 : 1); ++d)"),
    "uninitialised tail": ("cpu/forward.h", "for (int64_t row = 0; row < rows; ++row)\n        writeRow",
                             "for (int64_t row = 0; row < rows - 1; ++row)\n        writeRow"),
    "padding keys counted": ("cpu/forward.h", "visible < keys ? visible : keys",
                             "problem.causal ? (visible < keys ? visible : keys) : keyTile"),
    "fp16 overflow at long lengths": (
        "cpu/forward.h", "set.out, set.stride, rows, set.stride, keys);",
        "set.out, set.stride, rows, set.stride, keys);\n"
        "        for (int64_t i = 0; i < rows * set.stride; ++i)\n"
        "            if (sizeof(Storage) == 2 && set.out[i] > 65504.0F)\n"
        "                set.out[i] = -minusInfinity;"),
    "one dimension too many written": ("cpu/forward.h", "for (int64_t d = 0; d < headDim; ++d)",
                                       "for (int64_t d = 0; d <= headDim; ++d)"),
    "coarse exponential": ("cpu/lanes.h", "6.93147181e-1F", "6.9e-1F"),
    "batches confused": ("cpu/forward.h", "rowOf<Storage>(problem.k, batch,", "rowOf<Storage>(problem.k, 0,"),
    "not divided by the sum": ("cpu/forward.h", "? 0.0F : 1.0F / set.sum[row]", "? 0.0F : 1.0F"),
    "bfloat16 read as float16": ("cpu/bfloat16.cpp", "forwardTile<BFloat16>", "forwardTile<Float16>"),
    "zeros": ("cpu/forward.h", "set.out[row * set.stride + d] * factor", "0.0F"),
}


class Mutants(unittest.TestCase):
    def verdict(self, name, mutation):
        tree = checkout.fresh("mutant")
        if mutation:
            file, old, new = mutation
            checkout.replace(tree / "csrc" / file, old, new)
        # -O1 compiles in half the time, and the fault is the same.
        _, lines, stderr = checkout.validate(tree, "--quick", "--build", CXXFLAGS="-O1")
        self.assertTrue(lines and lines[-1]["type"] == "verdict", f"{name}: {stderr}")
        return lines[-1]["verdict"]

    def test_the_unchanged_kernel_passes(self):
        self.assertEqual(self.verdict("unchanged", None), "pass")

    def test_no_mutant_passes(self):
        for name, mutation in MUTANTS.items():
            with self.subTest(name):
                self.assertIn(self.verdict(name, mutation), ("fail", "void"))


if __name__ == "__main__":
    unittest.main()
