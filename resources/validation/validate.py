#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares an attention kernel with a float64 reference over a suite of cases, and proves on the way that it can fail.

Writes JSON Lines to stdout (README.md beside this file documents them), words for people to stderr. Needs numpy and the
back-end under test. Exit status: 0 pass, 1 fail or void, 2 wrong use, 3 the back-end cannot be loaded.
"""

import argparse
import datetime
import hashlib
import json
import math
import os
import platform
import secrets
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy

TILE_ROWS = 64
GUARD = 0x5A


class LoadError(Exception):
    """The back-end cannot be used: a sentence, and what to do about it."""

    def __init__(self, message, remedy):
        super().__init__(message)
        self.remedy = remedy


def emit(kind, **fields):
    """One line on stdout. NaN and infinity are no JSON: they become null."""
    def plain(value):
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        if isinstance(value, (float, numpy.floating)):
            return float(f"{value:.10g}") if math.isfinite(value) else None
        return value

    print(json.dumps({"type": kind, **plain(fields)}, allow_nan=False), flush=True)


def say(text):
    print(text, file=sys.stderr, flush=True)


# -- types: how each is rounded, stored and read back ----------------------------------------------------------------

def store(values, dtype):
    """float32 → the array that the back-end gets."""
    if dtype == "fp32":
        return values.astype(numpy.float32)
    if dtype == "fp16":
        return values.astype(numpy.float16)
    bits = values.astype(numpy.float32).view(numpy.uint32)
    return ((bits + (((bits >> 16) & 1) + numpy.uint32(0x7FFF))) >> 16).astype(numpy.uint16)


def exact(stored, dtype):
    """What the stored values are, in float64."""
    if dtype == "bf16":
        return (stored.astype(numpy.uint32) << 16).view(numpy.float32).astype(numpy.float64)
    return stored.astype(numpy.float64)


def poisoned(shape, dtype):
    """An output full of NaN with a guard row of bytes on either side: (array, the buffer that holds it)."""
    item = numpy.dtype({"fp32": numpy.float32, "fp16": numpy.float16, "bf16": numpy.uint16}[dtype])
    count = math.prod(shape)
    guard = 256
    buffer = numpy.full(count * item.itemsize + 2 * guard, GUARD, numpy.uint8)
    out = buffer[guard:-guard].view(item).reshape(shape)
    out[...] = store(numpy.array([numpy.nan], numpy.float32), dtype)[0] if dtype != "bf16" else 0x7FC0
    return out, buffer


def guards_intact(buffer):
    return bool((buffer[:256] == GUARD).all() and (buffer[-256:] == GUARD).all())


# -- the reference ----------------------------------------------------------------------------------------------------

def reference(q, k, v, causal, scale):
    """float64 attention of float64 inputs; causal is aligned at the bottom right, a query without keys gives zeros."""
    batch, queries, heads, dim = q.shape
    keys, group = k.shape[1], heads // k.shape[2]
    out = numpy.zeros((batch, queries, heads, dim))
    hidden = numpy.arange(keys)[None, :] > numpy.arange(queries)[:, None] + keys - queries
    for b in range(batch):
        for h in range(heads):
            scores = (q[b, :, h] @ k[b, :, h // group].T) * scale
            if causal:
                scores[hidden] = -numpy.inf
            highest = scores.max(axis=1, keepdims=True)
            highest[highest == -numpy.inf] = 0
            weights = numpy.exp(scores - highest)
            total = weights.sum(axis=1, keepdims=True)
            total[total == 0] = 1
            out[b, :, h] = (weights / total) @ v[b, :, h // group]
    return out


# -- the comparison ---------------------------------------------------------------------------------------------------

def relative_l2(difference, expected):
    """‖difference‖ / ‖expected‖; where nothing was expected, only nothing is right."""
    size = numpy.linalg.norm(expected)
    error = numpy.linalg.norm(difference)
    return float(error / size) if size > 0 else (0.0 if error == 0 else math.inf)


def cosine_of(got, expected):
    sizes = numpy.linalg.norm(got) * numpy.linalg.norm(expected)
    if sizes == 0:
        return 1.0 if not got.any() and not expected.any() else 0.0
    return float(numpy.sum(got * expected) / sizes)


def worst_tile(difference, expected):
    """The (batch, head, TILE_ROWS queries) with the largest relative error; a local fault drowns in the whole."""
    worst = None
    for b in range(expected.shape[0]):
        for h in range(expected.shape[2]):
            for first in range(0, expected.shape[1], TILE_ROWS):
                rows = slice(first, first + TILE_ROWS)
                error = relative_l2(difference[b, rows, h], expected[b, rows, h])
                if worst is None or not error <= worst["relL2"]:
                    worst = {"batch": b, "head": h, "firstQuery": first,
                             "queries": min(TILE_ROWS, expected.shape[1] - first), "relL2": error}
                if math.isnan(error):
                    return worst
    return worst


def compare(got, expected, limit):
    """Measures, and the reasons why they do not pass (none when they do). NaN and infinity never pass."""
    finite = bool(numpy.isfinite(got).all())
    with numpy.errstate(invalid="ignore"):  # NaN in, NaN out: no warning needed
        difference = got - expected
        measures = {
            "relL2": relative_l2(difference, expected),
            "maxAbs": float(numpy.abs(difference).max()),
            "cosine": cosine_of(got, expected),
            "worstTile": worst_tile(difference, expected),
        }
    reasons = [] if finite else ["not-finite"]
    # "not ≤": a NaN measure must not slip through as "not >".
    if not measures["relL2"] <= limit["relL2"]:
        reasons.append("relL2")
    if not measures["maxAbs"] <= limit["maxAbs"]:
        reasons.append("maxAbs")
    if not measures["cosine"] >= limit["cosine"]:
        reasons.append("cosine")
    if not measures["worstTile"]["relL2"] <= limit["tileRelL2"]:
        reasons.append("tileRelL2")
    return measures, reasons


# -- cases ------------------------------------------------------------------------------------------------------------

class Case:
    """One case's inputs, made anew from the run's seed and the case's id, and what the reference says of them."""

    def __init__(self, spec, limits, seed):
        self.spec = spec
        self.dtype = spec["dtype"]
        self.causal = spec["causal"]
        self.limit = {key: value for key, value in limits[self.dtype].items() if key != "why"}
        self.scale = 1 / math.sqrt(spec["headDim"])
        draw = numpy.random.Generator(numpy.random.PCG64([seed, zlib.crc32(spec["id"].encode())]))

        def random(length, heads, deviation):
            shape = (spec["batch"], length, heads, spec["headDim"])
            return store(draw.standard_normal(shape, dtype=numpy.float32) * numpy.float32(deviation), self.dtype)

        self.q = random(spec["queries"], spec["heads"], 2)
        self.k = random(spec["keys"], spec["kvHeads"], 1)
        self.v = random(spec["keys"], spec["kvHeads"], 1)
        self.expected = reference(exact(self.q, self.dtype), exact(self.k, self.dtype), exact(self.v, self.dtype),
                                  self.causal, self.scale)

    def call(self, backend, device, *, q=None, k=None, v=None, scale=None):
        q = self.q if q is None else q
        out, buffer = poisoned(q.shape, self.dtype)
        timing = {}
        backend.attention(q, self.k if k is None else k, self.v if v is None else v, causal=self.causal,
                          scale=self.scale if scale is None else scale, out=out, device=device, timing=timing)
        return out, buffer, timing["kernel_ms"]

    def operations(self):
        """Floating-point operations of the two products over the visible pairs: 4 · pairs · dim."""
        spec = self.spec
        queries, keys = spec["queries"], spec["keys"]
        pairs = queries * keys
        if self.causal:
            pairs = int(numpy.clip(numpy.arange(queries) + keys - queries + 1, 0, keys).sum())
        return 4 * spec["batch"] * spec["heads"] * pairs * spec["headDim"]


def run_case(case, backend, device):
    """Emits the case's line; returns whether it passed."""
    fields = {"id": case.spec["id"], "status": "error", "dtype": case.dtype,
              **{key: case.spec[key] for key in ("batch", "queries", "keys", "heads", "kvHeads", "headDim", "causal")}}
    try:
        out, buffer, first_ms = case.call(backend, device)
        again, _, second_ms = case.call(backend, device)
    except Exception as error:  # whatever the back-end raises is this case's result, not the end of the run
        emit("case", **fields, message=f"{type(error).__name__}: {error}", reasons=["error"])
        return False
    measures, reasons = compare(exact(out, case.dtype), case.expected, case.limit)
    deterministic = out.tobytes() == again.tobytes()
    if not deterministic:
        reasons.append("not-deterministic")
    if not guards_intact(buffer):
        reasons.append("out-of-bounds")
    ms = min(first_ms, second_ms)
    fields["status"] = "fail" if reasons else "pass"
    emit("case", **fields, **measures, limit=case.limit, deterministic=deterministic, ms=ms,
         gflops=case.operations() / ms / 1e6 if ms > 0 else 0.0, reasons=reasons)
    return not reasons


# -- negative controls ------------------------------------------------------------------------------------------------
# Each makes a wrong result out of the kernel's own output, or has the kernel compute one, and names what that must be told
# apart from. The suite marks the case of each type that carries them ("controls"): one that shows every fault well above
# the type's rounding. None where a case cannot show the fault at all.

def control_zeros(case, call):
    return numpy.zeros_like(call()), case.expected


def control_shuffled_rows(case, call):
    if case.spec["queries"] < 2:
        return None
    return numpy.roll(call(), 1, axis=1), case.expected


def control_swapped_heads(case, call):
    if case.spec["heads"] < 2:
        return None
    swapped = call()
    swapped[:, :, [0, 1]] = swapped[:, :, [1, 0]]
    return swapped, case.expected


def control_scale(case, call):
    if case.spec["keys"] < 2:
        return None
    return call(scale=case.scale * 1.01), case.expected


def control_mask_short(case, call):
    """One key less: with the last key cut off, every query sees one too few."""
    if not case.causal or case.spec["keys"] < 2:
        return None
    return call(k=case.k[:, :-1], v=case.v[:, :-1]), case.expected


def control_mask_leak(case, call):
    """One key more: with the last query cut off, every other one sees the next key."""
    if not case.causal or case.spec["queries"] < 2:
        return None
    return call(q=case.q[:, :-1]), case.expected[:, :-1]


CONTROLS = {
    "zeros": control_zeros,
    "shuffled-rows": control_shuffled_rows,
    "mask-one-short": control_mask_short,
    "mask-one-more": control_mask_leak,
    "scale-1-percent": control_scale,
    "swapped-heads": control_swapped_heads,
}


def run_controls(case, backend, device):
    """Emits a line for each control that this case can show; returns (how many, how many were wrongly accepted)."""
    def call(**changes):
        result, _, _ = case.call(backend, device, **changes)
        return exact(result, case.dtype)

    count = accepted = 0
    for name, make in CONTROLS.items():
        try:
            made = make(case, call)
            if made is None:
                continue
            measures, reasons = compare(*made, case.limit)
            status = "rejected" if reasons else "accepted"
            emit("control", name=name, case=case.spec["id"], status=status, **measures, limit=case.limit,
                 reasons=reasons)
        except Exception as error:  # a control that cannot be carried out proves nothing
            status = "accepted"
            emit("control", name=name, case=case.spec["id"], status=status, reasons=[],
                 message=f"{type(error).__name__}: {error}")
        count += 1
        accepted += status == "accepted"
    return count, accepted


# -- the run ----------------------------------------------------------------------------------------------------------

def build_backend(backend):
    """Brings an editable back-end up to date with its sources. The compiler's words go to stderr."""
    start = time.monotonic()
    try:
        done = subprocess.run(BUILDS[backend], stdout=sys.stderr, check=False)
    except OSError as error:
        raise LoadError(f"{BUILDS[backend][0]} cannot be run: {error.strerror}.",
                        "Run this in the environment's dev container.") from error
    if done.returncode != 0:
        raise LoadError(f"{backend} does not compile.",
                        "Read the compiler's first error above, mend the source in the fork, and validate again.")
    emit("build", seconds=time.monotonic() - start)


class XformersBackend:
    """memory_efficient_attention of xFormers behind the interface that cases are run through."""

    def __init__(self):
        import torch
        import xformers
        import xformers.ops

        self.torch, self.ops = torch, xformers.ops
        self.causal = xformers.ops.fmha.attn_bias.LowerTriangularFromBottomRightMask
        self.package = Path(xformers.__file__).parent
        self.__version__ = xformers.__version__

    def describe(self):
        torch = self.torch
        libraries = sorted(self.package.glob("_C*.so"))
        try:
            built = json.loads((self.package / "cpp_lib.json").read_text())
        except (OSError, ValueError):
            built = {}
        devices = torch.cuda.device_count() if torch.cuda.is_available() else 0
        return {
            "library": str(libraries[0] if libraries else self.package / "__init__.py"),
            "threads": torch.get_num_threads(),
            "compiler": f"PyTorch {torch.__version__}, CUDA {torch.version.cuda or 'none'}",
            "instructionSet": platform.machine(),
            "cudaArchitectures": built.get("env", {}).get("TORCH_CUDA_ARCH_LIST") or "",
            "cudaDevices": devices,
            "cudaDevice": torch.cuda.get_device_name(0) if devices else "",
        }

    def tensor(self, stored, device):
        if stored.dtype == numpy.uint16:  # bf16, which numpy does not know
            signed = numpy.ascontiguousarray(stored).view(numpy.int16)
            return self.torch.from_numpy(signed).view(self.torch.bfloat16).to(device)
        return self.torch.from_numpy(numpy.ascontiguousarray(stored)).to(device)

    def attention(self, q, k, v, *, causal, scale, out, device, timing):
        group = q.shape[2] // k.shape[2]
        if group > 1:  # the operator takes as many heads of keys as of queries
            k, v = numpy.repeat(k, group, axis=2), numpy.repeat(v, group, axis=2)
        if q.shape[2] == 1:  # and without heads three dimensions, as its documentation begins
            q, k, v = q[:, :, 0], k[:, :, 0], v[:, :, 0]
        tensors = [self.tensor(one, device) for one in (q, k, v)]
        bias = self.causal() if causal else None
        if device == "cuda":
            self.torch.cuda.synchronize()
        start = time.perf_counter()
        result = self.ops.memory_efficient_attention(*tensors, attn_bias=bias, p=0.0, scale=scale)
        if device == "cuda":
            self.torch.cuda.synchronize()
        timing["kernel_ms"] = (time.perf_counter() - start) * 1000
        result = result.cpu().contiguous()
        if out.dtype == numpy.uint16:
            result = result.view(self.torch.int16)
        out[...] = result.numpy().view(out.dtype).reshape(out.shape)

    def check(self, device):
        """Raises where there is no kernel for this device."""
        zeros = numpy.zeros((2, 4, 1, 8), numpy.float32)
        self.attention(zeros, zeros, zeros, causal=False, scale=1.0, out=numpy.empty_like(zeros), device=device, timing={})


def import_backend(backend):
    if backend == "xformers":
        return XformersBackend()
    import kernelyard_attention

    return kernelyard_attention


# How each back-end's editable checkout is compiled.
BUILDS = {
    "kernelyard_attention": [sys.executable, "-m", "kernelyard_attention.build"],
    "xformers": ["/opt/kernelyard/link-fork", "--no-link", "/workspace/xformers"],
}


def load_backend(name, device):
    """The back-end, what it says of itself, and the device that it is run on."""
    # Waiting threads sleep: on a machine that also builds, spinning ones take the time from those that they wait for.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        backend = import_backend(name)
        facts = backend.describe()
    except ImportError as error:
        raise LoadError(f"{name} cannot be loaded: {error}",
                        "Run this in the environment's dev container, or build and install the package first.") from error
    if device == "cuda" and facts["cudaDevices"] == 0:
        missing = "no CUDA device can be seen" if facts["cudaArchitectures"] else "it was built without nvcc"
        raise LoadError(f"{name} cannot use CUDA here: {missing}.",
                        "Give the container a GPU and build from a base with the CUDA toolkit, or use --device cpu.")
    if device == "auto":
        device = "cuda" if facts["cudaDevices"] else "cpu"
    if name == "xformers":
        try:
            backend.check(device)
        except NotImplementedError as error:
            where = "no CUDA device can be seen, and it has no attention for the CPU" if device == "cpu" else str(error)
            raise LoadError(f"xFormers cannot compute here: {where}.",
                            "Give the container a GPU; kernelyardctl engines says what it needs.") from error
    return backend, facts, device


def cpu_name():
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def git(folder, *arguments):
    # safe.directory: the fork usually belongs to another user than the container's.
    command = ["git", "-c", "safe.directory=*", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def run_facts(suite, suite_bytes, name, backend, facts, device, seed, quick):
    library = Path(facts["library"])
    commit = git(library.parent, "rev-parse", "HEAD")
    return {
        "format": 1,
        "suite": suite["suite"], "suiteVersion": suite["version"], "suiteSha256": hashlib.sha256(suite_bytes).hexdigest(),
        "seed": seed, "quick": quick,
        "started": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds"),
        "python": platform.python_version(), "numpy": numpy.__version__,
        "cpu": cpu_name(), "cpus": len(os.sched_getaffinity(0)), "threads": facts["threads"],
        "backend": name, "backendVersion": backend.__version__,
        "library": str(library), "librarySha256": hashlib.sha256(library.read_bytes()).hexdigest(),
        "compiler": facts["compiler"], "instructionSet": facts["instructionSet"],
        "cudaArchitectures": facts["cudaArchitectures"],
        "device": device, "deviceName": facts["cudaDevice"] if device == "cuda" else cpu_name(),
        "commit": commit,
        "dirty": bool(git(library.parent, "status", "--porcelain", "--untracked-files=no")) if commit else None,
    }


def choose(suite, arguments):
    """The cases asked for; None when a name is unknown."""
    if arguments.case:
        known = {spec["id"]: spec for spec in suite["cases"]}
        return [known[name] for name in arguments.case] if known.keys() >= set(arguments.case) else None
    return [spec for spec in suite["cases"] if spec.get("quick") or not arguments.quick]


def run(suite, suite_bytes, specs, arguments):
    start = time.monotonic()
    if arguments.build:
        build_backend(arguments.backend)
    backend, facts, device = load_backend(arguments.backend, arguments.device)
    seed = arguments.seed if arguments.seed is not None else secrets.randbits(32)
    about = run_facts(suite, suite_bytes, arguments.backend, backend, facts, device, seed, arguments.quick)
    emit("run", **about, cases=len(specs))
    failed = 0
    for spec in specs:
        passed = run_case(Case(spec, suite["limits"], seed), backend, device)
        failed += not passed
        if not passed:
            say(f"failed: {spec['id']}")
    # Every type that was compared must show, on the suite's case for it, that its comparison can fail.
    unproven = {spec["dtype"] for spec in specs}
    controls = accepted = 0
    for spec in suite["cases"]:
        if spec.get("controls") and spec["dtype"] in {spec["dtype"] for spec in specs}:
            made, wrongly = run_controls(Case(spec, suite["limits"], seed), backend, device)
            controls += made
            accepted += wrongly
            if made:
                unproven.discard(spec["dtype"])
    void = accepted > 0 or bool(unproven)
    verdict = "void" if void else "fail" if failed else "pass"
    seconds = time.monotonic() - start
    emit("verdict", verdict=verdict, cases=len(specs), failed=failed, controls=controls, accepted=accepted,
         seconds=seconds)
    say(f"{verdict}: {len(specs) - failed} of {len(specs)} cases passed, {controls - accepted} of {controls} negative "
        f"controls were rejected, {seconds:.1f} s, seed {seed}")
    return 0 if verdict == "pass" else 1


def main():
    parser = argparse.ArgumentParser(description="Compare the attention kernel with a float64 reference.",
                                     epilog="Exit status: 0 pass, 1 fail or void, 2 wrong use, 3 back-end missing.")
    parser.add_argument("--suite", type=Path, default=Path(__file__).with_name("starter.json"), help="cases and limits")
    parser.add_argument("--case", action="append", metavar="ID", help="run this case only; may be repeated")
    parser.add_argument("--quick", action="store_true", help="the cases marked quick")
    parser.add_argument("--list", action="store_true", help="print the ids of the cases and end")
    parser.add_argument("--seed", type=int, help="of the random inputs (default: a new one, recorded)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--backend", choices=sorted(BUILDS), default="kernelyard_attention", help="whose attention")
    parser.add_argument("--build", action=argparse.BooleanOptionalAction, default=False,
                        help="first compile what changed in an editable checkout; the last of the two counts")
    arguments = parser.parse_args()
    if arguments.seed is not None and arguments.seed < 0:
        parser.error("--seed must not be negative")
    try:
        suite_bytes = arguments.suite.read_bytes()
        suite = json.loads(suite_bytes)
    except (OSError, ValueError) as error:
        parser.error(f"{arguments.suite}: {error}")
    specs = choose(suite, arguments)
    if specs is None:
        parser.error("an unknown --case; --list shows them all")
    if arguments.list:
        print("\n".join(spec["id"] for spec in specs))
        return 0
    try:
        return run(suite, suite_bytes, specs, arguments)
    except LoadError as error:
        emit("error", message=str(error), remedy=error.remedy)
        say(f"error: {error} {error.remedy}")
        return 3


if __name__ == "__main__":
    sys.exit(main())
