# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own kernel and the other back-ends on this machine itself, without a container: numbers, mutants, ratio and speed."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

from gpureport import called, first_line, last_line, prepend, written

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = ROOT / "resources"
OURS = "kernelyard_attention"
OTHERS = ("xformers", "flash-attn-2", "flash-attn-3", "sageattention")
TIMED = re.compile(r"bf16-b\d+-q4096-k4096-h\d+-d128")  # the case of the promise below
LEAST_RATIO = 0.35
QUICK_SECONDS = 20  # of the quick cases with all back-ends, on a GPU of the H200's class
THAT_CLASS = re.compile(r"\b(H100|H200|GH200|B200|B300|GB200|GB300)\b")
KERNELS = {0: "torch-math", 1: "torch-flash", 2: "torch-efficient", 3: "torch-cudnn"}  # torch.nn.attention.SDPBackend


def judged(report, part, run, code, words="", cpu_alone=""):
    """Tells what became of a run; shaped like the document of kernelyardctl validate --json. `cpu_alone`: why a right run on the
    CPU is no failure here, with the next action."""
    summary = run["summary"]
    text = (f"{run['verdict']}: {summary['cases'] - summary['failed']} of {summary['cases']} cases are right, "
            f"{summary['controls'] - summary['accepted']} of {summary['controls']} controls were rejected, "
            f"on {run['run'].get('deviceName', 'an unknown device')}{words}")
    wrong = [one for one in run.get("cases", []) if not one.get("passed", True)]
    rows = [f"- `{one['id']}` with {one.get('backend', 'the kernel')}: "
            f"{one.get('message') or ', '.join(one.get('reasons', [])) or 'over its limit'}" for one in wrong]
    rows += [f"- {one['name']} is absent: {one.get('reason', '')}" for one in run.get("backends", []) if not one.get("present")]
    if run["run"].get("device") == "cpu" and code == 0 and cpu_alone:
        report.tell("SKIP", part, f"{text}: {cpu_alone}", "\n".join(rows))
    elif run["run"].get("device") != "cuda":
        report.tell("FAIL!", part, f"{text}: a GPU answers, and the kernel did not run on it", "\n".join(rows))
    else:
        report.tell("PASS" if code == 0 else "FAIL!", part, text, "\n".join(rows))


def best_python():
    """(Python, the modules that it lacks of those that the suite uses): the one that has most, and that is new enough."""
    named = os.environ.get("PYTHON")
    usual = [sys.executable, shutil.which("python3"), shutil.which("python"), "/opt/conda/bin/python3", "/usr/bin/python3"]
    probe = ("import sys, importlib.util as u; sys.exit(9) if sys.version_info < (3, 10) else "
             "print(*[m for m in ('numpy', 'torch', 'ninja') if not u.find_spec(m)])")
    found = []
    # Absolute, for it is started in another folder; not resolved, for a virtual environment's is a link.
    paths = [os.path.abspath(path) for path in map(shutil.which, [named] if named else filter(None, usual)) if path]
    for python in dict.fromkeys(paths):
        code, out, _ = called([python, "-c", probe])
        if code == 0:
            found.append((python, out.split()))
    return min(found, key=lambda one: [module in one[1] for module in ("numpy", "torch", "ninja")], default=(named, None))


def find_nvcc():
    """The compiler as build.py looks for it, and beside the usual place in those of its versions; None where there is none."""
    if "NVCC" in os.environ:
        named = shutil.which(os.environ["NVCC"]) if os.environ["NVCC"] else None
        return os.path.abspath(named) if named else None
    homes = [os.environ.get("CUDA_HOME", "/usr/local/cuda"), *sorted(map(str, Path("/usr/local").glob("cuda-*")), reverse=True)]
    usual = [str(Path(home) / "bin" / "nvcc") for home in homes]
    return shutil.which("nvcc") or next((path for path in usual if os.access(path, os.X_OK)), None)


def lacking(python, missing, nvcc, path):
    """What compiling needs and is not here, each with the next action."""
    words = []
    if missing is None:
        words.append(f"{python or 'python3'} is older than 3.10 or can't be run: install a newer one and name it with PYTHON")
    if not nvcc:
        words.append("no nvcc was found: install the CUDA toolkit (nvcc and cudart's development files), or name nvcc with NVCC")
    if not shutil.which(os.environ.get("CXX", "c++").split()[0], path=path):
        words.append("no C++ compiler was found: install g++, or name one with CXX")
    if not shutil.which("ninja", path=path):
        words.append(f"no ninja was found: install ninja-build, or {python or 'python3'} -m pip install ninja")
    return words


def too_new(nvcc, driver_cuda):
    """What to say of an nvcc whose programs this driver can't run; empty where it can, or nobody knows."""
    made = re.search(r"release (\d+)\.\d+", called([nvcc, "--version"])[1])
    driver = re.match(r"(\d+)\.\d+", driver_cuda or "")
    if made and driver and int(made[1]) > int(driver[1]):
        return (f" {nvcc} is of CUDA {made[1]} and this driver goes up to {driver_cuda}: install an older toolkit or a newer "
                "driver.")
    return ""


def compile_error(text):
    lines = text.strip().splitlines()
    return next((line.strip() for line in lines if re.search(r"\b(fatal|error)\b", line)), first_line(text))


def run_of(lines, complete=True):
    """The suite's JSON lines as such a document; None without a verdict, where it is to be complete."""
    kinds = {}
    for line in lines.splitlines():
        try:
            fact = json.loads(line)
        except ValueError:
            continue
        kinds.setdefault(fact.get("type"), []).append(fact)
    if not kinds.get("run") or complete and not kinds.get("verdict"):
        return None
    for one in kinds.get("speed", []):
        samples = one.get("gpu", [])
        one["clocksMHz"] = [sample["clockMHz"] for sample in samples if sample.get("clockMHz") is not None]
        one["temperaturesC"] = [sample["temperatureC"] for sample in samples if sample.get("temperatureC") is not None]
    for one in kinds.get("case", []):
        one["passed"] = one.get("status") == "pass"
    verdict = kinds.get("verdict", [{"verdict": "incomplete"}])[-1]
    return {"verdict": verdict["verdict"], "summary": verdict, "run": kinds["run"][-1], "speed": kinds.get("speed", []),
            "comparisons": kinds.get("comparison", []), "cases": kinds.get("case", []), "backends": kinds.get("backend", [])}


def suite(report, part, where, names, hint="", *arguments, name="starter"):
    """The cases of a suite with the back-ends of those names that are here; the run, or None."""
    command = [where.python, str(RESOURCES / "validation" / "validate"), "--suite", str(RESOURCES / "validation" / f"{name}.yml"),
               "--device", "cuda", *(word for one in names for word in ("--backend", one)), *arguments]
    code, out, err = written(command, report.folder / f"{part}.jsonl", where.limit, env=where.environment, cwd=where.tree)
    run = run_of(out, complete=code != 124)
    if not run:
        errors = [json.loads(line) for line in out.splitlines() if line.startswith('{"type": "error"')]
        words = " ".join(filter(None, [errors[0].get("message"), errors[0].get("remedy")])) if errors else last_line(err)
        report.tell("FAIL!", part, f"no results (status {code}): {words}{hint}")
        return None
    present = [one["name"] for one in run["backends"] if one.get("present")]
    if code == 124:
        report.tell("FAIL!", part, f"it took longer than {where.limit} s and was ended; {len(run['cases'])} cases were computed "
                    f"with {', '.join(present)}. Next: give it longer with --limit")
        return run
    seconds = run["summary"].get("seconds", 0)
    words = f", {seconds:.1f} s with {', '.join(present)}"
    if "--quick" in arguments and "--no-speed" not in arguments:
        words += f" (wanted on a GPU of the H200's class: under {QUICK_SECONDS} s)"
        if THAT_CLASS.search(run["run"].get("deviceName") or "") and seconds > QUICK_SECONDS:
            code = code or 1
    if OURS in names and OURS not in present:
        report.tell("FAIL!", part, f"our kernel was not among the back-ends: "
                    f"{next((one.get('reason') for one in run['backends'] if one['name'] == OURS), 'no reason')}{hint}")
        return run
    judged(report, part, run, code, words)
    return run


class Where:
    """The Python, the sources and the compilers that our kernel is built and run with."""

    def __init__(self, report, facts, limit):
        self.python, self.missing = best_python()
        self.limit = limit
        self.environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
        if self.python:
            prepend(self.environment, "PATH", str(Path(self.python).parent))
        self.tree = (report.folder / "attention").resolve()
        self.nvcc = find_nvcc()
        capabilities = sorted({gpu["computeCapability"] for gpu in facts["gpus"] if gpu.get("computeCapability")})
        if capabilities:
            self.environment.setdefault("KERNELYARD_CUDA_ARCHS", ";".join(capabilities))
        self.target = self.environment.get("KERNELYARD_CUDA_ARCHS", "the usual architectures")

    def lay_out(self):
        """Fresh sources, and the Python part of theirs before whatever else the environment names."""
        shutil.rmtree(self.tree, ignore_errors=True)
        shutil.copytree(RESOURCES / "attention", self.tree, ignore=shutil.ignore_patterns("build", "*.so", "__pycache__"))
        self.environment["NVCC"] = self.nvcc
        prepend(self.environment, "PYTHONPATH", str(self.tree / "python"))

    def build(self):
        # Not -m: the package itself needs NumPy, and that the kernel compiles is told without it, too.
        return called([self.python, str(self.tree / "python" / OURS / "build.py")], env=self.environment, cwd=self.tree)


def kernel(report, facts, where, quick, between):
    """Our own kernel without a container: its runs. `between` gets those of the quick cases, before all are computed."""
    words = lacking(where.python, where.missing, where.nvcc, where.environment["PATH"])
    if words:
        report.tell("SKIP", "kernel", "; ".join(words))
        return []
    where.lay_out()
    code, out, err = where.build()
    (report.folder / "build.log").write_text(out + err)
    hint = too_new(where.nvcc, facts.get("cuda"))
    if code:
        report.tell("FAIL!", "kernel", f"it does not compile for {where.target}: {compile_error(out + err)}{hint}")
        return []
    if "numpy" in where.missing:
        report.tell("SKIP", "kernel", f"it compiles for {where.target}; {where.python} has no NumPy, which the suite needs: "
                    f"{where.python} -m pip install numpy, or the distribution's python3-numpy")
        return []
    runs = [suite(report, "kernel", where, [OURS, "torch"], hint, "--quick")]
    if runs[0] and not quick:
        between(runs)
        runs.append(suite(report, "cases", where, [OURS, "torch"], hint))
    return [run for run in runs if run]


def others(report, where):
    """Every other back-end that this Python has, by the suite that has their masks, lengths and gradients; [the run]."""
    if where.missing is None or {"numpy", "torch"} & set(where.missing):
        report.tell("SKIP", "others", "xFormers, flash-attn and SageAttention need a Python with PyTorch and NumPy")
        return []
    probe = ("import importlib.util as u; print(*[n for n, m in (('xformers', 'xformers'), ('flash-attn-2', 'flash_attn'), "
             "('flash-attn-3', 'flash_attn_interface'), ('sageattention', 'sageattention')) if u.find_spec(m)])")
    here = called([where.python, "-c", probe], env=where.environment)[1].split()
    if not here:
        report.tell("SKIP", "others", f"{where.python} has none of {', '.join(OTHERS)}")
        return []
    where.tree.mkdir(parents=True, exist_ok=True)
    run = suite(report, "others", where, [*here, "torch"], "", "--quick", name="xformers")
    return [run] if run else []


def mutants(report, where):
    """Each fault of the CUDA kernel that the suite must catch, compiled and run on this GPU."""
    sys.path.insert(0, str(ROOT / "tests" / "attention"))
    from cuda_faults import NUMBERS

    rows, missed = [], []
    for name, (file, old, new) in NUMBERS.items():
        path = where.tree / "csrc" / "cuda" / file
        right = path.read_text()
        path.write_text(right.replace(old, new))
        code, out, err = where.build()
        if code == 0:
            command = [where.python, str(RESOURCES / "validation" / "validate"), "--device", "cuda", "--backend", OURS, "--quick",
                       "--no-speed"]
            code, out, _ = written(command, report.folder / "mutant.jsonl", where.limit, env=where.environment, cwd=where.tree)
            run = run_of(out)
            verdict = run["verdict"] if run else f"no verdict (status {code})"
        else:
            verdict = f"it does not compile: {compile_error(out + err)}"
        path.write_text(right)
        rows.append(f"- {name}: {verdict}")
        if verdict not in ("fail", "void"):
            missed.append(name)
    where.build()
    report.tell("FAIL!" if missed else "PASS", "mutants", f"{len(rows) - len(missed)} of {len(rows)} wrong kernels were caught"
                + (f", not: {', '.join(missed)}" if missed else ""), "\n".join(rows))


def alarms(report, where, seeds):
    """The right kernel with many seeds: none may fail."""
    wrong = []
    for seed in range(seeds):
        command = [where.python, str(RESOURCES / "validation" / "validate"), "--device", "cuda", "--backend", OURS, "--quick",
                   "--no-speed", "--seed", str(seed)]
        code, out, _ = written(command, report.folder / "alarm.jsonl", where.limit, env=where.environment, cwd=where.tree)
        if code:
            wrong.append(seed)
            (report.folder / f"alarm-{seed}.jsonl").write_text(out)
    report.tell("FAIL!" if wrong else "PASS", "alarms", f"{len(wrong)} false alarms in {seeds} runs"
                + (f", seeds {', '.join(map(str, wrong))}" if wrong else ""))


# -- speed

def torch_choice(where):
    """Which of its kernels PyTorch takes for that case when nobody chooses; None where it can't be asked."""
    if not where.python:
        return None
    code, out, _ = called([where.python, "-c", "import torch; q = torch.empty(4, 16, 4096, 128, dtype=torch.bfloat16, device='cuda'); "
                           "print(int(torch._fused_sdp_choice(q, q, q)))"])
    return KERNELS.get(int(out)) if code == 0 and out.strip().isdigit() else None


def ratio(report, runs, own, choice, tell=None):
    """Our kernel beside PyTorch's on the case of the promise, from the rounds in which both were timed in turns."""
    tell = tell or report.tell
    found = {}  # the last run, which takes the longer look, counts
    for run in runs:
        for one in run["comparisons"]:
            if TIMED.fullmatch(one["id"]) and one["first"] == OURS and one["second"].startswith("torch-") and one["ratio"] > 0:
                found[one["second"]] = one
    if not found and not own:
        tell("SKIP", "ratio", "our kernel did not run without a container: see kernel")
        return
    if not found:
        absent = [one.get("reason", "") for run in runs for one in run.get("backends", [])
                  if one["name"].startswith("torch-") and not one.get("present")]
        why = f"PyTorch's attention was not timed: {absent[0]}" if absent else "our kernel was not timed beside PyTorch's"
        tell("SKIP", "ratio", f"{why}. Next: give the Python that runs the suite PyTorch for CUDA and NumPy "
                    "(python3 -m venv V; V/bin/pip install torch numpy ninja), then PYTHON=V/bin/python tests/gpu/run …")
        return
    shares = {name: (1 / one["ratio"], 1 / one["high"] if one["high"] > 0 else 0, 1 / one["low"] if one["low"] > 0 else 0)
              for name, one in found.items()}
    judge = choice if choice in shares else min(shares, key=lambda name: shares[name][0])
    why = "which PyTorch itself chooses" if choice in shares else "the fastest of PyTorch's"
    share, low, high = shares[judge]
    rows = ["| of PyTorch | our TFLOP/s as a share of its | 95 % interval |", "| --- | --- | --- |"]
    rows += [f"| {name} | {one:.3f} | {least:.3f} to {most:.3f} |" for name, (one, least, most) in sorted(shares.items())]
    tell("PASS" if share >= LEAST_RATIO else "FAIL!", "ratio",
         f"bf16, head dimension 128, length 4096: our kernel reaches {share:.3f} of {judge} ({why}; 95 % interval "
         f"{low:.3f} to {high:.3f}), wanted at least {LEAST_RATIO}", "\n".join(rows))


def speed(report, runs, tell=None):
    tell = tell or report.tell
    figures = {(one["id"], one["backend"]): one for run in runs for one in run["speed"]}.values()
    if not figures:
        tell("SKIP", "speed", "nothing was timed")
        return
    rows = ["| case | back-end | ms | TFLOP/s | of listed peak | of measured peak | MHz | °C | throttled |", "| --- " * 9 + "|"]
    for one in figures:
        def span(values):
            return f"{min(values):g} to {max(values):g}" if values else "unknown"

        def share(value):
            return "unknown" if value is None else f"{value:.0%}"
        rows.append(f"| {one['id']} | {one['backend']} | {one['ms']:.4g} | {one['tflops']:.3g} | "
                    f"{share(one.get('ofListedPeak'))} | {share(one.get('ofMeasuredPeak'))} | {span(one.get('clocksMHz', []))} | "
                    f"{span(one.get('temperaturesC', []))} | {one.get('throttled', 'unknown')} |")
    best = max(figures, key=lambda one: one["tflops"])
    sentences = {(one["id"], one["first"], one["second"]): one["sentence"] for run in runs for one in run["comparisons"]}
    rows += ["", *(f"- {key[0]}: {sentence}" for key, sentence in sentences.items())]
    tell("PASS", "speed", f"fastest {best['backend']} with {best['tflops']:.3g} TFLOP/s on {best['id']}, {best['clock']}",
                "\n".join(rows))


