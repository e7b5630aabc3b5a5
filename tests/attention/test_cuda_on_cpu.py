# SPDX-License-Identifier: GPL-3.0-or-later
"""The CUDA kernels' own source, run thread by thread on the CPU: indices, masks, barriers and register layouts.

simt/ stands in for the language, the warp's collective instructions are spelt out from the PTX ISA. This shows that the kernels
compute the right thing under that reading; it says nothing of a GPU's timing, and the few lines of inline assembly are not run.
"""

import ctypes
import itertools
import math
import subprocess
import sys
import unittest

import checkout

TREE = checkout.built("cuda_on_cpu")
sys.path.insert(0, str(TREE / "python"))
sys.path.insert(0, str(checkout.VALIDATE))
sys.dont_write_bytecode = True

from kernelyard_attention import library  # noqa: E402
from kernelyard_attention.forward import _tensor  # noqa: E402
from kernelyard_validation import comparison, stored  # noqa: E402
from kernelyard_validation.case import Case  # noqa: E402
from kernelyard_validation.suite import Suite, spec_of  # noqa: E402

SIMT = checkout.ROOT / "tests" / "attention" / "simt"
SUITE = Suite(checkout.SUITE)


def compiled(tree):
    """The emulator around the kernels of a checkout."""
    for header in ("mma.cuh", "copy.cuh"):
        (tree / "csrc/cuda" / header).write_text((SIMT / header).read_text())
    checkout.replace(tree / "csrc/cuda/tensor.cuh", "extern __shared__ uint4", "extern uint4")
    target = tree / "emulator.so"
    done = subprocess.run(["c++", "-std=c++20", "-O2", "-w", "-fPIC", "-shared", f"-I{SIMT}", f"-I{SIMT / 'include'}",
                           f"-I{tree / 'csrc'}", f"-I{tree / 'csrc/cuda'}", str(SIMT / "emulator.cpp"), "-o", str(target)],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    emulator = ctypes.CDLL(str(target))
    emulator.emulate.restype = ctypes.c_bool
    return emulator


def passes(emulator, spec, capability=80):
    """Whether the emulated kernel's result is within the suite's limits; like one of its cases."""
    dtype, batch, queries, keys, heads, kv_heads, dim, causal = spec
    spec = spec_of(dtype, f"b{batch}-q{queries}-k{keys}-h{heads}g{kv_heads}-d{dim}{'-causal' if causal else ''}")
    case = Case(spec, seed=1)
    out, buffer = stored.poisoned(case.q.shape, case.dtype)
    args = library.ForwardArgs(
        struct_size=ctypes.sizeof(library.ForwardArgs), dtype=["fp32", "fp16", "bf16"].index(case.dtype), device=1,
        causal=case.causal, batch=spec["batch"], queries=spec["queries"], keys=spec["keys"], heads=spec["heads"],
        kv_heads=spec["kvHeads"], head_dim=spec["headDim"], scale=1 / math.sqrt(spec["headDim"]), q=_tensor(case.q),
        k=_tensor(case.k), v=_tensor(case.v), out=_tensor(out))
    if not emulator.emulate(ctypes.byref(args), capability):
        return False
    _, reasons = comparison.judge({"out": stored.exact(out, case.dtype)}, case.expected, SUITE.limits("kernelyard_attention", dtype))
    return not reasons and stored.guards_intact(buffer)


SHAPES = [  # batch, queries, keys, heads, kv heads, head dim
    (1, 1, 1, 1, 1, 1), (2, 4, 4, 1, 1, 8), (1, 65, 63, 2, 1, 64), (1, 63, 129, 2, 2, 40), (1, 17, 70, 2, 1, 33),
    (1, 66, 130, 1, 1, 128), (1, 20, 65, 2, 2, 127), (1, 65, 33, 1, 1, 256), (1, 16, 31, 2, 1, 193), (1, 70, 10, 1, 1, 24),
]


class Kernels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.emulator = compiled(checkout.fresh("emulated"))

    def test_tensor_core_kernel(self):
        for dtype, shape, causal in itertools.product(("fp16", "bf16"), SHAPES, (False, True)):
            with self.subTest(dtype=dtype, shape=shape, causal=causal):
                self.assertTrue(passes(self.emulator, (dtype, *shape, causal)))

    def test_plain_kernel(self):
        for dtype, shape, causal in itertools.product(("fp32", "fp16", "bf16"), SHAPES, (False, True)):
            with self.subTest(dtype=dtype, shape=shape, causal=causal):
                self.assertTrue(passes(self.emulator, (dtype, *shape, causal), capability=75))


class Mutants(unittest.TestCase):
    """The emulation would notice a kernel that is wrong."""

    FAULTS = {
        "transposed load left out": ("cuda/tensor.cuh", "loadMatricesTransposed(right, values + (key",
                                     "loadMatrices(right, values + (key"),
        "wrong half of the keys' row": ("cuda/tensor.cuh", "+ d + lane / 8 % 2 * 8", "+ d"),
        "stale accumulator": ("cuda/tensor.cuh", "out[block][half * 2 + 1] *= correction;", ""),
        "barrier left out for one warp": ("cuda/tensor.cuh", "__syncthreads(); // nobody reads the keys",
                                          "if (warp) __syncthreads(); // nobody reads the keys"),
        "values used before they are there": ("cuda/tensor.cuh", "waitForCopies<1>();", "waitForCopies<2>();"),
        "keys used before they are there": ("cuda/tensor.cuh", "waitForCopies<0>();\n            __syncthreads(); // the keys",
                                            "waitForCopies<1>();\n            __syncthreads(); // the keys"),
        "queries used before they are there": ("cuda/tensor.cuh", "waitForCopies<0>();\n            __syncthreads();\n",
                                               "waitForCopies<1>();\n            __syncthreads();\n"),
        "the second block's keys are the first's": ("cuda/tensor.cuh", "block * 8 + lane / 16 * 8 + lane % 8", "block * 8 + lane % 8"),
        "the second block's values are the first's": ("cuda/tensor.cuh", "(block + lane / 16) * 8", "block * 8"),
    }

    def test_no_mutant_passes(self):
        for name, (file, old, new) in self.FAULTS.items():
            with self.subTest(name):
                tree = checkout.fresh("emulated-mutant")
                checkout.replace(tree / "csrc" / file, old, new)
                # A library is loaded once per path, so each has its own.
                renamed = tree.with_name(f"emulated-{list(self.FAULTS).index(name)}")
                checkout.shutil.rmtree(renamed, ignore_errors=True)
                tree.rename(renamed)
                self.assertFalse(passes(compiled(renamed), ("fp16", 1, 65, 140, 2, 1, 64, True)))


if __name__ == "__main__":
    unittest.main()
