# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast: interleaved samples of several back-ends on the same inputs, medians with intervals, and whether they differ."""

import itertools
import re
import time
from pathlib import Path

import numpy

from . import yamlfile
from .case import Case
from .lines import emit, say
from .nvml import Gpu
from .suite import spec_of

CONFIDENCE = 0.95
RESAMPLES = 2000
LEAST_SAMPLES = 5
# Seconds that one call may take: a kernel without vectors would take minutes on long cases.
CALL_SECONDS = 1
LEAST_DIFFERENCE = 0.005  # of the time, that is called one


def median_interval(values, draw):
    """The median with its bootstrap interval."""
    values = numpy.asarray(values)
    medians = numpy.median(draw.choice(values, (RESAMPLES, len(values))), axis=1)
    low, high = numpy.quantile(medians, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(numpy.median(values)), float(low), float(high)


def compare_times(first, second, draw):
    """How many times as fast the second is: (median of the rounds' ratios, low, high) by bootstrap over rounds.

    A round times both right after each other: what slowed the machine slowed both, and their ratio is what is looked at.
    """
    ratios = numpy.asarray(first) / numpy.asarray(second)
    return median_interval(ratios, draw)


def words(first, second, ratio, low, high, samples):
    """A plain sentence and a word: faster, slower, same or unknown, said of the second."""
    if samples < LEAST_SAMPLES:
        return "unknown", f"{samples} samples are too few to tell {second} from {first}"
    interval = f"95 % interval {low:.2f} to {high:.2f}"
    if low > 1 + LEAST_DIFFERENCE:
        return "faster", f"{second} is {ratio:.2f} times as fast as {first} ({interval})"
    if high < 1 - LEAST_DIFFERENCE:
        return "slower", f"{second} is {ratio:.2f} times as fast as {first} ({interval})"
    return "same", f"no difference shown between {second} and {first} ({interval})"


def listed_peak(device_name, dtype):
    """The vendor's dense peak of this GPU in TFLOP/s, and of its memory in GB/s; None where peaks.yml has no row, and for a
    laptop's, a Ti's and a slice, which have the name of another GPU and not its limits."""
    if re.search(r"\b(laptop|mig|ti|super|d)\b", device_name, re.IGNORECASE):
        return None, None
    table = yamlfile.read((Path(__file__).parent / "peaks.yml").read_text())
    for row in table["gpus"]:
        if re.search(rf"(?<!\w){re.escape(row['name'])}(?!\w)", device_name, re.IGNORECASE):
            return row.get("fp32" if dtype == "fp32" else "half"), row.get("memory")
    return None, None


def measured_peak(backend, dtype):
    """TFLOP/s of a large matrix product of PyTorch here, the best of ten; numpy's may be one without vectors."""
    torch, size = backend.torch, 8192 if backend.device == "cuda" else 1024
    a = torch.randn(size, size, device=backend.device, dtype=backend.dtype(dtype))
    return 2 * size ** 3 / (min(backend.timed(lambda: a @ a) for _ in range(10)) / 1000) / 1e12


def speed_specs(plan):
    """The cases that are timed: type × length × head dimension × mask of the plan."""
    parts = (plan["types"], plan["head-dims"], plan.get("suffixes", [""]), plan["lengths"])
    for dtype, dim, suffix, length in itertools.product(*parts):
        batch = max(1, plan.get("tokens", 0) // length) if "tokens" in plan else plan["batch"]
        yield spec_of(dtype, f"b{batch}-q{length}-k{length}-h{plan['heads']}-d{dim}{suffix or ''}")


class Times:
    """Samples of one back-end on one case."""

    def __init__(self):
        self.milliseconds, self.facts = [], []


def samples_in_time(plan, round_seconds):
    """How many rounds fit into the case's seconds, of those that the plan wants; at least enough to tell a difference."""
    return max(LEAST_SAMPLES, min(plan["samples"], int(plan["seconds"] / round_seconds) - plan["warm-up"]))


def take(timers, plan, samples, gpu, draw):
    """{back-end: Times}: rounds in which each back-end is timed once, in a new order each round, over all input sets."""
    found = {name: Times() for name in timers}
    for round_ in range(plan["warm-up"] + samples):
        order = [list(timers)[place] for place in draw.permutation(len(timers))]
        for name in order:
            taken = timers[name](round_ % plan["input-sets"])
            if round_ >= plan["warm-up"]:
                found[name].milliseconds.append(taken)
                found[name].facts.append(gpu.sample())
    return found


def line_of(spec, case, backend, times, peak_bytes, peaks, draw):
    milliseconds, low, high = median_interval(times.milliseconds, draw)
    tflops = case.operations() / milliseconds / 1e9
    gbps = case.bytes_moved() / milliseconds / 1e6
    listed, memory = listed_peak(backend.facts["cudaDevice"], spec["dtype"]) if backend.device == "cuda" else (None, None)
    measured = peaks.get(spec["dtype"])
    fields = {"id": spec["id"], "backend": backend.name, "dtype": spec["dtype"], "length": spec["queries"],
              "headDim": spec["headDim"], "causal": spec["causal"], "batch": spec["batch"], "heads": spec["heads"],
              "clock": backend.clock, "samples": len(times.milliseconds), "ms": milliseconds, "msLow": low, "msHigh": high,
              "tflops": tflops, "gbps": gbps, "times": times.milliseconds,
              "ofListedPeak": tflops / listed if listed else None, "ofMeasuredPeak": tflops / measured if measured else None,
              "ofMemoryPeak": gbps / memory if memory else None, "peakBytes": peak_bytes}
    seen = [one for one in times.facts if one]
    if seen:
        fields["gpu"] = seen
        fields["throttled"] = sum(bool(one.get("throttle")) for one in seen)
    emit("speed", **fields)
    return tflops


def not_timed(spec, backend, reason):
    """A back-end without a speed for this case: no reason to say anything of its numbers, but it is not left out silently."""
    emit("untimed", id=spec["id"], backend=backend.name, reason=reason)
    say(f"not timed: {backend.name} on {spec['id']}: {reason}")


def ready_timers(spec, cases, backends):
    """({back-end: its timer}, {back-end: bytes that a call allocates}, the seconds of a round).

    Each is called first for what it may compile and keep, then to see how long it takes and how much memory.
    """
    timers, peak_bytes, round_seconds = {}, {}, 1e-9
    for backend in backends:
        try:
            if backend.refuses(spec):
                continue
            timer = backend.timer(cases)
            timer(0)
            start = time.perf_counter()
            timer(0)
            took = time.perf_counter() - start
            peak_bytes[backend.name] = backend.peak_bytes(lambda: timer(0))
        except Exception as error:  # no memory, no kernel
            not_timed(spec, backend, f"{type(error).__name__}: {error}")
            continue
        if took > CALL_SECONDS:
            not_timed(spec, backend, f"one call takes {took:.1f} s")
            continue
        timers[backend.name] = timer
        round_seconds += took
    return timers, peak_bytes, round_seconds


def emit_peaks(plan, backends):
    """{type: TFLOP/s of a matrix product}, where some back-end has PyTorch to make one."""
    peaks = {}
    if any_torch := next((one for one in backends if hasattr(getattr(one, "torch", None), "randn")), None):
        for dtype in plan["types"]:
            peaks[dtype] = measured_peak(any_torch, dtype)
            emit("peak", dtype=dtype, tflops=peaks[dtype], how="matrix product")
    return peaks


def run_spec(spec, plan, backends, seed, samples, gpu, peaks, draw):
    cases = [Case(spec, seed + number, pooled=True) for number in range(plan["input-sets"])]
    timers, peak_bytes, round_seconds = ready_timers(spec, cases, backends)
    found = take(timers, plan, samples or samples_in_time(plan, round_seconds), gpu, draw)
    for backend in backends:
        if backend.name in found:
            line_of(spec, cases[0], backend, found[backend.name], peak_bytes[backend.name], peaks, draw)
    names = list(found)
    for second in names[1:]:
        first = found[names[0]].milliseconds
        ratio, low, high = compare_times(first, found[second].milliseconds, draw)
        word, sentence = words(names[0], second, ratio, low, high, len(first))
        emit("comparison", id=spec["id"], first=names[0], second=second, ratio=ratio, low=low, high=high, word=word,
             sentence=sentence)


def run(suite, backends, seed, quick, samples):
    """Times all back-ends; emits `peak`, `speed`, `untimed` and `comparison` lines."""
    device = "cuda" if any(one.device == "cuda" for one in backends) else "cpu"
    backends = [one for one in backends if one.device == device]
    plan = dict(suite.speed.get(device) or {})
    if not plan or not backends:
        return
    plan |= plan.get("quick", {}) if quick else {}
    gpu = Gpu() if device == "cuda" else type("NoGpu", (), {"sample": staticmethod(dict)})()
    draw = numpy.random.default_rng(seed)
    try:
        peaks = emit_peaks(plan, backends)
        for spec in speed_specs(plan):
            try:
                run_spec(spec, plan, backends, seed, samples, gpu, peaks, draw)
            except Exception as error:
                if not all(backend.is_alive() for backend in backends):
                    raise
                say(f"not timed: {spec['id']}: {type(error).__name__}: {error}")
    except Exception as error:  # what is known of the numbers stands, whatever became of the speed
        say(f"nothing more is timed: {type(error).__name__}: {error}")
