#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/gpu/run tells what kernelyardctl told, and fails where it must. A small program answers in kernelyardctl's place."""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

RUN = Path(__file__).with_name("run")
SPEED = {"id": "bf16-b4-q4096-k4096-h16-d128", "backend": "torch-flash", "ms": 1.5, "tflops": 512.0, "ofListedPeak": 0.61,
         "clock": "device events", "clocksMHz": [1700, 1755], "temperaturesC": [60, 64], "throttled": 1}
VALIDATION = {"verdict": "pass", "summary": {"cases": 9, "failed": 0, "controls": 4, "accepted": 0},
              "run": {"device": "cuda", "deviceName": "NVIDIA H200"}, "speed": [SPEED], "comparisons": []}
CTL = """#!{python}
import json, sys
answers = json.load(open({answers!r}))
key = "preflight --help" if sys.argv[1:3] == ["preflight", "--help"] else sys.argv[1]
code, text, error = answers.get(key, [2, "", "no such command"])
print(text if isinstance(text, str) else json.dumps(text))
print(error, file=sys.stderr)
sys.exit(code)
"""


class GpuRun(unittest.TestCase):
    def run_with(self, **answers):
        """(exit status, {part: kind}, the report)"""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "answers.json").write_text(json.dumps({key.replace("_", " --"): value for key, value in answers.items()}))
        ctl = folder / "ctl"
        ctl.write_text(CTL.format(python=sys.executable, answers=str(folder / "answers.json")))
        ctl.chmod(0o755)
        done = subprocess.run([sys.executable, str(RUN), str(ctl), "starter", "-o", str(folder / "out")], capture_output=True,
                              text=True, check=False)
        lines = re.findall(r"^(PASS|FAIL!|SKIP)\s*: GpuRun::(\w+)\(\)", done.stdout, re.MULTILINE)
        self.assertTrue(lines, done.stderr)
        return done.returncode, {part: kind for kind, part in lines}, (folder / "out" / "report.md").read_text()

    GPU = [0, {"gpus": [{"name": "NVIDIA H200"}]}, ""]

    def test_without_a_gpu_every_part_is_skipped_by_name(self):
        status, parts, _ = self.run_with(gpu=[3, {"gpus": []}, ""])
        self.assertEqual((status, parts), (0, dict.fromkeys(("status", "preflight", "validation", "speed"), "SKIP")))

    def test_a_machine_that_is_right(self):
        status, parts, report = self.run_with(gpu=self.GPU, preflight_help=[0, "", ""], preflight=[0, {}, ""],
                                              validate=[0, {"validation": VALIDATION}, ""])
        self.assertEqual((status, set(parts.values())), (0, {"PASS"}))
        self.assertIn("9 of 9 cases are right", report)
        self.assertIn("| 61% | 1700 to 1755 | 60 to 64 | 1 |", report)

    def test_wrong_numbers_fail(self):
        wrong = dict(VALIDATION, verdict="fail", summary=dict(VALIDATION["summary"], failed=2))
        status, parts, report = self.run_with(gpu=self.GPU, validate=[1, {"validation": wrong}, ""])
        self.assertEqual((status, parts["validation"], parts["preflight"]), (1, "FAIL!", "SKIP"))
        self.assertIn("7 of 9 cases are right", report)

    def test_a_kernel_that_did_not_run_on_the_gpu_fails(self):
        on_cpu = dict(VALIDATION, run={"device": "cpu", "deviceName": "some CPU"}, speed=[])
        status, parts, _ = self.run_with(gpu=self.GPU, validate=[0, {"validation": on_cpu}, ""])
        self.assertEqual((status, parts["validation"], parts["speed"]), (1, "FAIL!", "SKIP"))

    def test_a_failed_preflight_fails(self):
        status, parts, _ = self.run_with(gpu=self.GPU, preflight_help=[0, "", ""], preflight=[1, {}, "no CDI specification"],
                                         validate=[0, {"validation": VALIDATION}, ""])
        self.assertEqual((status, parts["preflight"]), (1, "FAIL!"))

    def test_an_environment_that_is_not_set_up_is_named(self):
        status, parts, report = self.run_with(gpu=self.GPU, validate=[3, "", "starter can't be validated: no layer dev"])
        self.assertEqual((status, parts["validation"]), (0, "SKIP"))
        self.assertIn("no layer dev", report)

    def test_no_document_is_a_failure(self):
        status, parts, _ = self.run_with(gpu=self.GPU, validate=[1, "nonsense", "it broke"])
        self.assertEqual((status, parts["validation"]), (1, "FAIL!"))


if __name__ == "__main__":
    unittest.main()
