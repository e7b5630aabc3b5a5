# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the attention suite that need no kernel: its file, its reference, its comparison, its clock."""

import ctypes
import math
import sys
import types
import unittest
import unittest.mock

import checkout
import numpy

sys.path.insert(0, str(checkout.VALIDATE))

from kernelyard_validation import backends, comparison, controls, nvml, program, reference, speed, yamlfile  # noqa: E402
from kernelyard_validation.case import Case  # noqa: E402
from kernelyard_validation.stored import exact  # noqa: E402
from kernelyard_validation.suite import Suite, SuiteError, spec_of  # noqa: E402

SUITES = sorted(checkout.SUITE.parent.glob("*.yml"))

try:
    import yaml
except ImportError:
    yaml = None


class Yaml(unittest.TestCase):
    @unittest.skipIf(yaml is None, "PyYAML is not installed")
    def test_reads_what_a_whole_reader_reads(self):
        files = [*SUITES, *sorted((checkout.VALIDATE / "kernelyard_validation").glob("*.yml"))]
        self.assertGreaterEqual(len(files), 4)
        for path in files:
            with self.subTest(path.name):
                self.assertEqual(yamlfile.read(path.read_text()), yaml.safe_load(path.read_text()))

    def test_values(self):
        text = "a: 1\nb: [x, 'it''s', \"q: #\", {c: -2.5, d: []}] # words\ne:\n- 5.0e-06\n- k: true\n  l: null\nf: >-\n  one\n  two\n"
        self.assertEqual(yamlfile.read(text), {"a": 1, "b": ["x", "it's", "q: #", {"c": -2.5, "d": []}],
                                               "e": [5e-6, {"k": True, "l": None}], "f": "one two"})

    def test_what_it_cannot_read_is_named_with_its_line(self):
        for text, line in (("a: 1\na: 2", 2), ("a: &x 1", 1), ("a: 1\n\tb: 2", 2), ("a: [1", 1), ("a: 1\n--- \nb: 1", 2),
                           ("a:\n    b: 1\n  c: 2", 3), ("a: 1\njust words", 2), ("a: [1] 2", 1)):
            with self.subTest(text), self.assertRaisesRegex(yamlfile.YamlError, f"^line {line}: "):
                yamlfile.read(text)


class Files(unittest.TestCase):
    def test_each_suite_is_whole(self):
        for path in SUITES:
            suite = Suite(path)
            types_of = {spec["dtype"] for spec in suite.specs}
            self.assertEqual({dtype for dtype in types_of if not suite.controls_for(suite.backends[0], dtype)}, set())
            self.assertTrue(any(spec["quick"] for spec in suite.specs), path.name)
            self.assertIn((2, 4, 8), {(spec["batch"], spec["queries"], spec["headDim"]) for spec in suite.specs})
            self.assertLessEqual(set(suite.backends), set(backends.MAKERS))
            lengths = {spec["queries"] for spec in suite.specs}
            self.assertLessEqual({1, 127, 128, 129}, lengths, path.name)

    def test_gradients_are_compared_with_whatever_else_a_case_can_have(self):
        suite = Suite(checkout.SUITE.with_name("xformers.yml"))
        backward = [spec for spec in suite.specs if spec["backward"]]
        for dtype in ("fp32", "fp16", "bf16"):
            kinds = {(spec["mask"], spec["varlen"]) for spec in backward if spec["dtype"] == dtype}
            self.assertEqual(kinds, {("none", False), ("none", True), ("bias", False), ("mask", False)})
        math, cudnn = (backends.sdpa.TorchSdpa.__new__(backends.sdpa.TorchSdpa) for _ in range(2))
        math.kernel_name, math.is_math, math.takes_masks, math.device, math.version = "MATH", True, True, "cpu", "2.8.0"
        cudnn.kernel_name, cudnn.is_math, cudnn.takes_masks, cudnn._cudnn = "CUDNN_ATTENTION", False, True, lambda: 92600
        for spec in backward:
            self.assertIsNone(math.refuses(spec))
            if spec["varlen"]:
                self.assertIn("issue 196678", cudnn.refuses(spec))

    def test_quantised_kernels_have_the_limit_that_they_are_held_to(self):
        suite = Suite(checkout.SUITE.with_name("xformers.yml"))
        self.assertEqual(suite.limits("sageattention", "bf16")["out"]["cosine"], 0.995)
        self.assertGreater(suite.scale_error("sageattention", "bf16"), suite.scale_error("xformers", "bf16"))
        self.assertEqual({spec["only"][0] for spec in suite.controls_for("sageattention", "fp16")}, {"sageattention"})
        # Its last row is a tile by itself, so that leaving it out is wrong there whatever the numbers are.
        self.assertEqual({spec["queries"] % 64 for spec in suite.controls_for("sageattention", "fp16")}, {1})

    def test_a_wrong_suite_is_refused(self):
        for old, new in (("b1-q16-k30001-h1-d64-flat", "b1-q16-k2"), ("cosine: 0.999998", "kosine: 1"), ("cases:", "casks:"),
                         ("b1-q16-k30001-h1-d64-flat", "b2-q4-k4-h1-d8"), ("b1-q16-k30001-h1-d64-flat", "b1-q4-k4-h3g2-d8")):
            with self.subTest(new), self.assertRaises(SuiteError):
                Suite(type(checkout.SUITE)(checkout.suite_with("wrong.yml", (old, new))))


def gradient_by_differences(function, at, direction, step=1e-6):
    return (function(at + step * direction) - function(at - step * direction)) / (2 * step)


class Reference(unittest.TestCase):
    def inputs(self, shape, seed=3):
        case = Case(spec_of("fp32", shape), seed)
        return case, {name: exact(getattr(case, name), "fp32") for name in ("q", "k", "v")}

    def test_gradients_are_those_of_the_output(self):
        case, tensors = self.inputs("b1-q5-k7-h4g2-d8-causal-backward")
        upstream = exact(case.gradient, "fp32")
        draw = numpy.random.default_rng(1)
        for name in ("q", "k", "v"):
            direction = draw.standard_normal(tensors[name].shape)

            def loss(value, name=name):
                out = reference.attention(**dict(tensors, **{name: value}), scale=case.scale, causal=True)["out"]
                return (out * upstream).sum()

            measured = gradient_by_differences(loss, tensors[name], direction)
            self.assertAlmostEqual((case.expected["d" + name] * direction).sum(), measured, delta=1e-6 * max(1, abs(measured)))

    def test_variable_lengths_are_each_sequence_by_itself(self):
        case, tensors = self.inputs("b4-q9-k13-h2-d8-causal-varlen")
        self.assertGreater(len(set(case.lengths)), 1)
        for b, (queries, keys) in enumerate(case.lengths):
            alone = reference.attention(tensors["q"][b:b + 1, :queries], tensors["k"][b:b + 1, :keys],
                                        tensors["v"][b:b + 1, :keys], scale=case.scale, causal=True)["out"]
            numpy.testing.assert_allclose(case.expected["out"][b:b + 1, :queries], alone)
            self.assertFalse(case.expected["out"][b, queries:].any())

    def test_gradients_of_variable_lengths_are_each_sequence_by_itself(self):
        case, tensors = self.inputs("b5-q16-k40-h4g2-d8-varlen-backward")
        self.assertGreater(len(set(case.lengths)), 1)
        for b, (queries, keys) in enumerate(case.lengths):
            self.assertTrue(12 <= queries <= 16 and 30 <= keys <= 40, case.lengths)
            self.assertFalse(case.gradient[b, queries:].any())
            alone = reference.attention(tensors["q"][b:b + 1, :queries], tensors["k"][b:b + 1, :keys], tensors["v"][b:b + 1, :keys],
                                        scale=case.scale, gradient=exact(case.gradient, "fp32")[b:b + 1, :queries])
            for name, rows in (("dq", queries), ("dk", keys), ("dv", keys)):
                numpy.testing.assert_allclose(case.expected[name][b:b + 1, :rows], alone[name])
                self.assertFalse(case.expected[name][b, rows:].any())

    def test_heads_side_by_side_give_the_same_bits(self):
        case, tensors = self.inputs("b2-q33-k40-h8g2-d16-causal-backward")
        more = {"scale": case.scale, "causal": True, "gradient": exact(case.gradient, "fp32")}
        with unittest.mock.patch.object(reference, "workers", lambda *_: 1):
            alone = reference.attention(**tensors, **more)
        with unittest.mock.patch.object(reference, "workers", lambda *_: 8):
            together = reference.attention(**tensors, **more)
        self.assertEqual({name: value.tobytes() for name, value in alone.items()},
                         {name: value.tobytes() for name, value in together.items()})

    def test_heads_of_a_group_see_its_keys_and_taking_turns_is_told_from_that(self):
        case, tensors = self.inputs("b1-q9-k12-h6g2-d8")
        k, v = (numpy.repeat(tensors[name], 3, axis=2) for name in "kv")
        together = reference.attention(tensors["q"], k, v, scale=case.scale)
        numpy.testing.assert_allclose(case.expected["out"], together["out"])
        wrong = controls.CONTROLS["groups-mixed-up"](case, case.expected, 0.01)[1]
        heads_alike = [numpy.allclose(wrong["out"][:, :, h], together["out"][:, :, h]) for h in range(6)]
        self.assertEqual(heads_alike, [h % 2 == h // 3 for h in range(6)])
        self.assertIsNone(controls.CONTROLS["groups-mixed-up"](Case(spec_of("fp32", "b1-q9-k12-h6g1-d8"), 3), None, 0.01))

    def test_large_heads_are_computed_one_at_a_time(self):
        self.assertEqual(reference.workers(16384, 16384), 1)
        with unittest.mock.patch("os.sched_getaffinity", lambda _: range(64)):
            self.assertEqual(reference.workers(128, 640), 64)
            self.assertLess(reference.workers(4096, 4096), 4)

    def test_a_bias_of_minus_infinity_is_a_mask(self):
        case, tensors = self.inputs("b1-q6-k9-h2-d8-mask")
        bias = numpy.where(case.mask, 0.0, -1e300)
        numpy.testing.assert_allclose(reference.attention(**tensors, scale=case.scale, bias=bias)["out"], case.expected["out"])


class Comparison(unittest.TestCase):
    LIMIT = {"relL2": 1e-3, "maxAbs": 1, "cosine": 0.9, "tileRelL2": 1e-2}

    def test_a_cosine_is_one_only_where_nothing_differs(self):
        expected = numpy.random.default_rng(1).standard_normal((1, 64, 2, 8))
        self.assertLess(comparison.cosine_of(expected * (1 + 1e-12 * expected), expected), 1)
        self.assertEqual(comparison.cosine_of(expected, expected), 1)
        self.assertTrue(math.isnan(comparison.cosine_of(expected * math.nan, expected)))

    def test_the_worst_tensor_is_told(self):
        good = numpy.ones((1, 4, 1, 2))
        measures, reasons = comparison.judge({"out": good, "dq": good * 1.1}, {"out": good, "dq": good},
                                             {"out": self.LIMIT, "gradient": self.LIMIT})
        self.assertEqual((measures["tensor"], reasons), ("dq", ["relL2", "tileRelL2"]))

    def test_a_local_fault_is_seen_by_its_tile(self):
        expected = numpy.random.default_rng(1).standard_normal((1, 4096, 4, 8))
        got = expected.copy()
        got[0, 100, 2] += 0.5
        _, reasons = comparison.compare(got, expected, dict(self.LIMIT, relL2=0.1))
        self.assertEqual(reasons, ["tileRelL2"])

    def test_where_nothing_was_expected_only_nothing_is_right(self):
        expected = numpy.ones((1, 128, 1, 4))
        expected[:, 64:] = 0
        got = expected.copy()
        self.assertEqual(comparison.compare(got, expected, self.LIMIT)[1], [])
        got[0, 100, 0, 0] = 1e-9
        self.assertEqual(comparison.compare(got, expected, self.LIMIT)[1], ["tileRelL2"])


class Speed(unittest.TestCase):
    def test_a_difference_is_told_from_none(self):
        draw = numpy.random.default_rng(2)
        noise = draw.normal(1, 0.02, (2, 31))
        wave = 1 + 0.5 * numpy.sin(numpy.arange(31))  # what slows the machine slows both of a round
        first, same, faster = 10 * noise[0] * wave, 10 * noise[1] * wave, 8 * noise[1] * wave
        self.assertEqual(speed.words("a", "b", *speed.compare_times(first, same, draw), 31)[0], "same")
        word, sentence = speed.words("a", "b", *speed.compare_times(first, faster, draw), 31)
        self.assertEqual(word, "faster")
        self.assertRegex(sentence, r"^b is 1\.[0-9]+ times as fast as a \(95 % interval 1\.[0-9]+ to 1\.[0-9]+\)$")
        self.assertEqual(speed.words("a", "b", *speed.compare_times(faster, first, draw), 31)[0], "slower")
        self.assertEqual(speed.words("a", "b", 2, 1.9, 2.1, 3)[0], "unknown")

    def test_each_round_times_every_backend_once_in_a_new_order(self):
        order = []
        timers = {name: lambda index, name=name: order.append((name, index)) or 1.0 for name in ("a", "b", "c")}
        plan = {"warm-up": 2, "input-sets": 3}
        found = speed.take(timers, plan, 10, types.SimpleNamespace(sample=dict), numpy.random.default_rng(5))
        self.assertEqual({name: len(times.milliseconds) for name, times in found.items()}, {"a": 10, "b": 10, "c": 10})
        rounds = [order[first:first + 3] for first in range(0, len(order), 3)]
        self.assertEqual([sorted(name for name, _ in one) for one in rounds], [["a", "b", "c"]] * 12)
        self.assertGreater(len({tuple(name for name, _ in one) for one in rounds}), 2)
        self.assertEqual({index for _, index in order}, {0, 1, 2})

    def test_slow_kernels_get_fewer_rounds_and_never_too_few(self):
        plan = {"warm-up": 2, "samples": 21, "seconds": 6}
        self.assertEqual([speed.samples_in_time(plan, seconds) for seconds in (1e-9, 0.01, 0.5, 3)],
                         [21, 21, 10, speed.LEAST_SAMPLES])

    def test_peaks_are_those_of_the_whole_name(self):
        self.assertEqual(speed.listed_peak("NVIDIA H200 NVL", "bf16"), (835.5, 4800))
        self.assertEqual(speed.listed_peak("NVIDIA H100 80GB HBM3", "fp32"), (67, 3350))
        self.assertEqual(speed.listed_peak("NVIDIA B300 SXM6 AC", "bf16"), (2250, None))
        self.assertEqual(speed.listed_peak("NVIDIA GB300", "bf16"), (None, None))
        self.assertEqual(speed.listed_peak("NVIDIA L40", "bf16"), (None, None))
        self.assertEqual(speed.listed_peak("NVIDIA GeForce RTX 4090", "bf16"), (165.2, 1008))
        for name in ("GeForce RTX 4090 Laptop GPU", "GeForce RTX 3090 Ti", "GeForce RTX 4090 D", "H100 80GB HBM3 MIG 1g.10gb"):
            self.assertEqual(speed.listed_peak(f"NVIDIA {name}", "bf16"), (None, None), name)

    def test_a_small_difference_is_seen_through_a_drift_and_a_tiny_one_is_none(self):
        draw = numpy.random.default_rng(3)
        drift = numpy.linspace(1, 1.2, 21)
        first = 10 * drift
        self.assertEqual(speed.words("a", "b", *speed.compare_times(first, first / 1.01, draw), 21)[0], "faster")
        self.assertEqual(speed.words("a", "b", *speed.compare_times(first, first / 1.001, draw), 21)[0], "same")

    def test_quick_takes_part_of_the_plan(self):
        for path in SUITES:
            for plan in Suite(path).speed.values():
                whole = {spec["id"] for spec in speed.speed_specs(plan)}
                quick = {spec["id"] for spec in speed.speed_specs({**plan, **plan["quick"]})}
                self.assertLess(quick, whole)
        # the case that kernels are compared by on a GPU
        self.assertIn("bf16-b4-q4096-k4096-h16-d128", quick)

    def test_inputs_for_timing_repeat_and_are_as_large(self):
        spec = spec_of("bf16", "b1-q9000-k9000-h2-d128")
        whole, pooled = Case(spec, 1), Case(spec, 1, pooled=True)
        self.assertEqual((pooled.q.shape, pooled.q.dtype), (whole.q.shape, whole.q.dtype))
        flat = pooled.k.reshape(-1)
        self.assertTrue((flat[:1000] == flat[1 << 20:(1 << 20) + 1000]).all())
        self.assertFalse((pooled.k == pooled.v).all())

    def test_a_backend_that_fails_while_it_is_timed_leaves_the_others_their_speed(self):
        def backend(name, timer):
            facts = {"cudaDevice": ""}
            return types.SimpleNamespace(name=name, device="cpu", clock="wall clock", facts=facts, refuses=lambda spec: None,
                                         is_alive=lambda: True, timer=timer, peak_bytes=lambda compute: None)

        def fails(cases):
            raise MemoryError("no room")

        calls = []

        def fails_later(index):
            calls.append(index)
            if len(calls) > 4:
                raise RuntimeError("out of memory")
            return 1.0

        suite = types.SimpleNamespace(speed={"cpu": {
            "types": ["fp32"], "batch": 1, "heads": 1, "head-dims": [8], "lengths": [16, 32], "samples": 5, "warm-up": 1,
            "input-sets": 1, "seconds": 1}})
        right = backend("right", lambda cases: lambda index: 1.0)
        lines = []
        with unittest.mock.patch.object(speed, "emit", lambda kind, **fields: lines.append((kind, fields))), \
                unittest.mock.patch.object(speed, "say"):
            speed.run(suite, [right, backend("wrong", fails)], 1, False, None)
            self.assertEqual([(kind, one["backend"]) for kind, one in lines],
                             [("untimed", "wrong"), ("speed", "right")] * 2)
            self.assertEqual(lines[0][1]["reason"], "MemoryError: no room")
            lines.clear()
            speed.run(suite, [right, backend("late", lambda cases: fails_later)], 1, False, None)
        self.assertEqual([kind for kind, _ in lines], ["untimed", "speed"])  # of the second length; the first broke off

    def test_the_memory_of_a_call_is_what_it_adds_at_its_peak(self):
        class Cuda:
            allocated, peak = 1000, 9000  # the inputs, and what some earlier call needed

            def memory_allocated(self):
                return self.allocated

            def reset_peak_memory_stats(self):
                self.peak = self.allocated

            def max_memory_allocated(self):
                return self.peak

            def needs(self, count):
                self.peak = max(self.peak, self.allocated + count)
                return 1.0

        cuda = Cuda()
        backend = backends.tensors.TensorBackend.__new__(backends.tensors.TensorBackend)
        backend.name, backend.device, backend.clock, backend.facts = "one", "cuda", "device events", {"cudaDevice": ""}
        backend.torch = types.SimpleNamespace(cuda=cuda)
        backend.refuses, backend.timer = lambda spec: None, lambda cases: lambda index: cuda.needs(64)
        plan = {"warm-up": 1, "samples": 5, "seconds": 1, "input-sets": 1}
        lines = []
        with unittest.mock.patch.object(speed, "emit", lambda kind, **fields: lines.append(fields)):
            for backend.device in ("cuda", "cpu"):
                speed.run_spec(spec_of("fp32", "b1-q4-k4-h1-d8"), plan, [backend], 1, 5,
                               types.SimpleNamespace(sample=dict), {}, numpy.random.default_rng(1))
        self.assertEqual([line["peakBytes"] for line in lines], [64, None])

    def test_operations_count_what_is_visible(self):
        self.assertEqual(Case(spec_of("fp32", "b2-q3-k5-h2-d4"), 1).operations(), 4 * 2 * 2 * 15 * 4)
        self.assertEqual(Case(spec_of("fp32", "b1-q3-k5-h2-d4-causal"), 1).operations(), 4 * 2 * (3 + 4 + 5) * 4)

    def test_a_driver_that_tells_is_asked_and_one_that_is_not_there_is_not(self):
        self.assertEqual(nvml.Gpu().sample() if not nvml.Gpu().library else {}, {})
        gpu = nvml.Gpu.__new__(nvml.Gpu)
        gpu.handle = None

        def answer(kind, number):
            return lambda *arguments: (ctypes.cast(arguments[-1], ctypes.POINTER(kind)).__setitem__(0, number), 0)[1]

        gpu.library = types.SimpleNamespace(
            nvmlDeviceGetClockInfo=answer(ctypes.c_uint, 1755), nvmlDeviceGetTemperature=answer(ctypes.c_uint, 64),
            nvmlDeviceGetCurrentClocksThrottleReasons=answer(ctypes.c_ulonglong, 0x44), nvmlDeviceGetPowerUsage=lambda *_: 3)
        self.assertEqual(gpu.sample(), {"clockMHz": 1755, "temperatureC": 64, "throttle": ["power cap", "hardware thermal"]})


class Lost(unittest.TestCase):
    def test_a_kernel_that_breaks_the_gpu_ends_the_run_with_a_verdict(self):
        class Breaking:
            name, device, clock, version, deterministic_gradients = "breaking", "cuda", "device events", "1", True
            facts = {"library": "/x.so", "threads": 1, "compiler": "c", "instructionSet": "i", "cudaArchitectures": "9.0",
                     "cudaDevices": 1, "cudaDevice": "GPU"}
            broken = False

            def refuses(self, spec):
                return None

            def is_alive(self):
                return not self.broken

            def run(self, case):
                self.broken = True
                raise RuntimeError("an illegal memory access was encountered")

        suite = Suite(checkout.SUITE)
        lines = []
        with unittest.mock.patch.object(program, "load", lambda *_: ([Breaking()], [])), \
                unittest.mock.patch.object(program, "emit", lambda kind, **fields: lines.append((kind, fields))), \
                unittest.mock.patch.object(program, "say"):
            arguments = types.SimpleNamespace(seed=1, quick=True, speed=True, case=None, samples=None)
            self.assertEqual(program.run(suite, suite.specs[:3], arguments), 1)
        kinds = [kind for kind, _ in lines]
        self.assertEqual(kinds, ["run", "backend", "case", "verdict"])
        verdict = lines[-1][1]
        self.assertEqual((verdict["verdict"], verdict["cases"], verdict["failed"]), ("fail", 1, 1))
        self.assertIn("breaking broke the GPU's context at " + suite.specs[0]["id"], verdict["stopped"])
        self.assertIn("--case " + suite.specs[0]["id"], verdict["remedy"])


if __name__ == "__main__":
    unittest.main()
