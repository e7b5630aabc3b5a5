# SPDX-License-Identifier: GPL-3.0-or-later
"""The attention suite: right kernels pass whatever the seed, runs that prove nothing are void, and the lines are as documented."""

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
        for seed in range(1, 9):
            with self.subTest(seed=seed):
                status, lines, stderr = checkout.validate(TREE, "--quick", "--seed", str(seed))
                self.assertEqual((status, lines[-1]["verdict"]), (0, "pass"), stderr)

    def test_the_whole_suite_passes_within_its_time(self):
        status, lines, stderr = checkout.validate(TREE)
        self.assertEqual(status, 0, stderr)
        verdict = lines[-1]
        self.assertEqual(verdict["cases"], len(of_type(lines, "case")))
        self.assertGreaterEqual(verdict["cases"], 120)
        self.assertEqual(len(of_type(lines, "control")), verdict["controls"])
        self.assertEqual({(line["name"], line["status"]) for line in of_type(lines, "control")},
                         {(name, "rejected") for name in ("zeros", "shuffled-rows", "swapped-heads", "not-a-number",
                                                          "last-row-missing", "mask-one-short", "mask-one-more",
                                                          "last-tile-missing", "groups-mixed-up", "scale-1-percent")})

    def test_limits_that_let_a_control_through_make_the_run_void(self):
        path = checkout.suite_with("loose.yml", ("relL2: 0.005", "relL2: 0.5"), ("tileRelL2: 0.008", "tileRelL2: 0.5"),
                                   ("maxAbs: 0.05", "maxAbs: 5"), ("cosine: 0.99998\n", "cosine: 0.5\n"))
        status, lines, _ = checkout.validate(TREE, "--quick", "--suite", path)
        self.assertEqual((status, lines[-1]["verdict"], lines[-1]["failed"]), (1, "void", 0))
        accepted = {(line["case"][:4], line["name"]) for line in of_type(lines, "control") if line["status"] == "accepted"}
        self.assertIn(("bf16", "scale-1-percent"), accepted)
        self.assertEqual({case for case, _ in accepted}, {"bf16"})

    def test_a_type_without_controls_makes_the_run_void(self):
        path = checkout.suite_with("uncontrolled.yml", ("controls:\n  - types: [fp32, fp16, bf16]",
                                                        "controls:\n  - types: [fp32, bf16]"))
        status, lines, _ = checkout.validate(TREE, "--quick", "--suite", path)
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
        for arguments in (["--case", "nonsense"], ["--device", "tpu"], ["--seed", "-1"], ["--suite", "/nonexistent.yml"],
                          ["--backend", "nonsense"], ["--samples", "0"]):
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
        path = checkout.suite_with("refused.yml", ("shapes: [b1-q16-k30001-h1-d64-flat]", "shapes: [b1-q4-k4-h1-d300]"))
        status, lines, _ = checkout.validate(TREE, "--quick", "--suite", path)
        case = next(line for line in lines if line.get("id") == "fp16-b1-q4-k4-h1-d300")
        self.assertEqual((status, case["status"], lines[-1]["verdict"]), (1, "error", "fail"))
        self.assertIn("head_dim is 300", case["message"])

    def test_list_needs_no_backend(self):
        done = subprocess.run([sys.executable, str(checkout.VALIDATE), "--list", "--quick"], capture_output=True, text=True,
                              env=dict(checkout.environment(TREE), PYTHONPATH=""), check=False)
        self.assertEqual(done.returncode, 0)
        self.assertIn("fp32-b2-q4-k4-h1-d8", done.stdout.splitlines())


class Backends(unittest.TestCase):
    def test_one_that_is_absent_is_named_with_its_reason(self):
        status, lines, stderr = checkout.validate(TREE, "--quick", "--backend", "kernelyard_attention", "--backend",
                                                  "sageattention")
        self.assertEqual(status, 0, stderr)
        found = {line["name"]: line for line in of_type(lines, "backend")}
        self.assertEqual((found["kernelyard_attention"]["present"], found["sageattention"]["present"]), (True, False))
        self.assertIn("sageattention", found["sageattention"]["reason"])
        self.assertEqual(found["kernelyard_attention"]["cases"], lines[-1]["cases"])

    def test_none_that_is_present_is_an_error(self):
        status, lines, _ = checkout.validate(TREE, "--quick", "--backend", "flash-attn-3")
        self.assertEqual((status, lines[-1]["type"]), (3, "error"))
        self.assertIn("flash_attn_interface", lines[-1]["message"])

    def test_a_case_that_a_backend_does_not_have_is_skipped_with_the_reason(self):
        path = checkout.suite_with("biased.yml", ("shapes: [b1-q16-k30001-h1-d64-flat]",
                                                  "shapes: [b1-q8-k8-h2-d8-bias, b1-q8-k8-h2-d8-backward, b2-q8-k8-h2-d8-varlen]"))
        status, lines, stderr = checkout.validate(TREE, "--quick", "--suite", path)
        self.assertEqual(status, 0, stderr)
        reasons = {line["id"][5:]: line["reason"] for line in of_type(lines, "skip") if line["id"].startswith("fp16")}
        self.assertEqual(reasons, {"b1-q8-k8-h2-d8-bias": "it takes no bias", "b1-q8-k8-h2-d8-backward": "it has no backward pass",
                                   "b2-q8-k8-h2-d8-varlen": "it takes no variable lengths"})
        self.assertEqual(len(of_type(lines, "case")), next(iter(of_type(lines, "run")))["cases"])


class Commits(unittest.TestCase):
    def test_a_commit_is_compared_and_timed_in_turns_with_the_fork(self):
        tree = checkout.built("against")

        def git(*arguments):
            done = subprocess.run(["git", "-C", str(tree), "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments],
                                  capture_output=True, text=True, check=True)
            return done.stdout.strip()
        git("init", "-q")
        git("add", ".")
        git("commit", "-qm", "first")
        first = f"kernelyard_attention@{git('rev-parse', 'HEAD')[:12]}"
        checkout.replace(tree / "csrc" / "cpu" / "forward.h", "problem.scale * log2OfE", "problem.scale * log2OfE * 1.01F")
        checkout.build(tree)
        status, lines, stderr = checkout.validate(tree, "--quick", "--against", "HEAD", "--speed", "--samples", "5")
        self.assertEqual(status, 1, stderr)
        failed = {line["backend"] for line in of_type(lines, "case") if line["status"] != "pass"}
        self.assertEqual(failed, {"kernelyard_attention"})  # the commit has no fault
        self.assertEqual([line["name"] for line in of_type(lines, "backend")], ["kernelyard_attention", first])
        self.assertEqual([(line["dirty"], line["commit"]) for line in of_type(lines, "backend")],
                         [(True, git("rev-parse", "HEAD")), (False, git("rev-parse", "HEAD"))])
        compared = of_type(lines, "comparison")
        self.assertEqual({(line["first"], line["second"]) for line in compared}, {("kernelyard_attention", first)})
        for line in compared:
            self.assertTrue(line["low"] <= line["ratio"] <= line["high"] and line["word"] in ("faster", "slower", "same"), line)
        self.assertEqual(git("status", "--porcelain", "--untracked-files=no").split(), ["M", "csrc/cpu/forward.h"])
        status, lines, _ = checkout.validate(tree, "--against", "nonsense")
        self.assertEqual((status, lines[-1]["type"]), (3, "error"))


class Format(unittest.TestCase):
    KINDS = ["build", "run", "backend", "skip", "case", "control", "peak", "speed", "comparison", "verdict"]

    def test_lines_have_the_documented_keys_in_the_documented_order(self):
        _, lines, _ = checkout.validate(TREE, "--quick", "--build", "--speed", "--samples", "5")
        kinds = [line["type"] for line in lines]
        self.assertEqual(kinds, sorted(kinds, key=self.KINDS.index))
        optional = {"message", "groups", "operator", "gpu", "throttled", "reason", "remedy", "stopped"}
        for line in lines:
            self.assertEqual(line.keys() - {"type"} - optional, documented_keys(line["type"]) - optional, line["type"])
        _, lines, _ = checkout.validate(TREE, "--device", "cuda")
        self.assertEqual(lines[-1].keys() - {"type"}, documented_keys("error"))

    def test_recorded_runs_are_still_what_is_written(self):
        data = checkout.ROOT / "tests" / "data" / "validation"
        for path in sorted(data.glob("*.jsonl")):
            for line in map(json.loads, path.read_text().splitlines()):
                with self.subTest(path=path.name, type=line["type"]):
                    self.assertLessEqual(line.keys() - {"type"}, documented_keys(line["type"]))

    def test_nan_is_written_as_null_and_never_passes(self):
        sys.path.insert(0, str(checkout.VALIDATE))
        import numpy
        from kernelyard_validation import comparison

        limit = {"relL2": math.inf, "maxAbs": math.inf, "cosine": -math.inf, "tileRelL2": math.inf}
        expected = numpy.ones((1, 4, 1, 2))
        for bad in (math.nan, math.inf):
            got = expected.copy()
            got[0, 2, 0, 1] = bad
            _, reasons = comparison.compare(got, expected, limit)
            self.assertIn("not-finite", reasons)
        done = subprocess.run([sys.executable, "-c", "from kernelyard_validation.lines import emit; emit('x', a=float('nan'), b=[float('inf')])"],
                              cwd=checkout.VALIDATE, capture_output=True, text=True, check=False,
                              env=dict(checkout.environment(TREE)))
        self.assertEqual(json.loads(done.stdout), {"type": "x", "a": None, "b": [None]})


if __name__ == "__main__":
    unittest.main()
