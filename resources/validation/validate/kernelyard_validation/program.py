# SPDX-License-Identifier: GPL-3.0-or-later
"""The command: which cases and back-ends, in which order, and the verdict."""

import argparse
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

from . import backends, facts, speed
from .backends import own
from .case import Case
from .comparison import judge
from .controls import run_controls
from .lines import LoadError, emit, say
from .stored import exact
from .suite import Suite, SuiteError

SHAPE_KEYS = ("dtype", "batch", "queries", "keys", "heads", "kvHeads", "headDim", "causal", "mask", "varlen", "backward")


class DeviceLost(Exception):
    """A kernel left the GPU useless for this process: whatever comes after it would be blamed on others."""

    def __init__(self, backend, case):
        super().__init__(f"{backend} broke the GPU's context at {case}, so nothing after it was computed.")
        self.remedy = f"Run that case alone (--backend {backend} --case {case}); leave {backend} out to see the others."


def values(results, case):
    return {name: exact(stored, case.dtype) for name, stored in results.items()}


def remarks(backend, case):
    """What a case's line says of how it was computed."""
    said = {}
    if case.spec["kvHeads"] < case.spec["heads"]:
        said["groups"] = "native" if backend.takes_groups(case.spec) else "repeated"
    if chosen := backend.operator_of(case):
        said["operator"] = chosen
    return said


def run_case(case, backend, limits):
    """Emits the case's line; (whether it passed, its results in float64 or None)."""
    fields = {"id": case.spec["id"], "backend": backend.name, "status": "error",
              **{key: case.spec[key] for key in SHAPE_KEYS}}
    try:
        results, intact, first_ms = backend.run(case)
        again, _, second_ms = backend.run(case)
    except Exception as error:  # whatever the back-end raises is this case's result, not the end of the run
        emit("case", **fields, message=f"{type(error).__name__}: {error}", reasons=["error"])
        if not backend.is_alive():
            raise DeviceLost(backend.name, case.spec["id"]) from error
        return False, None
    got = values(results, case)
    measures, reasons = judge(got, case.expected, limits)
    same = {name: stored.tobytes() == again[name].tobytes() for name, stored in results.items()}
    if not all(same[name] for name in same if name == "out" or backend.deterministic_gradients):
        reasons.append("not-deterministic")
    if not intact:
        reasons.append("out-of-bounds")
    ms = min(first_ms, second_ms)
    fields["status"] = "fail" if reasons else "pass"
    emit("case", **fields, **measures, deterministic=all(same.values()), ms=ms,
         gflops=case.operations() / ms / 1e6 if ms > 0 else 0.0, gbps=case.bytes_moved() / ms / 1e6 if ms > 0 else 0.0,
         reasons=reasons, **remarks(backend, case))
    return not reasons, got


class Run:
    """One run: its cases by back-end, its controls, its counts."""

    def __init__(self, suite, specs, present, seed):
        self.suite, self.seed, self.present = suite, seed, present
        self.cases, self.failed, self.controls, self.accepted = 0, 0, 0, 0
        self.work = []  # (case's spec, the back-ends that have it)
        self.made = {}  # the cases that the controls are made from, with what is expected of them, by id
        self.skips = []
        for spec in specs:
            able = []
            for backend in present:
                reason = backend.refuses(spec)
                if reason is None:
                    able.append(backend)
                else:
                    self.skips.append((spec["id"], backend.name, reason))
            self.work.append((spec, able))
        self.announced = sum(len(able) for _, able in self.work)
        self.kept = {spec["id"] for spec in suite.controls}

    def run_cases(self):
        for spec, able in self.work:
            if not able:
                continue
            case = self._case(spec)
            for backend in able:
                self.cases += 1
                self.failed += 1  # until it has passed, for it may be what ends the run
                passed, _ = run_case(case, backend, self.suite.limits(backend.name.split("@")[0], spec["dtype"]))
                self.failed -= passed
                if not passed:
                    say(f"failed: {spec['id']} with {backend.name}")

    def run_controls(self):
        """Every type that was compared must show for each back-end, on the suite's case for it, that it can fail."""
        compared = {(backend.name, spec["dtype"]) for spec, able in self.work for backend in able}
        proven = set()
        for backend in self.present:
            for dtype in sorted({dtype for name, dtype in compared if name == backend.name}):
                for spec in self.suite.controls_for(backend.name.split("@")[0], dtype):
                    if backend.refuses(spec):
                        continue
                    if self._control(self._case(spec), backend):
                        proven.add((backend.name, dtype))
        for name, dtype in sorted(compared - proven):
            say(f"no control could be made for {name} in {dtype}")
        return compared <= proven

    def _case(self, spec):
        """The case; one that controls are made from is kept, for its reference is the dearest part."""
        if spec["id"] not in self.kept:
            return Case(spec, self.seed)
        if spec["id"] not in self.made:
            self.made[spec["id"]] = Case(spec, self.seed)
        return self.made[spec["id"]]

    def _control(self, case, backend):
        kind = backend.name.split("@")[0]
        try:
            got = values(backend.run(case)[0], case)
        except Exception as error:
            emit("control", name="own output", backend=backend.name, case=case.spec["id"], status="accepted", reasons=[],
                 message=f"{type(error).__name__}: {error}")
            self.controls += 1
            self.accepted += 1
            if not backend.is_alive():
                raise DeviceLost(backend.name, case.spec["id"]) from error
            return 1
        count, accepted = run_controls(case, backend.name, got, self.suite.limits(kind, case.dtype),
                                       self.suite.scale_error(kind, case.dtype))
        self.controls += count
        self.accepted += accepted
        return count


def wanted_names(suite, arguments):
    """The back-ends asked for, in order; the suite's where none is."""
    names = []
    for name in arguments.backend or suite.backends:
        names += [one for one in backends.GROUPS.get(name, [name]) if one not in names]
    return names


def load_all(names, device):
    """(those that are here, [(name, LoadError)])"""
    # Waiting threads sleep: on a machine that also builds, spinning ones take the time from those that they wait for.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # NVML counts GPUs in the order of the bus; so that both mean the same first one, CUDA is to count likewise.
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    present, absent = [], []
    for name in names:
        try:
            present.append(backends.load(name, device))
        except LoadError as error:
            absent.append((name, error))
    return present, absent


def build_against(revision, device):
    """Our own kernel as it was at a commit of the same checkout, compiled below its build folder. Raises LoadError.

    Not in /tmp: containers mount that so that no library can be loaded from it. What was compiled stays for the next time.
    """
    library = Path(backends.load("kernelyard_attention", device).facts["library"])
    root = facts.git(library.parent, "rev-parse", "--show-toplevel")
    commit = facts.git(library.parent, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    if not root or not commit:
        raise LoadError(f"{revision} is no commit of the checkout at {library.parent}.", "git log there shows what there is.")
    folder = Path(root) / "build" / "against" / commit[:12]
    package = folder / "python" / "kernelyard_attention"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        archive = subprocess.run(["git", "-c", "safe.directory=*", "-C", root, "archive", commit], capture_output=True, check=False)
        unpacked = subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=False)
        if archive.returncode or unpacked.returncode or not package.is_dir():
            raise LoadError(f"The sources of {commit[:12]} cannot be laid out in {folder}.",
                            "The commit must hold the attention package at its root.")
        done = subprocess.run([sys.executable, "-m", "kernelyard_attention.build"], stdout=sys.stderr, check=False,
                              env=dict(os.environ, PYTHONPATH=str(package.parent)))
    except OSError as error:
        raise LoadError(f"The kernel of {commit[:12]} cannot be compiled: {error.strerror}.",
                        "Run this in the environment's dev container.") from error
    if done.returncode:
        raise LoadError(f"The kernel of {commit[:12]} does not compile.", "Read the compiler's first error above.")
    made = own.load_from(package.parent, f"kernelyard_attention@{commit[:12]}", device)
    made.commit = commit
    return made


def choose(suite, arguments):
    """The cases asked for; None when a name is unknown."""
    if arguments.case:
        known = {spec["id"]: spec for spec in suite.specs}
        return [known[name] for name in arguments.case] if known.keys() >= set(arguments.case) else None
    return [spec for spec in suite.specs if spec["quick"] or not arguments.quick]


def load(suite, arguments):
    """The back-ends of this run and those that are absent. Raises LoadError when the one under test is not there."""
    names = wanted_names(suite, arguments)
    if arguments.build and names[0] in backends.BUILDS:
        backends.build(names[0])
    present, absent = load_all(names, arguments.device)
    if absent and (not present or absent[0][0] == names[0] and not arguments.backend):
        raise absent[0][1]
    if arguments.against:
        present.append(build_against(arguments.against, arguments.device))
    return present, absent


def run(suite, specs, arguments):
    start = time.monotonic()
    present, absent = load(suite, arguments)
    seed = arguments.seed if arguments.seed is not None else secrets.randbits(32)
    this = Run(suite, specs, present, seed)
    emit("run", **facts.of_run(suite, present[0], seed, arguments.quick), cases=this.announced)
    for backend in present:
        emit("backend", name=backend.name, present=True, **facts.of_backend(backend), clock=backend.clock,
             cases=sum(backend in able for _, able in this.work))
    for name, error in absent:
        emit("backend", name=name, present=False, reason=str(error), remedy=error.remedy)
    for case, name, reason in this.skips:
        emit("skip", id=case, backend=name, reason=reason)
    lost = None
    try:
        this.run_cases()
        proven = this.run_controls()
    except DeviceLost as error:
        lost, proven = error, True  # by whom is known; the rest stays unproven, and the run has failed or is void anyway
        say(f"stopped: {error} {error.remedy}")
    if arguments.speed and not arguments.case and not lost:
        speed.run(suite, present, seed, arguments.quick, arguments.samples)
    void = this.accepted > 0 or not proven or this.announced == 0
    verdict = "void" if void else "fail" if this.failed else "pass"
    seconds = time.monotonic() - start
    stopped = {"stopped": str(lost), "remedy": lost.remedy} if lost else {}
    emit("verdict", verdict=verdict, cases=this.cases, failed=this.failed, controls=this.controls, accepted=this.accepted,
         seconds=seconds, **stopped)
    say(f"{verdict}: {this.cases - this.failed} of {this.cases} cases passed, {this.controls - this.accepted} of "
        f"{this.controls} negative controls were rejected, {seconds:.1f} s, seed {seed}")
    return 0 if verdict == "pass" else 1


def parser():
    suites = Path(__file__).resolve().parents[2]
    made = argparse.ArgumentParser(prog="validate", description="Compare attention kernels with a float64 reference.",
                                   epilog="Exit status: 0 pass, 1 fail or void, 2 wrong use, 3 back-end missing.")
    made.add_argument("--suite", type=Path, default=suites / "starter.yml", help="cases, limits and back-ends")
    made.add_argument("--case", action="append", metavar="ID", help="run this case only; may be repeated")
    made.add_argument("--quick", action="store_true", help="the cases marked quick")
    made.add_argument("--list", action="store_true", help="print the ids of the cases and end")
    made.add_argument("--seed", type=int, help="of the random inputs (default: a new one, recorded)")
    made.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    made.add_argument("--backend", action="append", choices=[*backends.MAKERS, *backends.GROUPS],
                      help="whose attention; may be repeated (default: the suite's)")
    made.add_argument("--against", metavar="COMMIT", help="also our own kernel as it was at this commit, in turns")
    made.add_argument("--speed", action=argparse.BooleanOptionalAction, default=True, help="also time the back-ends")
    made.add_argument("--samples", type=int, help="of each timed case and back-end (default: the suite's)")
    made.add_argument("--build", action=argparse.BooleanOptionalAction, default=False,
                      help="first compile what changed in an editable checkout; the last of the two counts")
    return made


def main():
    argument_parser = parser()
    arguments = argument_parser.parse_args()
    if arguments.seed is not None and arguments.seed < 0:
        argument_parser.error("--seed must not be negative")
    if arguments.samples is not None and arguments.samples < 1:
        argument_parser.error("--samples must be at least 1")
    try:
        suite = Suite(arguments.suite)
    except (OSError, SuiteError, ValueError) as error:
        argument_parser.error(f"{arguments.suite}: {error}")
    specs = choose(suite, arguments)
    if specs is None:
        argument_parser.error("an unknown --case; --list shows them all")
    if arguments.list:
        print("\n".join(spec["id"] for spec in specs))
        return 0
    try:
        return run(suite, specs, arguments)
    except LoadError as error:
        emit("error", message=str(error), remedy=error.remedy)
        say(f"error: {error} {error.remedy}")
        return 3
