# SPDX-License-Identifier: GPL-3.0-or-later
"""The CUDA kernels' own source, run thread by thread on the CPU: indices, masks, barriers and register layouts.

simt/ stands in for the language, the warp's collective instructions are spelt out from the PTX ISA. This shows that the kernels
compute the right thing under that reading; it says nothing of a GPU's timing, and the few lines of inline assembly are not run.
"""

import ctypes
import itertools
import subprocess
import sys
import unittest

import checkout
import cuda_faults

TREE = checkout.built("cuda_on_cpu")
sys.path.insert(0, str(TREE / "python"))
sys.path.insert(0, str(checkout.VALIDATE))
sys.dont_write_bytecode = True

from kernelyard_attention import library  # noqa: E402
from kernelyard_attention.forward import _tensor  # noqa: E402
import numpy  # noqa: E402
from kernelyard_validation import comparison, stored  # noqa: E402
from kernelyard_validation.backends import own  # noqa: E402
from kernelyard_validation.case import Case  # noqa: E402
from kernelyard_validation.suite import Suite, spec_of  # noqa: E402

SIMT = checkout.ROOT / "tests" / "attention" / "simt"
SUITE = Suite(checkout.SUITE)


def linked(tree, name, *sources):
    """A library of those sources, compiled with the stand-ins for CUDA."""
    target = tree / name
    done = subprocess.run(["c++", "-std=c++20", "-O2", "-w", "-fPIC", "-shared", f"-I{SIMT}", f"-I{SIMT / 'include'}",
                           f"-I{tree / 'csrc'}", f"-I{tree / 'csrc/cuda'}", *map(str, sources), "-o", str(target)],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return target


def compiled(tree):
    """The emulator around the kernels of a checkout."""
    for header in ("mma.cuh", "copy.cuh"):
        (tree / "csrc/cuda" / header).write_text((SIMT / header).read_text())
    checkout.replace(tree / "csrc/cuda/tensor.cuh", "extern __shared__ uint4", "extern uint4")
    emulator = ctypes.CDLL(str(linked(tree, "emulator.so", SIMT / "emulator.cpp", SIMT / "runtime.cpp")))
    emulator.emulate.restype = ctypes.c_bool
    return emulator


def padded(array):
    """As the device's memory holds it: rows padded with zeros to a multiple of 16 bytes."""
    return numpy.pad(array, [(0, 0)] * 3 + [(0, -array.shape[3] % (16 // array.itemsize))])


def passes(emulator, spec, capability=80, seed=1):
    """Whether the emulated kernel's result is within the suite's limits; like one of its cases. Copies to shared memory come as
    late as they may, and once more as early as they may."""
    case = Case(spec, seed)
    for late in (True, False):
        q, k, v = padded(case.q), padded(case.k), padded(case.v)
        out, buffer = stored.poisoned(q.shape, case.dtype)
        args = library.ForwardArgs(
            struct_size=ctypes.sizeof(library.ForwardArgs), dtype=["fp32", "fp16", "bf16"].index(case.dtype), device=1,
            causal=case.causal, batch=spec["batch"], queries=spec["queries"], keys=spec["keys"], heads=spec["heads"],
            kv_heads=spec["kvHeads"], head_dim=q.shape[3], scale=case.scale, q=_tensor(q), k=_tensor(k), v=_tensor(v),
            out=_tensor(out))
        if not emulator.emulate(ctypes.byref(args), capability, late):
            return False
        limits = SUITE.limits("kernelyard_attention", case.dtype)
        result = stored.exact(out, case.dtype)[..., :spec["headDim"]]
        _, reasons = comparison.judge({"out": result}, case.expected, limits)
        if reasons or not stored.guards_intact(buffer):
            return False
    return True


def spec(dtype, batch, queries, keys, heads, kv_heads, dim, causal):
    return spec_of(dtype, f"b{batch}-q{queries}-k{keys}-h{heads}g{kv_heads}-d{dim}{'-causal' if causal else ''}")


SHAPES = [  # batch, queries, keys, heads, kv heads, head dim
    (1, 1, 1, 1, 1, 1), (2, 4, 4, 1, 1, 8), (1, 65, 63, 2, 1, 64), (1, 63, 129, 2, 2, 40), (1, 17, 70, 2, 1, 33),
    (1, 66, 130, 1, 1, 128), (1, 20, 65, 2, 2, 127), (1, 65, 33, 1, 1, 256), (1, 16, 31, 2, 1, 193), (1, 70, 10, 1, 1, 24),
    (1, 129, 200, 2, 1, 128), (1, 130, 257, 1, 1, 64),
]


class Kernels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.emulator = compiled(checkout.fresh("emulated"))

    def test_tensor_core_kernel(self):
        for dtype, shape, causal in itertools.product(("fp16", "bf16"), SHAPES, (False, True)):
            with self.subTest(dtype=dtype, shape=shape, causal=causal):
                self.assertTrue(passes(self.emulator, spec(dtype, *shape, causal)))

    def test_plain_kernel(self):
        for dtype, shape, causal in itertools.product(("fp32", "fp16", "bf16"), SHAPES, (False, True)):
            with self.subTest(dtype=dtype, shape=shape, causal=causal):
                self.assertTrue(passes(self.emulator, spec(dtype, *shape, causal), capability=75))


    def test_a_scale_that_is_not_above_zero(self):
        for scale in (0.0, -0.2):
            case = Case(spec("fp16", 1, 70, 140, 1, 1, 64, False), seed=1)
            case.scale = scale
            out, _ = stored.poisoned(case.q.shape, case.dtype)
            args = library.ForwardArgs(
                struct_size=ctypes.sizeof(library.ForwardArgs), dtype=1, device=1, batch=1, queries=70, keys=140, heads=1,
                kv_heads=1, head_dim=64, scale=scale, q=_tensor(case.q), k=_tensor(case.k), v=_tensor(case.v), out=_tensor(out))
            self.assertTrue(self.emulator.emulate(ctypes.byref(args), 80, True))
            limits = SUITE.limits("kernelyard_attention", "fp16")
            _, reasons = comparison.judge({"out": stored.exact(out, "fp16")}, case.expected, limits)
            self.assertEqual(reasons, [], f"scale {scale}")


class Device(unittest.TestCase):
    """The package's own way to a GPU and back, with memory of the host in the GPU's place."""

    @classmethod
    def setUpClass(cls):
        tree = checkout.built("cuda_device")
        for header in ("mma.cuh", "copy.cuh"):
            (tree / "csrc/cuda" / header).write_text((SIMT / header).read_text())
        checkout.replace(tree / "csrc/cuda/tensor.cuh", "extern __shared__ uint4", "extern uint4")
        checkout.replace(tree / "csrc/cuda/device.cpp", "KYA_ARCHITECTURES;", '"9.0";')
        device = tree / "csrc/cuda/device.cpp"
        device.write_text(device.read_text().replace("+ KYA_ARCHITECTURES +", '+ "9.0" +'))
        objects = sorted(one for one in (tree / "build").rglob("*.o") if one.name != "absent.o")
        linked(tree, "python/kernelyard_attention/libkernelyard_attention.so", "-fopenmp", *objects, device,
               SIMT / "emulator.cpp", SIMT / "runtime.cpp")
        cls.package = own.load_from(tree / "python", "emulated", "cuda").module
        cls.library = ctypes.CDLL(str(tree / "python/kernelyard_attention/libkernelyard_attention.so"))

    def setUp(self):
        self.case = Case(spec("bf16", 1, 40, 70, 2, 1, 64, True), seed=1)
        self.before = self.library.liveAllocations()

    def call(self):
        case = self.case
        return self.package.attention(case.q, case.k, case.v, causal=True, scale=case.scale, device="cuda", timing={})

    def check(self, got):
        limits = SUITE.limits("kernelyard_attention", "bf16")
        self.assertEqual(comparison.judge({"out": stored.exact(got, "bf16")}, self.case.expected, limits)[1], [])

    def test_the_way_to_the_gpu_and_back(self):
        self.assertEqual(self.package.describe()["cudaDevice"], "Emulated GPU (9.0)")
        self.check(self.call())
        strided = numpy.zeros((1, 40, 4, 64), numpy.uint16)
        strided[:, :, ::2] = self.case.q
        self.case.q = strided[:, :, ::2]
        self.check(self.call())
        self.assertEqual(self.library.liveAllocations(), self.before)
        self.assertEqual(self.library.deviceOfThread(), 1)  # the caller's, as before

    def test_rows_of_every_length_and_type(self):
        for dtype, dim in itertools.product(("fp32", "fp16", "bf16"), (1, 33, 127)):  # each unlike a multiple of 16 bytes
            with self.subTest(dtype=dtype, dim=dim):
                case = Case(spec(dtype, 1, 40, 70, 2, 1, dim, True), seed=1)
                got = self.package.attention(case.q, case.k, case.v, causal=True, scale=case.scale, device="cuda")
                limits = SUITE.limits("kernelyard_attention", dtype)
                self.assertEqual(comparison.judge({"out": stored.exact(got, dtype)}, case.expected, limits)[1], [])

    def test_a_prepared_call_keeps_its_inputs_until_it_is_let_go(self):
        case = self.case
        prepared = self.package.Prepared(case.q, case.k, case.v, causal=True, scale=case.scale, device="cuda")
        held = self.library.liveAllocations() - self.before
        self.assertEqual([prepared.run(), prepared.run()], [1.5, 1.5])
        self.assertEqual((held, self.library.liveAllocations() - self.before), (6, 6))  # q, k, v, the output and two events
        del prepared
        self.assertEqual(self.library.liveAllocations(), self.before)

    def test_an_error_is_told_once_and_the_next_call_is_right(self):
        for call, words in (("cudaMalloc", "CUDA failed while allocating memory on the GPU: out of memory"),
                            ("cudaEventSynchronize", "CUDA failed while running the kernel: the launch timed out"),
                            ("launch", r"CUDA failed while launching the kernel: no kernel image .* \(Emulated GPU \(9.0\); "
                                       "this library was built for 9.0")):
            with self.subTest(call):
                self.library.failOnce(call.encode())
                with self.assertRaisesRegex(self.package.AttentionError, words):
                    self.call()
                self.check(self.call())
                self.assertEqual(self.library.liveAllocations(), self.before)


class Mutants(unittest.TestCase):
    """The emulation would notice a kernel that is wrong, and the suite's limits each of the faults that it must catch."""

    SHAPE = ("fp16", 1, 140, 270, 2, 1, 64, True)
    OF_OTHER_SHAPES = {"one head swapped": ("fp16", 1, 140, 270, 4, 2, 64, True),
                       "rows past the end are left as they were": ("fp16", 1, 40, 40, 2, 1, 64, True)}

    def test_no_mutant_passes(self):
        right = compiled(checkout.fresh("emulated-right"))
        for shape in (self.SHAPE, *self.OF_OTHER_SHAPES.values()):
            self.assertTrue(passes(right, spec(*shape)), f"the right kernel, {shape}")
        for number, (name, (file, old, new)) in enumerate({**cuda_faults.USE, **cuda_faults.NUMBERS}.items()):
            with self.subTest(name):
                tree = checkout.fresh(f"emulated-{number}")  # a library is loaded once per path, so each has its own
                checkout.replace(tree / "csrc/cuda" / file, old, new)
                self.assertFalse(passes(compiled(tree), spec(*self.OF_OTHER_SHAPES.get(name, self.SHAPE))))


if __name__ == "__main__":
    unittest.main()
