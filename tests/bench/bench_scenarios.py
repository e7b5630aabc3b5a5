#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the scenarios of `starter` with a registry on loopback: kept images and pulled ones against a build from nothing.

usage: bench_scenarios.py KERNELYARDCTL [REPETITIONS]

The quick suite validates: what is timed is the way to an environment, not the kernel. Everything lies in a folder of its own,
Podman's storage and cache mounts too, which is removed afterwards. Fails where a repetition fails, compiles what it should
not, or a median is not as many times faster as is wanted.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WANTED = {"B": 5, "C": 10}


def environment(folder: Path) -> dict[str, str]:
    storage = folder / "storage.conf"
    storage.write_text(f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n')
    names = {"XDG_STATE_HOME": "state", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"}
    return {**os.environ, "CONTAINERS_STORAGE_CONF": str(storage), **{key: str(folder / name) for key, name in names.items()}}


def main() -> int:
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    repetitions = sys.argv[2] if len(sys.argv) == 3 else "3"
    folder = Path(tempfile.mkdtemp(prefix="kernelyard-bench-"))
    variables = environment(folder)
    missed = False
    try:
        ran = subprocess.run([str(Path(sys.argv[1]).resolve()), "bench", "starter", "--quick", "--engine", "podman", "--json",
                              "--repetitions", repetitions], env=variables, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, check=False)
        report = json.loads(ran.stdout)
        for one in report["summary"]:
            letter = one["scenario"]
            if one["failed"] or not one["done"]:
                print(f"{letter}: {one['failed']} of {repetitions} repetitions failed: {one.get('failure', '')}")
                missed = True
                continue
            times = one["seconds"]
            line = f"{letter} {one['title']}: {times['median']:.1f} s ({times['least']:.1f} to {times['most']:.1f})"
            line += f", {one['compiledUnits']} units compiled"
            if letter in WANTED and "factor" in one:
                line += f", {one['factor']:.1f} times faster than A (at least: {WANTED[letter]})"
                missed = missed or one["factor"] < WANTED[letter]
            print(line + "; " + ", ".join(f"{phase} {spread['median']:.1f}" for phase, spread in one["phaseSeconds"].items()))
        missed = missed or ran.returncode != 0
    finally:
        subprocess.run(["podman", "unshare", "rm", "-rf", str(folder)] if os.geteuid() else
                       ["umount", "--lazy", "--quiet", str(folder / "graph" / "overlay")], env=variables, check=False)
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
