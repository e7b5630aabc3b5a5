# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel against float64, its documented edges, and its refusals."""

import itertools
import os
import subprocess
import sys
import unittest

import checkout

TREE = checkout.built("kernel")
sys.path.insert(0, str(TREE / "python"))
sys.dont_write_bytecode = True

import numpy  # noqa: E402

import kernelyard_attention as package  # noqa: E402

TOLERANCE = {"fp32": 5e-6, "fp16": 1e-3, "bf16": 5e-3}  # relative L2


def reference(q, k, v, causal, scale):
    """Written from the definition, one query at a time, unlike the suite's reference."""
    out = numpy.zeros(q.shape)
    for b, i, h in itertools.product(*map(range, q.shape[:3])):
        group = h // (q.shape[2] // k.shape[2])
        seen = k.shape[1] if not causal else min(k.shape[1], i + k.shape[1] - q.shape[1] + 1)
        if seen <= 0:
            continue
        scores = scale * (k[b, :seen, group] @ q[b, i, h])
        weights = numpy.exp(scores - scores.max())
        out[b, i, h] = weights @ v[b, :seen, group] / weights.sum()
    return out


def stored(values, dtype):
    if dtype == "bf16":
        return package.to_bfloat16(values)
    return values.astype(numpy.float16 if dtype == "fp16" else numpy.float32)


def wide(array):
    return (package.from_bfloat16(array) if array.dtype == numpy.uint16 else array).astype(numpy.float64)


def inputs(dtype, batch, queries, keys, heads, kv_heads, dim, seed=0):
    draw = numpy.random.default_rng([seed, queries, keys, dim])
    shapes = [(batch, queries, heads, dim), (batch, keys, kv_heads, dim), (batch, keys, kv_heads, dim)]
    return [stored(draw.standard_normal(shape).astype(numpy.float32), dtype) for shape in shapes]


class Numbers(unittest.TestCase):
    def check(self, dtype, *shape, causal, scale=None, **arguments):
        q, k, v = inputs(dtype, *shape)
        expected = reference(wide(q), wide(k), wide(v), causal, q.shape[3] ** -0.5 if scale is None else scale)
        got = wide(package.attention(q, k, v, causal=causal, scale=scale, **arguments))
        self.assertTrue(numpy.isfinite(got).all())
        error = numpy.linalg.norm(got - expected) / max(numpy.linalg.norm(expected), 1e-30)
        self.assertLess(error, TOLERANCE[dtype])

    def test_every_type_over_odd_shapes(self):
        shapes = [(1, 1, 1, 1, 1, 1), (2, 4, 4, 1, 1, 8), (1, 3, 5, 2, 1, 3), (1, 63, 65, 2, 2, 31), (1, 65, 64, 4, 2, 33),
                  (2, 1, 129, 2, 1, 256), (1, 129, 1, 2, 2, 17), (1, 64, 128, 6, 3, 64), (1, 66, 191, 2, 1, 255)]
        for dtype, shape, causal in itertools.product(TOLERANCE, shapes, (False, True)):
            with self.subTest(dtype=dtype, shape=shape, causal=causal):
                self.check(dtype, *shape, causal=causal)

    def test_every_head_dimension(self):
        for dim in range(1, 257):
            with self.subTest(dim=dim):
                self.check("fp32", 1, 5, 9, 1, 1, dim, causal=True)

    def test_lengths_around_tile_edges(self):
        edges = (62, 63, 64, 65, 66, 127, 128, 129)
        for queries, keys in itertools.product(edges, edges):
            with self.subTest(queries=queries, keys=keys):
                self.check("fp32", 1, queries, keys, 1, 1, 8, causal=True)

    def test_scale_is_used(self):
        for scale in (0.0, 0.03, 1.0, -0.5, 4.0):
            with self.subTest(scale=scale):
                self.check("fp32", 1, 20, 70, 2, 1, 24, causal=True, scale=scale)

    def test_queries_that_see_nothing_give_zeros(self):
        q, k, v = inputs("fp32", 1, 70, 3, 1, 1, 8)
        out = package.attention(q, k, v, causal=True)
        self.assertTrue((out[:, :67] == 0).all())
        self.assertTrue((out[:, 67:] != 0).any(axis=3).all())

    def test_large_scores_do_not_overflow(self):
        q, k, v = (array * 100 for array in inputs("fp32", 1, 20, 40, 1, 1, 64))
        expected = reference(wide(q), wide(k), wide(v), False, 0.125)
        numpy.testing.assert_allclose(package.attention(q, k, v), expected, rtol=2e-3, atol=1e-2)

    def test_nan_in_the_inputs_shows_in_the_output(self):
        for which in range(3):
            arrays = inputs("fp32", 1, 9, 70, 1, 1, 16)
            arrays[which][0, 5, 0, 3] = numpy.nan
            out = package.attention(*arrays)
            self.assertTrue(numpy.isnan(out[0, 5]).any(), f"argument {which}")

    def test_fp16_rounds_to_nearest_even_at_every_magnitude(self):
        # One key: the output is that value, through both conversions.
        values = numpy.arange(0, 65536, dtype=numpy.uint16).view(numpy.float16)
        values = values[numpy.isfinite(values)]
        v = numpy.resize(values, (1, 1, 1, 256 * 248))[:, :, :, :].reshape(248, 1, 1, 256)
        ones = numpy.ones_like(v)
        self.assertTrue((package.attention(ones, ones, v) == v).all())


class Layout(unittest.TestCase):
    def test_strided_inputs_and_output(self):
        q, k, v = inputs("fp16", 2, 33, 40, 4, 2, 48)
        expected = package.attention(q, k, v, causal=True)
        as_heads_first = [numpy.ascontiguousarray(a.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3) for a in (q, k, v)]
        padded = numpy.full((2, 33, 4, 64), numpy.float16(7))
        got = package.attention(*as_heads_first, causal=True, out=padded[..., :48])
        self.assertEqual(got.tobytes(), expected.tobytes())
        self.assertTrue((padded[..., 48:] == 7).all())
        backwards = [numpy.ascontiguousarray(a[:, ::-1])[:, ::-1] for a in (q, k, v)]  # negative strides are copied
        self.assertEqual(package.attention(*backwards, causal=True).tobytes(), expected.tobytes())

    def test_same_bits_for_any_number_of_threads(self):
        q, k, v = inputs("bf16", 2, 200, 300, 3, 1, 72)
        results = {package.attention(q, k, v, causal=True, threads=threads).tobytes() for threads in (0, 1, 2, 3, 16)}
        self.assertEqual(len(results), 1)

    def test_every_instruction_set_of_this_machine(self):
        command = [sys.executable, "-B", __file__, "Numbers.test_every_type_over_odd_shapes"]
        for asked in ("baseline", "v3", "v4"):
            done = subprocess.run(command, env=dict(os.environ, KERNELYARD_ATTENTION_ISA=asked,
                                                    KERNELYARD_ATTENTION_TREES=str(checkout.TREES / asked)),
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, f"{asked}: {done.stderr}")


class Refusals(unittest.TestCase):
    def refuses(self, error, words, *arrays, **arguments):
        with self.assertRaisesRegex(error, words):
            package.attention(*arrays, **arguments)

    def test_wrong_shapes(self):
        def zeros(*shape):
            return numpy.zeros(shape, numpy.float32)

        good = zeros(1, 4, 2, 8)
        self.refuses(ValueError, "four axes", zeros(4, 2, 8), good, good)
        self.refuses(ValueError, "k has shape", good, good, zeros(1, 5, 2, 8))
        self.refuses(ValueError, "agree", good, zeros(2, 4, 2, 8), zeros(2, 4, 2, 8))
        self.refuses(ValueError, "agree", good, zeros(1, 4, 2, 9), zeros(1, 4, 2, 9))
        self.refuses(ValueError, "multiple of kv_heads", zeros(1, 4, 3, 8), good, good)
        self.refuses(ValueError, "head_dim is 257", *[zeros(1, 4, 2, 257)] * 3)
        self.refuses(ValueError, "head_dim is 0", *[zeros(1, 4, 2, 0)] * 3)
        self.refuses(ValueError, "keys is 0", good, zeros(1, 0, 2, 8), zeros(1, 0, 2, 8))
        self.refuses(ValueError, "queries is 0", zeros(1, 0, 2, 8), good, good)
        self.refuses(ValueError, "scale", good, good, good, scale=float("nan"))
        self.refuses(ValueError, "threads", good, good, good, threads=-1)
        self.refuses(ValueError, "device", good, good, good, device="tpu")
        self.refuses(ValueError, "out must", good, good, good, out=zeros(1, 4, 2, 9))
        self.refuses(ValueError, "overlap", good, good, good,
                     out=numpy.lib.stride_tricks.as_strided(zeros(64), good.shape, (256, 32, 16, 4)))
        self.refuses(TypeError, "one type", good, good.astype(numpy.float16), good.astype(numpy.float16))
        self.refuses(TypeError, "float64", *[good.astype(numpy.float64)] * 3)

    def test_a_missing_device_is_named(self):
        good = numpy.zeros((1, 4, 2, 8), numpy.float32)
        self.refuses(package.AttentionError, "without CUDA", good, good, good, device="cuda")

    def test_the_c_interface_refuses_null_and_wrong_sizes(self):
        import ctypes

        from kernelyard_attention import library

        message = ctypes.create_string_buffer(200)
        loaded = library.load()
        self.assertEqual(loaded.kya_forward(None, message, len(message)), 1)
        args = library.ForwardArgs(struct_size=4)
        self.assertEqual(loaded.kya_forward(ctypes.byref(args), message, len(message)), 1)
        self.assertIn(b"struct_size", message.value)
        args = library.ForwardArgs(struct_size=ctypes.sizeof(args), batch=1, queries=1, keys=1, heads=1, kv_heads=1,
                                   head_dim=8, scale=1)
        self.assertEqual(loaded.kya_forward(ctypes.byref(args), message, 5), 1)
        self.assertEqual(message.value, b"q is")  # cut to the room given
        self.assertEqual(loaded.kya_forward(ctypes.byref(args), None, 0), 1)

    def test_a_missing_library_says_how_to_build_it(self):
        tree = checkout.fresh("unbuilt")
        done = subprocess.run([sys.executable, "-c", "import kernelyard_attention as p; p.describe()"],
                              env=checkout.environment(tree), capture_output=True, text=True, check=False)
        self.assertIn("python -m kernelyard_attention.build", done.stderr)


class Prepared(unittest.TestCase):
    def test_it_computes_again_and_tells_the_time(self):
        q, k, v = inputs("fp32", 1, 200, 300, 2, 1, 64)
        prepared = package.Prepared(q, k, v, causal=True)
        self.assertTrue(all(0 < prepared.run() < 10_000 for _ in range(3)))
        self.assertTrue((prepared._arrays[-1] == package.attention(q, k, v, causal=True)).all())

    def test_a_wrong_call_is_refused_as_the_plain_one_is(self):
        q, k, v = inputs("fp32", 1, 4, 4, 2, 1, 8)
        with self.assertRaisesRegex(ValueError, "must agree in batch and dim"):
            package.Prepared(q, k[..., :4], v[..., :4])
        with self.assertRaisesRegex(ValueError, "scale must be finite"):
            package.Prepared(q, k, v, scale=float("nan"))
        with self.assertRaisesRegex(package.AttentionError, "built without CUDA"):
            package.Prepared(q, k, v, device="cuda")


if __name__ == "__main__":
    unittest.main()
