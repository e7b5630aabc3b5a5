# SPDX-License-Identifier: GPL-3.0-or-later
"""validate.py: right kernels pass whatever the seed, runs that prove nothing are void, and the lines are as documented."""

import json
import math
import re
import subprocess
import sys
import unittest

import checkout

TREE = checkout.built("validation")
README = (checkout.VALIDATE.parent / "README.md").read_text()


def of_type(lines, kind):
    return [line for line in lines if line["type"] == kind]


def documented_keys(kind):
    """Keys in the first column of the README's table for a line type."""
    section = re.search(rf"^\*\*`{kind}`\*\*:.*?(?=^\*\*`|^`tests|^## |\Z)", README, re.MULTILINE | re.DOTALL).group(0)
    cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return {key for cell in cells for key in re.findall(r"`(\w+)`", cell)}


class Verdicts(unittest.TestCase):
    def test_the_right_kernel_passes_for_many_seeds(self):
        for seed in range(1, 13):
            with self.subTest(seed=seed):
                status, lines, stderr = checkout.validate(TREE, "--quick", "--seed", str(seed))
                self.assertEqual((status, lines[-1]["verdict"]), (0, "pass"), stderr)

    def test_the_whole_suite_passes_within_its_time(self):
        status, lines, stderr = checkout.validate(TREE)
        self.assertEqual(status, 0, stderr)
        verdict = lines[-1]
        self.assertEqual(verdict["cases"], len(of_type(lines, "case")))
        self.assertGreaterEqual(verdict["cases"], 60)
        self.assertEqual(len(of_type(lines, "control")), verdict["controls"])
        self.assertEqual({(line["name"], line["status"]) for line in of_type(lines, "control")},
                         {(name, "rejected") for name in ("zeros", "shuffled-rows", "mask-one-short", "mask-one-more",
                                                          "scale-1-percent", "swapped-heads")})
        self.assertLess(verdict["seconds"], 30)  # 2 s where nothing else runs

    def test_limits_that_let_a_control_through_make_the_run_void(self):
        suite = json.loads(checkout.SUITE.read_text())
        suite["limits"]["bf16"].update(relL2=0.5, tileRelL2=0.5, maxAbs=5, cosine=0.5)
        path = checkout.TREES / "loose.json"
        path.write_text(json.dumps(suite))
        status, lines, _ = checkout.validate(TREE, "--quick", "--suite", str(path))
        self.assertEqual((status, lines[-1]["verdict"], lines[-1]["failed"]), (1, "void", 0))
        accepted = {(line["case"][:4], line["name"]) for line in of_type(lines, "control") if line["status"] == "accepted"}
        self.assertIn(("bf16", "scale-1-percent"), accepted)
        self.assertEqual({case for case, _ in accepted}, {"bf16"})

    def test_a_type_without_controls_makes_the_run_void(self):
        suite = json.loads(checkout.SUITE.read_text())
        for case in suite["cases"]:
            if case["dtype"] == "fp16":
                case.pop("controls", None)
        path = checkout.TREES / "uncontrolled.json"
        path.write_text(json.dumps(suite))
        status, lines, _ = checkout.validate(TREE, "--quick", "--suite", str(path))
        self.assertEqual((status, lines[-1]["verdict"]), (1, "void"))

    def test_one_case_brings_the_controls_of_its_type(self):
        status, lines, stderr = checkout.validate(TREE, "--case", "bf16-b2-q4-k4-h1-d8")
        self.assertEqual(status, 0, stderr)
        self.assertEqual(lines[-1]["cases"], 1)
        self.assertEqual({line["case"][:4] for line in of_type(lines, "control")}, {"bf16"})

    def test_a_seed_repeats_the_run(self):
        def measures():
            _, lines, _ = checkout.validate(TREE, "--quick", "--seed", "5")
            return [(line["id"], line["relL2"], line["maxAbs"]) for line in of_type(lines, "case")]

        self.assertEqual(measures(), measures())
        _, first, _ = checkout.validate(TREE, "--case", "fp32-b2-q4-k4-h1-d8")
        _, second, _ = checkout.validate(TREE, "--case", "fp32-b2-q4-k4-h1-d8")
        self.assertNotEqual(first[0]["seed"], second[0]["seed"])


class Statuses(unittest.TestCase):
    def test_wrong_use(self):
        for arguments in (["--case", "nonsense"], ["--device", "tpu"], ["--seed", "-1"], ["--suite", "/nonexistent.json"]):
            with self.subTest(arguments=arguments):
                self.assertEqual(checkout.validate(TREE, *arguments)[0], 2)

    def test_a_missing_backend(self):
        status, lines, _ = checkout.validate(checkout.fresh("no-library"), "--quick")
        self.assertEqual(status, 3)
        self.assertEqual([line["type"] for line in lines], ["error"])
        self.assertIn("kernelyard_attention.build", lines[0]["message"])
        self.assertTrue(lines[0]["remedy"])

    def test_a_missing_gpu(self):
        status, lines, _ = checkout.validate(TREE, "--device", "cuda")
        self.assertEqual((status, lines[-1]["type"]), (3, "error"))

    def test_a_fork_that_does_not_compile(self):
        tree = checkout.fresh("broken")
        (tree / "csrc" / "api.cpp").write_text("this is no C++\n")
        status, lines, stderr = checkout.validate(tree, "--quick", "--build")
        self.assertEqual((status, [line["type"] for line in lines]), (3, ["error"]))
        self.assertIn("api.cpp:1", stderr)

    def test_a_case_that_the_backend_refuses_is_an_error_and_fails_the_run(self):
        suite = json.loads(checkout.SUITE.read_text())
        bad = dict(suite["cases"][0], id="too-wide", headDim=300, quick=True)
        suite["cases"].append(bad)
        path = checkout.TREES / "refused.json"
        path.write_text(json.dumps(suite))
        status, lines, _ = checkout.validate(TREE, "--quick", "--suite", str(path))
        case = next(line for line in lines if line.get("id") == "too-wide")
        self.assertEqual((status, case["status"], lines[-1]["verdict"]), (1, "error", "fail"))
        self.assertIn("head_dim is 300", case["message"])

    def test_list_needs_no_backend(self):
        done = subprocess.run([sys.executable, str(checkout.VALIDATE), "--list", "--quick"], capture_output=True, text=True,
                              env=dict(checkout.environment(TREE), PYTHONPATH=""), check=False)
        self.assertEqual(done.returncode, 0)
        self.assertIn("fp32-b2-q4-k4-h1-d8", done.stdout.splitlines())


class Format(unittest.TestCase):
    def test_lines_have_the_documented_keys_in_the_documented_order(self):
        _, lines, _ = checkout.validate(TREE, "--quick", "--build")
        kinds = [line["type"] for line in lines]
        self.assertEqual(kinds, sorted(kinds, key=["build", "run", "case", "control", "verdict"].index))
        for line in lines:
            self.assertEqual(line.keys() - {"type"}, documented_keys(line["type"]) - {"message"}, line["type"])
        _, lines, _ = checkout.validate(TREE, "--device", "cuda")
        self.assertEqual(lines[-1].keys() - {"type"}, documented_keys("error"))

    def test_recorded_runs_are_still_what_is_written(self):
        data = checkout.ROOT / "tests" / "data" / "validation"
        for path in sorted(data.glob("*.jsonl")):
            for line in map(json.loads, path.read_text().splitlines()):
                with self.subTest(path=path.name, type=line["type"]):
                    self.assertLessEqual(line.keys() - {"type"}, documented_keys(line["type"]))

    def test_nan_is_written_as_null_and_never_passes(self):
        sys.path.insert(0, str(checkout.VALIDATE.parent))
        import numpy
        import validate

        limit = {"relL2": math.inf, "maxAbs": math.inf, "cosine": -math.inf, "tileRelL2": math.inf}
        expected = numpy.ones((1, 4, 1, 2))
        for bad in (math.nan, math.inf):
            got = expected.copy()
            got[0, 2, 0, 1] = bad
            _, reasons = validate.compare(got, expected, limit)
            self.assertIn("not-finite", reasons)
        done = subprocess.run([sys.executable, "-c", "import validate; validate.emit('x', a=float('nan'), b=[float('inf')])"],
                              cwd=checkout.VALIDATE.parent, capture_output=True, text=True, check=False,
                              env=dict(checkout.environment(TREE)))
        self.assertEqual(json.loads(done.stdout), {"type": "x", "a": None, "b": [None]})


if __name__ == "__main__":
    unittest.main()
