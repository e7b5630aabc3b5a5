#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/gpu/run tells what kernelyardctl told, and fails where it must. A small program answers in kernelyardctl's place."""

import importlib.machinery
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

RUN = Path(__file__).with_name("run")
RECORDED = Path(__file__).resolve().parents[1] / "data" / "validation" / "several.jsonl"
SPEED = {"id": "bf16-b4-q4096-k4096-h16-d128", "backend": "torch-flash", "ms": 1.5, "tflops": 512.0, "ofListedPeak": 0.61,
         "clock": "device events", "clocksMHz": [1700, 1755], "temperaturesC": [60, 64], "throttled": 1}
VALIDATION = {"verdict": "pass", "summary": {"cases": 9, "failed": 0, "controls": 4, "accepted": 0},
              "run": {"device": "cuda", "deviceName": "NVIDIA H200"}, "speed": [SPEED], "comparisons": []}
CTL = """#!{python} -IS
import json, sys
answers = json.load(open({answers!r}))
key = "preflight --help" if sys.argv[1:3] == ["preflight", "--help"] else sys.argv[1]
code, text, error = answers.get(key, [2, "", "no such command"])
print(text if isinstance(text, str) else json.dumps(text))
print(error, file=sys.stderr)
sys.exit(code)
"""


# In the place of the Python that runs build.py and the suite: says which modules it lacks and what PyTorch would choose, writes
# down what it was called with, and prints lines in the suite's place.
PYTHON = """#!{python} -IS
import json, os, sys
told = json.load(open({told!r}))
if sys.argv[1] == "-c":
    if "_fused_sdp_choice" in sys.argv[2]:
        print(told["choice"])
        sys.exit(0 if told["choice"] else 1)
    if "sageattention" in sys.argv[2]:
        print(*told["others"])
        sys.exit(0)
    print(*told["missing"])
    sys.exit(told["old"])
with open({calls!r}, "a") as calls:
    print(json.dumps([sys.argv[1:], os.environ.get("KERNELYARD_CUDA_ARCHS"), os.environ.get("NVCC"), os.environ["PYTHONPATH"]]),
          file=calls)
if sys.argv[1].endswith("build.py"):
    print(told["build"])
    sys.exit(1 if told["build"] else 0)
lines = told["lines"]
if "--no-speed" in sys.argv and told["caught"] is not None:  # a wrong kernel, or the right one with a seed
    lines = lines[:-1] + [dict(lines[-1], verdict="pass" if "--seed" in sys.argv or not told["caught"] else "fail")]
print("\\n".join(map(json.dumps, lines)), flush=True)
if told["crash"]:
    print("Traceback (most recent call last):\\nRuntimeError: CUDA broke", file=sys.stderr)
    sys.exit(1)
if told["hang"]:
    import time
    time.sleep(60)
sys.exit(0 if lines[-1].get("verdict") == "pass" else 1)
"""
TIMED = SPEED["id"]


def suite_lines(shares, present=True):
    """What the suite prints of our kernel and of PyTorch's, of whose speed ours is that share."""
    lines = [{"type": "run", "device": "cuda", "deviceName": "NVIDIA H100"},
             {"type": "backend", "name": "kernelyard_attention", "present": present, "reason": "no CUDA device can be seen"}]
    lines += [{"type": "backend", "name": name, "present": True} for name in shares]
    lines += [{"type": "backend", "name": "torch-cudnn", "present": False, "reason": "No module named 'torch'"}] * (not shares)
    lines.append({"type": "case", "id": "bf16-b2-q4-k4-h1-d8", "backend": "kernelyard_attention", "status": "pass"})
    lines += [{"type": "comparison", "id": TIMED, "first": "kernelyard_attention", "second": name, "ratio": 1 / share,
               "low": 0.9 / share, "high": 1.1 / share, "sentence": f"{name} is faster"} for name, share in shares.items()]
    lines.append(dict(SPEED, type="speed", gpu=[{"clockMHz": 1700, "temperatureC": 60}, {"clockMHz": 1755, "temperatureC": 64}]))
    lines.append({"type": "verdict", "verdict": "pass", "cases": 1, "failed": 0, "controls": 9, "accepted": 0, "seconds": 7.5})
    return lines


class GpuRun(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.environ = {"PATH": str(self.folder / "bin"), "NVCC": "", "PYTHON": str(self.program("python", "exit 1"))}

    def program(self, name, shell):
        """A small program of that name in the PATH of the run."""
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(shell if shell.startswith("#!") else f"#!/bin/sh\n{shell}\n")
        path.chmod(0o755)
        return path

    def give_compilers(self, nvcc="release 12.4"):
        self.environ["NVCC"] = str(self.program("nvcc", f"echo 'Cuda compilation tools, {nvcc}, V0'"))
        for name in ("c++", "ninja"):
            self.program(name, "exit 0")

    def give_python(self, missing=(), lines=(), build="", choice="1", old=0, **more):
        told = {"missing": list(missing), "lines": list(lines), "build": build, "choice": choice, "old": old, "others": [],
                "caught": None, "crash": False, "hang": False, **more}
        (self.folder / "told.json").write_text(json.dumps(told))
        self.program("python", PYTHON.format(python=sys.executable, told=str(self.folder / "told.json"),
                                             calls=str(self.folder / "calls")))

    def calls(self):
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]

    def run_with(self, *arguments, ctl=None, **answers):
        """(exit status, {part: kind}, the report); nothing that the kernel needs is there unless it was given"""
        answers = {key.replace("_", " --"): value for key, value in answers.items()}
        (self.folder / "answers.json").write_text(json.dumps({"--version": [0, "kernelyardctl 0.1.0", ""], **answers}))
        ctl = ctl or self.program("ctl", CTL.format(python=sys.executable, answers=str(self.folder / "answers.json")))
        done = subprocess.run([sys.executable, str(RUN), str(ctl), "starter", "-o", str(self.folder / "out"), *arguments],
                              env=self.environ, capture_output=True, text=True, check=False)
        lines = re.findall(r"^(PASS|FAIL!|SKIP)\s*: GpuRun::(\w+)\(\)", done.stdout, re.MULTILINE)
        self.assertTrue(lines, done.stderr)
        self.assertEqual(done.stderr, "")
        return done.returncode, {part: kind for kind, part in lines}, (self.folder / "out" / "report.md").read_text()

    GPU = [0, {"gpus": [{"name": "NVIDIA H200", "computeCapability": "9.0"}], "cuda": "12.4"}, ""]
    CHECKED = {"checks": [{"id": "driver", "outcome": "passed"}, {"id": "memory", "outcome": "warning"}]}
    RIGHT = {"gpu": GPU, "preflight_help": [0, "", ""], "preflight": [0, CHECKED, ""],
             "validate": [0, {"validation": VALIDATION}, ""]}
    PARTS = ("status", "preflight", "validation", "kernel", "others", "ratio", "speed")

    def test_without_a_gpu_every_part_is_skipped_by_name(self):
        status, parts, _ = self.run_with(gpu=[0, {"gpus": [], "fault": {"condition": "no-device"}, "message": "No GPU."}, ""])
        self.assertEqual((status, parts), (0, dict.fromkeys(self.PARTS, "SKIP")))

    def test_without_a_driver_the_remedy_is_told(self):
        status, parts, report = self.run_with(gpu=[1, {"gpus": [{"name": ""}], "fault": {"condition": "no-driver"},
                                                       "message": "It is not loaded.", "remedy": "Install the driver."}, ""])
        self.assertEqual((status, parts), (0, dict.fromkeys(self.PARTS, "SKIP")))
        self.assertIn("It is not loaded. Install the driver.", report)

    def test_a_driver_in_trouble_fails(self):
        status, parts, report = self.run_with(gpu=[1, {"gpus": [], "fault": {"condition": "driver-mismatch"},
                                                       "message": "Another version.", "remedy": "Restart the machine."}, ""])
        self.assertEqual((status, parts), (1, dict.fromkeys(self.PARTS, "SKIP") | {"status": "FAIL!"}))
        self.assertIn("Another version. Restart the machine.", report)

    def test_a_gpu_in_trouble_fails_and_the_rest_goes_on(self):
        sick = {"gpus": [{"index": 1, "name": "A100", "fault": {"condition": "fallen-off-the-bus"},
                          "remedy": "Check its power."}]}
        status, parts, report = self.run_with(**dict(self.RIGHT, gpu=[1, sick, ""]))
        self.assertEqual((status, parts["status"], parts["validation"]), (1, "FAIL!", "PASS"))
        self.assertIn("GPU 1: fallen-off-the-bus. Check its power.", report)

    def test_a_machine_that_is_right(self):
        self.give_compilers()
        self.give_python(lines=suite_lines({"torch-flash": 0.41}))
        status, parts, report = self.run_with(**self.RIGHT)
        self.assertEqual((status, parts), (0, dict.fromkeys((*self.PARTS, "cases"), "PASS") | {"others": "SKIP"}))
        self.assertIn("1 passed, 1 warning, 0 unknown", report)
        self.assertIn("9 of 9 cases are right", report)
        self.assertIn("| 61% | unknown | 1700 to 1755 | 60 to 64 | 1 |", report)
        self.assertIn("7.5 s with kernelyard_attention, torch-flash (wanted on a GPU of the H200's class: under 20 s)", report)

    def test_the_kernel_is_compiled_for_this_gpu(self):
        self.give_compilers()
        self.give_python(lines=suite_lines({"torch-flash": 0.41}))
        self.run_with("--quick", **self.RIGHT)
        (built, architectures, nvcc, _), (validated, _, _, _) = self.calls()
        self.assertTrue(built[0].endswith("kernelyard_attention/build.py"))
        self.assertEqual((architectures, nvcc), ("9.0", self.environ["NVCC"]))
        self.assertIn("--quick", validated)
        self.assertEqual([validated[place + 1] for place, word in enumerate(validated) if word == "--backend"],
                         ["kernelyard_attention", "torch"])

    def test_what_is_named_relatively_is_found_from_anywhere(self):
        self.give_compilers()
        self.give_python(lines=suite_lines({"torch-flash": 0.41}))
        here = Path.cwd()
        self.environ |= {"PYTHON": os.path.relpath(self.environ["PYTHON"], here), "PYTHONPATH": "/carried/packages",
                         "NVCC": os.path.relpath(self.environ["NVCC"], here)}
        status, parts, _ = self.run_with("--quick", **self.RIGHT)
        self.assertEqual((status, parts["kernel"]), (0, "PASS"))
        (_, _, nvcc, folders), *_ = self.calls()
        self.assertTrue(os.path.isabs(nvcc))
        self.assertRegex(folders, r"attention/python:/carried/packages$")

    def test_a_quick_suite_that_is_too_slow_fails_on_such_a_gpu_alone(self):
        for name, kind in (("NVIDIA H200", "FAIL!"), ("NVIDIA GeForce RTX 3060", "PASS")):
            lines = suite_lines({"torch-flash": 0.41})
            lines[0]["deviceName"] = name
            lines[-1]["seconds"] = 31.5
            self.give_compilers()
            self.give_python(lines=lines)
            _, parts, report = self.run_with("--quick", **self.RIGHT)
            self.assertEqual(parts["kernel"], kind)
            self.assertIn("31.5 s with", report)

    def test_a_suite_that_hangs_is_ended_and_what_it_said_counts(self):
        self.give_compilers()
        self.give_python(lines=suite_lines({"torch-flash": 0.41})[:-1], hang=True)
        status, parts, report = self.run_with("--quick", "--limit", "2", **self.RIGHT)
        self.assertEqual((status, parts["kernel"], parts["ratio"], parts["speed"]), (1, "FAIL!", "PASS", "PASS"))
        self.assertIn("it took longer than 2.0 s and was ended; 1 cases were computed", report)

    def test_a_suite_that_crashes_is_told_by_its_last_words(self):
        self.give_compilers()
        self.give_python(lines=suite_lines({})[:2], crash=True)
        status, parts, report = self.run_with("--quick", **self.RIGHT)
        self.assertEqual((status, parts["kernel"]), (1, "FAIL!"))
        self.assertIn("no results (status 1): RuntimeError: CUDA broke", report)

    def test_the_other_backends_of_this_python_have_a_part_of_their_own(self):
        self.give_compilers()
        self.give_python(lines=suite_lines({"torch-flash": 0.41}), others=["xformers", "flash-attn-2"])
        _, parts, _ = self.run_with("--quick", **self.RIGHT)
        self.assertEqual(parts["others"], "PASS")
        command = self.calls()[-1][0]
        self.assertTrue(command[command.index("--suite") + 1].endswith("xformers.yml"))
        self.assertEqual([command[place + 1] for place, word in enumerate(command) if word == "--backend"],
                         ["xformers", "flash-attn-2", "torch"])

    def test_each_wrong_kernel_must_be_caught_and_the_right_one_never(self):
        self.give_compilers()
        for caught, kind in ((True, "PASS"), (False, "FAIL!")):
            self.give_python(lines=suite_lines({"torch-flash": 0.41}), caught=caught)
            _, parts, report = self.run_with("--quick", "--mutants", "--seeds", "2", **self.RIGHT)
            self.assertEqual((parts["mutants"], parts["alarms"]), (kind, "PASS"))
            self.assertIn("0 false alarms in 2 runs", report)
            self.assertIn("- wrong scale by 1 %: " + ("fail" if caught else "pass"), report)
        source = (self.folder / "out" / "attention" / "csrc" / "cuda" / "tensor.cuh").read_text()
        self.assertNotIn("1.01F", source)  # the right one is back

    def test_the_ratio_is_against_what_pytorch_chooses(self):
        shares = {"torch-flash": 0.41, "torch-cudnn": 0.22}
        for choice, kind, words in (("1", "PASS", "0.410 of torch-flash (which PyTorch itself chooses"),
                                    ("3", "FAIL!", "0.220 of torch-cudnn (which PyTorch itself chooses"),
                                    ("", "FAIL!", "0.220 of torch-cudnn (the fastest of PyTorch's")):
            with self.subTest(choice):
                self.give_compilers()
                self.give_python(lines=suite_lines(shares), choice=choice)
                status, parts, report = self.run_with("--quick", **self.RIGHT)
                self.assertEqual((status, parts["ratio"]), (kind == "FAIL!", kind))
                self.assertIn(words, report)
                self.assertIn("wanted at least 0.35", report)
                self.assertIn("| torch-cudnn | 0.220 | 0.200 to 0.244 |", report)

    def test_without_pytorch_the_ratio_names_what_to_install(self):
        self.give_compilers()
        self.give_python(missing=["torch"], lines=suite_lines({}), choice="")
        status, parts, report = self.run_with(**self.RIGHT)
        self.assertEqual((status, parts["kernel"], parts["ratio"], parts["speed"]), (0, "PASS", "SKIP", "PASS"))
        self.assertIn("was not timed: No module named 'torch'. Next: ", report)
        self.assertIn("pip install torch numpy", report)

    def test_each_thing_that_the_kernel_lacks_is_named(self):
        rows = (("nvcc", lambda: self.environ.update(NVCC=""), "no nvcc was found: install the CUDA toolkit"),
                ("c++", lambda: (self.folder / "bin" / "c++").unlink(), "no C++ compiler was found: install g++"),
                ("ninja", lambda: (self.folder / "bin" / "ninja").unlink(), "no ninja was found: install ninja-build"),
                ("python", lambda: self.give_python(old=9), "is older than 3.10 or can't be run"),
                ("numpy", lambda: self.give_python(missing=["numpy", "torch"]),
                 "it compiles for 9.0; " + self.environ["PYTHON"] + " has no NumPy"))
        for name, take_away, words in rows:
            with self.subTest(name):
                self.give_compilers()
                self.give_python(lines=suite_lines({}))
                take_away()
                status, parts, report = self.run_with(**self.RIGHT)
                self.assertEqual((status, parts["kernel"], parts["validation"]), (0, "SKIP", "PASS"))
                self.assertIn(words, report)

    def test_a_compiler_that_is_newer_than_the_driver_is_named(self):
        self.give_compilers(nvcc="release 13.0")
        self.give_python(lines=suite_lines({}, present=False))
        status, parts, report = self.run_with(**self.RIGHT)
        self.assertEqual((status, parts["kernel"]), (1, "FAIL!"))
        self.assertIn("no CUDA device can be seen", report)
        self.assertIn("is of CUDA 13 and this driver goes up to 12.4", report)

    def test_the_compilers_own_error_is_told(self):
        self.give_compilers()
        self.give_python(build="[1/9] nvcc build/x.o\nnvcc fatal   : Unsupported gpu architecture 'compute_90'")
        status, parts, report = self.run_with(**self.RIGHT)
        self.assertEqual((status, parts["kernel"]), (1, "FAIL!"))
        self.assertIn("it does not compile for 9.0: nvcc fatal   : Unsupported gpu architecture", report)
        self.assertIn("our kernel did not run without a container: see kernel", report)

    def test_without_kernelyardctl_the_kernel_is_tried(self):
        self.give_compilers()
        self.give_python(lines=suite_lines({"torch-flash": 0.41}))
        self.program("nvidia-smi", """case "$1" in
            --query*) echo "NVIDIA H100 80GB HBM3, 550.54, 9.0";;
            *) echo "| NVIDIA-SMI 550.54   Driver Version: 550.54   CUDA Version: 12.4 |";; esac""")
        status, parts, report = self.run_with(ctl="/nowhere/kernelyardctl")
        self.assertEqual((status, parts), (0, {"status": "SKIP", "preflight": "SKIP", "validation": "SKIP", "kernel": "PASS",
                                               "cases": "PASS", "others": "SKIP", "ratio": "PASS", "speed": "PASS"}))
        self.assertIn("/nowhere/kernelyardctl can't be run: No such file or directory. Next: build it", report)
        self.assertEqual(self.calls()[0][1], "9.0")

    def test_with_neither_kernelyardctl_nor_nvidia_smi_all_is_skipped(self):
        status, parts, report = self.run_with(ctl="/nowhere/kernelyardctl")
        self.assertEqual((status, parts), (0, dict.fromkeys(self.PARTS, "SKIP")))
        self.assertIn("No GPU answers nvidia-smi either", report)

    def test_wrong_numbers_fail(self):
        wrong = dict(VALIDATION, verdict="fail", summary=dict(VALIDATION["summary"], failed=2))
        status, parts, report = self.run_with(gpu=self.GPU, validate=[1, {"validation": wrong}, ""])
        self.assertEqual((status, parts["validation"], parts["preflight"]), (1, "FAIL!", "SKIP"))
        self.assertIn("7 of 9 cases are right", report)

    def test_a_kernel_that_did_not_run_on_the_gpu_fails(self):
        on_cpu = dict(VALIDATION, run={"device": "cpu", "deviceName": "some CPU", "cudaArchitectures": "9.0"}, speed=[])
        status, parts, _ = self.run_with(gpu=self.GPU, validate=[0, {"validation": on_cpu}, ""])
        self.assertEqual((status, parts["validation"], parts["speed"]), (1, "FAIL!", "SKIP"))

    def test_an_environment_without_nvcc_proves_nothing_of_the_gpu(self):
        on_cpu = dict(VALIDATION, run={"device": "cpu", "deviceName": "some CPU", "cudaArchitectures": ""}, speed=[])
        status, parts, report = self.run_with(gpu=self.GPU, validate=[0, {"validation": on_cpu}, ""])
        self.assertEqual((status, parts["validation"]), (0, "SKIP"))
        self.assertIn("Next: kernelyardctl setup starter --choice base-image=docker.io/nvidia/cuda:", report)
        wrong = dict(on_cpu, verdict="fail", summary=dict(VALIDATION["summary"], failed=2))
        status, parts, _ = self.run_with(gpu=self.GPU, validate=[1, {"validation": wrong}, ""])
        self.assertEqual((status, parts["validation"]), (1, "FAIL!"))

    def test_a_failed_preflight_fails(self):
        status, parts, _ = self.run_with(gpu=self.GPU, preflight_help=[0, "", ""], preflight=[1, {}, "no CDI specification"],
                                         validate=[0, {"validation": VALIDATION}, ""])
        self.assertEqual((status, parts["preflight"]), (1, "FAIL!"))

    def test_an_environment_that_is_not_set_up_is_named(self):
        status, parts, report = self.run_with(gpu=self.GPU, validate=[3, "", "starter can't be validated: no layer dev"])
        self.assertEqual((status, parts["validation"]), (0, "SKIP"))
        self.assertIn("no layer dev", report)

    def test_without_an_engine_the_kernel_is_tried_all_the_same(self):
        unfit = {"checks": [{"id": "engine", "outcome": "failed", "evidence": "No engine was found.",
                             "remedy": "Install Podman."}]}
        self.give_compilers()
        self.give_python(lines=suite_lines({"torch-flash": 0.41}))
        status, parts, report = self.run_with("--quick", **dict(
            self.RIGHT, preflight=[1, unfit, ""], validate=[3, "", "No engine was found.\n  next: Install Podman.\n    detail"]))
        self.assertEqual((status, parts), (0, {"status": "PASS", "preflight": "SKIP", "validation": "SKIP", "kernel": "PASS",
                                               "others": "SKIP", "ratio": "PASS", "speed": "PASS"}))
        self.assertIn("No engine was found. Install Podman.", report)  # of the preflight
        self.assertIn("No engine was found. next: Install Podman.", report)
        self.assertNotIn("detail", report)

    def test_a_driver_in_trouble_fails_the_preflight_without_an_engine_too(self):
        unfit = {"checks": [{"id": "engine", "outcome": "failed", "evidence": "No engine was found."},
                            {"id": "device-nodes", "name": "Device nodes", "outcome": "failed", "evidence": "none in /dev"}]}
        status, parts, report = self.run_with(**dict(self.RIGHT, preflight=[1, unfit, ""]))
        self.assertEqual((status, parts["preflight"]), (1, "FAIL!"))
        self.assertIn("Device nodes: none in /dev", report)

    def test_a_preflight_that_checked_nothing_fails(self):
        status, parts, _ = self.run_with(**dict(self.RIGHT, preflight=[0, {}, ""]))
        self.assertEqual((status, parts["preflight"]), (1, "FAIL!"))

    def test_gpus_that_only_nvidia_smi_sees_fail_the_status(self):
        self.program("nvidia-smi", """case "$1" in
            --query-gpu=*compute_cap) exit 2;;
            --query*) echo "Tesla V100, 460.32";;
            esac""")
        status, parts, report = self.run_with(**dict(self.RIGHT, gpu=[0, {"gpus": [], "fault": {"condition": "no-device"}}, ""]))
        self.assertEqual((status, parts["status"]), (1, "FAIL!"))
        self.assertIn("sees none of the 1 GPU(s) that nvidia-smi names", report)

    def test_a_validation_that_could_not_begin_says_why(self):
        said = {"verdict": "incomplete", "summary": VALIDATION["summary"], "run": {},
                "error": {"message": "The kernel does not compile.", "remedy": "Mend the source."}}
        status, parts, report = self.run_with(**dict(self.RIGHT, validate=[3, {"validation": said}, ""]))
        self.assertEqual((status, parts["validation"]), (1, "FAIL!"))
        self.assertIn("The kernel does not compile. Mend the source.", report)

    def test_the_drivers_folders_of_container_hosts_are_used(self):
        sys.path.insert(0, str(RUN.parent))
        from gpureport import use_drivers_folders

        home = self.folder / "nvidia"
        (home / "bin").mkdir(parents=True), (home / "lib64").mkdir()
        environment = {"PATH": "/bin", "LD_LIBRARY_PATH": "/x"}
        for _ in range(2):
            use_drivers_folders(environment, home)
        self.assertEqual(environment, {"PATH": f"/bin:{home}/bin", "LD_LIBRARY_PATH": f"{home}/lib64:/x"})

    def test_lines_of_the_suite_become_a_run(self):
        loader = importlib.machinery.SourceFileLoader("gpu_run", str(RUN))
        with mock.patch.object(sys, "dont_write_bytecode", True):
            module = importlib.util.module_from_spec(importlib.util.spec_from_loader("gpu_run", loader))
            loader.exec_module(module)
        lines = RECORDED.read_text()
        run = module.run_of(lines)
        self.assertEqual((run["verdict"], run["summary"]["cases"], run["run"]["device"]), ("pass", 260, "cpu"))
        self.assertGreater(len(run["speed"]), 5)
        self.assertEqual(run["speed"][0]["clocksMHz"], [])
        self.assertIsNone(module.run_of("\n".join(lines.splitlines()[:-1])))  # cut off before its verdict
        with tempfile.TemporaryDirectory() as folder:
            report = module.Report(Path(folder), "title")
            module.judged(report, "kernel", run, 0)
            module.speed(report, [run])
            self.assertTrue(report.failed)  # it ran on the CPU
            self.assertIn("TFLOP/s on", report.parts["speed"])

    def test_no_document_is_a_failure(self):
        status, parts, _ = self.run_with(gpu=self.GPU, validate=[1, "nonsense", "it broke"])
        self.assertEqual((status, parts["validation"]), (1, "FAIL!"))


if __name__ == "__main__":
    unittest.main()
