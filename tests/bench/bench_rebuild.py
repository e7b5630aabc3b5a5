#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times an edit of one of the kernel's files, `kernelyardctl validate starter` on it, against the full compile.

usage: bench_rebuild.py KERNELYARDCTL [REPETITIONS]

Everything lies in a folder of its own, Podman's storage and cache mounts too, which is removed afterwards. Where this machine
has a CUDA toolkit it is mounted into the containers, so that the kernels for GPUs are compiled too, as for a wheel that many
GPUs can use. The full compile is the builder layer with an empty compiler cache; what ninja alone took of it is told too. The
rebuild is the whole command, from its start to its end: what the edit touches compiled, linked, and the quick suite run on it.
Fails where an edit compiled more than it touches, or nothing; a factor that is missed is said.
"""
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FACTOR = 5
# Each with the number of units that it is compiled into.
EDITED = {"csrc/api.cpp": 1, "csrc/cpu/schedule.cpp": 1, "csrc/cpu/float32.cpp": 3, "csrc/cpu/bfloat16.cpp": 3}
EDITED_CUDA = {"csrc/cuda/device.cpp": 1, "csrc/cuda/simt.cu": 1, "csrc/cuda/float16_64.cu": 1, "csrc/cuda/float16_128.cu": 1,
               "csrc/cuda/bfloat16_128.cu": 1, "csrc/cuda/bfloat16_256.cu": 1}
CUDA = Path("/usr/local/cuda")
ARCHITECTURES = "8.0;8.6;8.9;9.0;10.0;12.0"
SUMMARY = re.compile(r"ccache: (\d+) compiled, (\d+) from the cache, ([\d.]+) s")


def has_cuda() -> bool:
    return (CUDA / "bin" / "nvcc").exists()


def environment(folder: Path) -> dict[str, str]:
    storage = folder / "storage.conf"
    storage.write_text(f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n')
    if has_cuda():
        settings = folder / "containers.conf"
        settings.write_text(f'[containers]\nvolumes = ["{CUDA.resolve()}:{CUDA}:ro"]\n')
        os.environ["CONTAINERS_CONF"] = str(settings)
    names = {"XDG_STATE_HOME": "state", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"}
    return {**os.environ, "CONTAINERS_STORAGE_CONF": str(storage), **{key: str(folder / name) for key, name in names.items()}}


class Bench:
    def __init__(self, ctl: str, folder: Path):
        self.ctl, self.variables = ctl, environment(folder)
        self.choices = ["--choice", f"cuda-architectures={ARCHITECTURES}"] if has_cuda() else []
        self.fork = folder / "data" / "kernelyard" / "forks" / "attention"

    def run(self, *words: str) -> str:
        return subprocess.run([self.ctl, *words], env=self.variables, stdin=subprocess.DEVNULL, check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def compilations(self) -> list[tuple[int, int, float]]:
        """Of the newest build: units compiled, units from the compiler cache, seconds."""
        return [(int(a), int(b), float(c)) for a, b, c in SUMMARY.findall(self.run("log"))]

    def full(self) -> float:
        """Of the newest build: seconds of the builder layer."""
        steps = [step for step in json.loads(self.run("show", "--json"))["steps"] if step["task"] == "builder"]
        return max(step["endedSeconds"] for step in steps) - min(step["startedSeconds"] for step in steps)

    def edit(self, file: str, round_: int) -> float:
        path = self.fork / file
        path.write_text(path.read_text() + f"\nstatic_assert({round_} >= 0);\n")
        started = time.monotonic()
        facts = json.loads(self.run("validate", "starter", "--engine", "podman", "--quick", "--json", *self.choices))
        taken = time.monotonic() - started
        if facts["validation"]["verdict"] != "pass":
            sys.exit(f"the validation after an edit of {file} did not pass")
        return taken


def main() -> int:
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    repetitions = int(sys.argv[2]) if len(sys.argv) == 3 else 3
    folder = Path(tempfile.mkdtemp(prefix="kernelyard-bench-"))
    bench = Bench(str(Path(sys.argv[1]).resolve()), folder)
    try:
        bench.run("setup", "starter", "--engine", "podman", "--json", *bench.choices)
        units, _, ninja = max(bench.compilations())
        full = bench.full()
        print(f"full compile: {units} units, {full:.1f} s, of which ninja took {ninja:.1f} s")
        for file, touched in (EDITED | EDITED_CUDA if has_cuda() else EDITED).items():
            times = []
            for round_ in range(repetitions):
                times.append(bench.edit(file, round_))
                compiled = sum(one[0] for one in bench.compilations())
                if compiled != touched:
                    sys.exit(f"an edit of {file} compiled {compiled} units and not {touched}")
            median = statistics.median(times)
            print(f"edit of {file}, {touched} of {units} units, and validation: {median:.1f} s ({min(times):.1f} to "
                  f"{max(times):.1f}), {full / median:.1f} times faster (at least: {FACTOR}), {ninja / median:.1f} times by ninja alone")
    finally:
        subprocess.run(["podman", "unshare", "rm", "-rf", str(folder)] if os.geteuid() else
                       ["umount", "--lazy", "--quiet", str(folder / "graph" / "overlay")], env=bench.variables, check=False)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
