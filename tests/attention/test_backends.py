# SPDX-License-Identifier: GPL-3.0-or-later
"""The back-ends of the attention suite without the packages that they call: on PyTorch itself where it is, and on stand-ins."""

import ctypes
import math
import subprocess
import sys
import types
import unittest
import unittest.mock

import checkout
import numpy

sys.path.insert(0, str(checkout.VALIDATE))

from kernelyard_validation import backends, comparison, controls, program  # noqa: E402
from kernelyard_validation.case import Case  # noqa: E402
from kernelyard_validation.lines import LoadError  # noqa: E402
from kernelyard_validation.stored import ITEMS, exact  # noqa: E402
from kernelyard_validation.suite import Suite, spec_of  # noqa: E402

SUITES = sorted(checkout.SUITE.parent.glob("*.yml"))

try:
    import torch
except ImportError:
    torch = None


def attended(q, k, v, bias, scale, by="h // group"):
    """An xFormers of PyTorch's own: [batch, length, heads, dim], of one head without it, with groups in five dimensions."""
    shape, groups = q.shape, k.shape[2]
    if q.ndim == 3:
        q, k, v = (one.unsqueeze(2) for one in (q, k, v))
    if q.ndim == 5:
        q, k, v = (one.flatten(2, 3) for one in (q, k, v))
        bias = bias.flatten(1, 2) if isinstance(bias, torch.Tensor) else bias
        if by == "h % groups":
            heads = k.shape[2]
            k, v = (one[:, :, [h % groups * (heads // groups) for h in range(heads)]] for one in (k, v))
    mask = bias if isinstance(bias, torch.Tensor) or bias is None else torch.ones(
        q.shape[1], k.shape[1], dtype=torch.bool).tril(k.shape[1] - q.shape[1])
    q, k, v = (one.transpose(1, 2) for one in (q, k, v))
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=scale).transpose(1, 2).reshape(shape)


def xformers_of(compute, seen, knows_five=True):
    """The back-end on that operator; `seen` gets (dimensions, stride from head to head of the keys) of each call."""
    def operator(q, k, v, attn_bias, p, scale):
        if q.ndim == 5 and not knows_five:
            raise ValueError("Invalid shape for query")
        if q.ndim == 3 and attn_bias is not None:  # that of LowerTriangularFromBottomRightMask, as of 0.0.35
            raise ValueError("Please provide inputs in BMHK format rather than BMK")
        seen.append((k.ndim, k.stride(-2)))
        return compute(q, k, v, attn_bias, scale)

    package, ops = types.ModuleType("xformers"), types.ModuleType("xformers.ops")
    package.__file__, package.ops, ops.memory_efficient_attention = "/nowhere/__init__.py", ops, operator
    masks = types.SimpleNamespace(LowerTriangularFromBottomRightMask=type("Causal", (), {}))
    ops.fmha = types.SimpleNamespace(attn_bias=masks)
    with unittest.mock.patch.dict(sys.modules, {"xformers": package, "xformers.ops": ops}):
        return backends.load("xformers", "cpu")


class Backends(unittest.TestCase):
    def test_limits_of_a_backend_hold_in_every_suite(self):
        for path in SUITES:
            suite = Suite(path)
            self.assertEqual(suite.limits("sageattention", "bf16")["out"]["cosine"], 0.995)
            self.assertEqual(suite.limits("torch-efficient", "fp32")["out"]["relL2"], 1e-4)
            self.assertEqual(suite.scale_error("sageattention", "fp16"), 0.5)
            self.assertEqual(suite.scale_error("torch-flash", "fp16"), 0.01)

    def test_groups_and_repeats(self):
        suite = types.SimpleNamespace(backends=["xformers"])
        def names(*asked):
            return program.wanted_names(suite, types.SimpleNamespace(backend=list(asked) or None))
        self.assertEqual(names(), ["xformers"])
        self.assertEqual(names("torch-math", "torch"), ["torch-math", "torch-flash", "torch-efficient", "torch-cudnn"])
        self.assertEqual(set(names("all")), set(backends.MAKERS))

    def test_a_package_that_breaks_on_import_is_absent_with_its_words(self):
        folder = checkout.TREES / "broken-package"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sageattention.py").write_text("raise ValueError('undefined symbol: _ZN2at')\n")
        sys.path.insert(0, str(folder))
        try:
            with self.assertRaisesRegex(LoadError, "sageattention cannot be loaded: ValueError: undefined symbol"):
                backends.load("sageattention", "auto")
        finally:
            sys.path.remove(str(folder))

    @unittest.skipIf(torch is None, "PyTorch is not installed")
    def test_every_kernel_of_pytorch_that_is_here_passes_with_gradients_masks_and_lengths(self):
        suite = checkout.SUITE.with_name("xformers.yml")
        done = subprocess.run([sys.executable, "-B", str(checkout.VALIDATE), "--suite", str(suite), "--backend", "torch",
                               "--quick", "--device", "cpu", "--no-speed"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    @unittest.skipIf(torch is None, "PyTorch is not installed")
    def test_packed_operators_get_what_they_document(self):
        """flash_attn's and sageattention's calls, answered by PyTorch itself."""
        calls = []

        def attend(q, k, v, scale, causal):
            calls.append(tuple(q.shape))
            group = q.shape[2] // k.shape[2]
            q, k, v = (one.transpose(1, 2).float() for one in (q, k.repeat_interleave(group, 2), v.repeat_interleave(group, 2)))
            seen = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool).tril(k.shape[2] - q.shape[2]) if causal else None
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=seen, scale=scale).transpose(1, 2)

        def by_sequence(q, k, v, starts_q, starts_k, most_q, most_k, scale, causal):
            parts = [attend(q[None, a:b], k[None, c:d], v[None, c:d], scale, causal)[0]
                     for a, b, c, d in zip(starts_q, starts_q[1:], starts_k, starts_k[1:])]
            self.assertEqual(most_q, max((starts_q[1:] - starts_q[:-1]).tolist()))
            self.assertEqual(most_k, max((starts_k[1:] - starts_k[:-1]).tolist()))
            return torch.cat(parts).to(q.dtype)

        flash = types.ModuleType("flash_attn")
        flash.flash_attn_func = lambda q, k, v, softmax_scale, causal, deterministic: \
            attend(q, k, v, softmax_scale, causal).to(q.dtype)
        flash.flash_attn_varlen_func = lambda q, k, v, a, b, c, d, softmax_scale, causal, deterministic: \
            by_sequence(q, k, v, a, b, c, d, softmax_scale, causal)
        sage = types.ModuleType("sageattention")
        sage.sageattn = lambda q, k, v, tensor_layout, is_causal, sm_scale: attend(q, k, v, sm_scale, is_causal).to(q.dtype)
        sage.sageattn_varlen = lambda q, k, v, a, b, c, d, is_causal, sm_scale: by_sequence(q, k, v, a, b, c, d, sm_scale, is_causal)
        suite = Suite(checkout.SUITE.with_name("xformers.yml"))
        sys.modules.update(flash_attn=flash, sageattention=sage)
        try:
            for make, name in ((backends.flash.FlashAttention2, "flash-attn-2"), (backends.sage.Sage, "sageattention")):
                with self.assertRaisesRegex(LoadError, "no CUDA device"):
                    make("cpu")
                backend = make.__new__(make)
                backends.tensors.TensorBackend.__init__(backend, name, sys.modules[name.split("-")[0].replace("flash", "flash_attn")],
                                                        "cpu")
                backend.module, backend.options = sys.modules[name.split("-")[0].replace("flash", "flash_attn")], {"deterministic": True}
                backend._dims = {}
                tried = 0
                for shape in ("b2-q4-k4-h1-d8", "b1-q65-k65-h4g2-d64-causal", "b4-q33-k33-h2-d64-causal-varlen",
                              "b5-q20-k40-h4g2-d64-varlen", "b3-q40-k40-h2-d64", "b1-q33-k33-h2-d64-causal-backward",
                              "b4-q128-k128-h4g2-d64-causal-varlen-backward"):
                    case = Case(spec_of("bf16", shape), 4)
                    if backend.refuses(case.spec):
                        continue
                    got = program.values(backend.run(case)[0], case)
                    _, reasons = comparison.judge(got, case.expected, suite.limits(name, "bf16"))
                    self.assertEqual(reasons, [], f"{name} {shape}")
                    tried += 1
                self.assertGreaterEqual(tried, 4)
        finally:
            sys.modules.pop("flash_attn"), sys.modules.pop("sageattention")
        self.assertTrue(calls)


class Poison(unittest.TestCase):
    """Outputs that an operator allocates itself: what it does not write is not a number."""

    def backend(self, device, module=None):
        one = backends.tensors.TensorBackend.__new__(backends.tensors.TensorBackend)
        one.device, one.torch = device, module
        return one

    @unittest.skipUnless(hasattr(ctypes.CDLL(None), "mallopt"), "this C library has no mallopt")
    def test_on_a_cpu_whatever_is_allocated_during_the_call_is_not_a_number(self):
        malloc = ctypes.CDLL(None).malloc
        malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
        free = ctypes.CDLL(None).free
        free.argtypes = [ctypes.c_void_p]

        def bytes_of(count):
            place = malloc(count)
            found = set(ctypes.string_at(place, count))
            free(place)
            return found
        for count in (5000, 200_000, 40_000_000):
            with self.backend("cpu").poisoned(None):
                self.assertEqual(bytes_of(count), {0xFF}, count)
        for dtype in ("fp32", "fp16", "bf16"):
            filled = numpy.full(64, 0xFF, numpy.uint8).view(ITEMS[dtype])
            self.assertTrue(numpy.isnan(exact(filled, dtype)).all(), dtype)

    def test_on_a_cpu_the_filling_ends_with_the_call_however_that_ends(self):
        calls = []
        library = types.SimpleNamespace(mallopt=lambda *arguments: calls.append(arguments))
        with unittest.mock.patch.object(backends.tensors.ctypes, "CDLL", lambda name: library), \
                self.assertRaises(RuntimeError), self.backend("cpu").poisoned(None):
            self.assertEqual(calls, [(-6, 0x100)])
            raise RuntimeError("the kernel failed")
        self.assertEqual(calls, [(-6, 0x100), (-6, 0)])
        with unittest.mock.patch.object(backends.tensors.ctypes, "CDLL", lambda name: types.SimpleNamespace()), \
                self.backend("cpu").poisoned(None):
            self.assertEqual(len(calls), 2)  # another C library

    def test_on_a_gpu_the_blocks_that_the_output_may_get_are_filled_together_and_free_again(self):
        alive, most = [], []

        class Tensor:
            def __init__(self, shape):
                self.shape = shape
                alive.append(shape)
                most[:] = max(most, alive.copy(), key=len)

            def __del__(self):
                alive.remove(self.shape)

        def full(shape, value, dtype, device):
            self.assertTrue(math.isnan(value) and dtype == "half" and device == "cuda")
            return Tensor(tuple(shape))
        module = types.SimpleNamespace(full=full, float32="float", float16="half", bfloat16="brain")
        for is_native in (True, False):
            most.clear()
            backend = self.backend("cuda", module)
            backend.takes_groups = lambda spec, is_native=is_native: is_native
            with backend.poisoned(Case(spec_of("fp16", "b2-q8-k12-h4g2-d16"), 1)):
                self.assertEqual(alive, [])
            self.assertEqual(most.count((2, 8, 4, 16)), backends.tensors.SPARES)
            self.assertEqual(most.count((2, 12, 2, 16)), backends.tensors.SPARES)
            self.assertEqual(most.count((2, 12, 4, 16)), 0 if is_native else backends.tensors.SPARES)

    @unittest.skipIf(torch is None, "PyTorch is not installed")
    def test_an_operator_that_leaves_its_last_row_out_is_seen_whatever_it_allocated_before(self):
        backend = xformers_of(attended, [])

        def forgetful(q, k, v, *_):
            rest = [torch.zeros_like(k), torch.ones_like(q), torch.ones_like(q) * 2]  # quantised inputs and the like
            out = torch.empty_like(q)
            out[:, :-1] = torch.nn.functional.scaled_dot_product_attention(
                *(one.transpose(1, 2) for one in (q, k, v))).transpose(1, 2)[:, :-1]
            del rest
            return out
        backend.forward = forgetful
        for dtype in ("fp32", "fp16", "bf16"):
            for shape in ("b1-q65-k65-h2-d64", "b1-q512-k512-h4-d128", "b1-q4096-k64-h16-d128"):
                case = Case(spec_of(dtype, shape), 1)
                for _ in range(3):
                    out = exact(backend.run(case)[0]["out"], dtype)
                    self.assertTrue(numpy.isnan(out[:, -1]).all(), f"{dtype} {shape}")
                    self.assertTrue(numpy.isfinite(out[:, :-1]).all(), f"{dtype} {shape}")


class Groups(unittest.TestCase):
    """Heads that share keys: passed as such where the operator takes them so, repeated where it does not."""

    def test_pytorch_is_asked_whether_a_kernel_for_cuda_takes_groups(self):
        class Params:
            def __init__(self, q, k, v, mask, dropout, causal, *grouped):
                self.heads, self.kv_heads, self.grouped = q[1], k[1], grouped

        def takes(params, debug):
            return params.grouped == (params.heads != params.kv_heads,)

        def same_heads(params, debug):
            return params.heads == params.kv_heads

        cuda = types.SimpleNamespace(SDPAParams=Params, can_use_flash_attention=takes, can_use_efficient_attention=same_heads,
                                     can_use_cudnn_attention=takes)
        fake = types.SimpleNamespace(float32=1, float16=2, bfloat16=3, backends=types.SimpleNamespace(cuda=cuda),
                                     empty=lambda *shape, **options: shape)

        def backend(name, version):
            one = backends.sdpa.TorchSdpa.__new__(backends.sdpa.TorchSdpa)
            one.torch, one.name, one.device, one.is_math, one.version = fake, name, "cuda", False, version
            return one

        spec = spec_of("bf16", "b1-q128-k128-h4g2-d64")
        found = {name: backend(name, "2.8.0")._repeats(spec) for name in ("torch-flash", "torch-efficient", "torch-cudnn")}
        self.assertEqual(found, {"torch-flash": 1, "torch-efficient": 2, "torch-cudnn": 1})
        self.assertEqual(backend("torch-flash", "2.4.1")._repeats(spec), 2)
        self.assertEqual(backend("torch-efficient", "2.8.0")._repeats(spec_of("bf16", "b1-q128-k128-h4-d64")), 1)

    def test_a_case_says_whether_its_groups_were_native(self):
        repeating, native = (types.SimpleNamespace(takes_groups=lambda spec, takes=takes: takes, operator_of=lambda case: None)
                             for takes in (False, True))
        grouped, plain = (Case(spec_of("fp32", f"b1-q4-k4-h4{groups}-d8"), 1) for groups in ("g2", ""))
        self.assertEqual(program.remarks(repeating, grouped), {"groups": "repeated"})
        self.assertEqual(program.remarks(native, grouped), {"groups": "native"})
        self.assertEqual(program.remarks(repeating, plain), {})

    @unittest.skipIf(torch is None, "PyTorch is not installed")
    def test_kernels_of_pytorch_get_groups_and_are_right_or_get_them_repeated_and_are_right(self):
        suite = Suite(checkout.SUITE.with_name("xformers.yml"))
        for name in ("torch-math", "torch-flash"):
            for is_native in (True, False):
                backend = backends.load(name, "cpu")
                self.assertTrue(backend.takes_groups({}))
                backend._has_groups = is_native
                seen, operator = [], backend.sdpa

                def watched(q, k, v, **options):
                    seen.append((q.shape[1], k.shape[1], options.pop("enable_gqa", False)))
                    return operator(q, k, v, **options, enable_gqa=seen[-1][-1])
                backend.sdpa = watched
                for shape in ("b1-q33-k40-h6g2-d64", "b1-q33-k40-h6g2-d64-bias", "b2-q33-k33-h6g2-d64-causal-backward"):
                    case = Case(spec_of("fp32", shape), 4)
                    if backend.refuses(case.spec):
                        continue
                    got = program.values(backend.run(case)[0], case)
                    self.assertEqual(comparison.judge(got, case.expected, suite.limits(name, "fp32"))[1], [], f"{name} {shape}")
                self.assertEqual(set(seen), {(6, 2, True) if is_native else (6, 6, False)})

    @unittest.skipIf(torch is None, "PyTorch is not installed")
    def test_xformers_gets_groups_in_five_dimensions_forward(self):
        suite = Suite(checkout.SUITE.with_name("xformers.yml"))
        for knows_five, by in ((True, "h // group"), (False, "h // group"), (True, "h % groups")):
            seen = []
            backend = xformers_of(lambda *inputs: attended(*inputs, by=by), seen, knows_five)
            for shape in ("b2-q33-k40-h6g2-d64", "b1-q33-k33-h6g2-d64-causal", "b1-q33-k40-h6g2-d64-bias",
                          "b1-q33-k40-h6g2-d64-backward"):
                case = Case(spec_of("fp32", shape), 4)
                seen.clear()
                got = program.values(backend.run(case)[0], case)
                native = knows_five and not case.spec["backward"]
                self.assertEqual(seen[-1], (5, 0) if native else (4, 64), shape)
                self.assertEqual(program.remarks(backend, case)["groups"], "native" if native else "repeated")
                right = by == "h // group" or not native
                reasons = comparison.judge(got, case.expected, suite.limits("xformers", "fp32"))[1]
                self.assertEqual(reasons == [], right, f"{shape}: {reasons}")
                if not right:  # agrees with the reference that is wrong in the same way: the run is void
                    made = controls.CONTROLS["groups-mixed-up"](case, got, 0.01)
                    self.assertEqual(comparison.judge(*made, suite.limits("xformers", "fp32"))[1], [])

    @unittest.skipIf(torch is None, "PyTorch is not installed")
    def test_xformers_gets_one_head_in_three_dimensions_where_there_is_no_mask(self):
        seen = []
        backend = xformers_of(attended, seen)
        for shape, dimensions in (("b1-q33-k33-h1-d64", 3), ("b1-q33-k33-h1-d64-causal", 4), ("b1-q33-k33-h1-d64-bias", 4),
                                  ("b1-q33-k33-h1-d64-backward", 4)):
            backend.run(Case(spec_of("fp32", shape), 4))
            self.assertEqual(seen[-1][0], dimensions, shape)

    @unittest.skipIf(torch is None, "PyTorch is not installed")
    def test_xformers_names_the_operators_that_its_dispatch_chooses(self):
        backend = xformers_of(attended, [])
        case, backward = (Case(spec_of("fp32", f"b1-q8-k8-h2-d8{suffix}"), 4) for suffix in ("", "-backward"))
        backend.run(case)
        self.assertEqual(program.remarks(backend, case), {})  # nothing private is there to ask
        asked = []

        class Inputs:
            def __init__(self, query, key, value, attn_bias, p, scale):
                self.dimensions = query.ndim

            def normalize_bmhk(self):
                self.dimensions = 4

        def dispatch(name, packed):
            def chosen(inputs, more):
                asked.append((name, inputs.dimensions, more))
                return types.SimpleNamespace(NAME=name, VARLEN_LSE_PACKED=packed)
            return chosen
        fmha = backend.ops.fmha
        fmha.Inputs, fmha._dispatch_fw, fmha._dispatch_bw = Inputs, dispatch("fa2F@2.5.7-pt", True), dispatch("fa2B@2.5.7-pt", True)
        case = Case(spec_of("fp32", "b1-q8-k8-h1-d8"), 4)
        for one in (case, case, backward):
            backend.run(one)
        self.assertEqual(program.remarks(backend, case), {"operator": "fa2F@2.5.7-pt"})
        self.assertEqual(program.remarks(backend, backward), {"operator": "fa2F@2.5.7-pt, fa2B@2.5.7-pt"})
        self.assertEqual(asked, [("fa2F@2.5.7-pt", 4, False), ("fa2F@2.5.7-pt", 4, True), ("fa2B@2.5.7-pt", 4, True)])
        fmha._dispatch_bw = lambda inputs: None  # as it was before 0.0.27
        backend.run(backward := Case(backward.spec, 5))
        self.assertEqual(program.remarks(backend, backward), {"operator": "fa2F@2.5.7-pt"})


if __name__ == "__main__":
    unittest.main()
