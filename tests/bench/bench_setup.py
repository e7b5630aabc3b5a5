#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times the start of kernelyardctl, and `kernelyardctl setup starter` from nothing and again with nothing changed.

usage: bench_setup.py KERNELYARDCTL [REPETITIONS]

Everything lies in a folder of its own, Podman's storage too, which is removed afterwards. Prints, for each repetition of the
second set-up, the seconds up to the validation and of the validation, as the build's journal has them. The start and the
detection of engines stand beside `podman --version` and `podman info`, measured in turn.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def environment(folder: Path) -> dict[str, str]:
    storage = folder / "storage.conf"
    storage.write_text(f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n')
    names = {"XDG_STATE_HOME": "state", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config"}
    return {**os.environ, "CONTAINERS_STORAGE_CONF": str(storage), **{key: str(folder / name) for key, name in names.items()}}


def set_up(ctl: str, variables: dict[str, str]) -> tuple[float, dict]:
    started = time.monotonic()
    result = subprocess.run([ctl, "setup", "starter", "--engine", "podman", "--json"], env=variables,
                            stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return time.monotonic() - started, json.loads(result.stdout)


def median_ms(commands: list[list[str]], variables: dict[str, str], rounds: int = 15) -> list[float]:
    """Of each command, run in turn."""
    taken = [[] for _ in commands]
    for _ in range(rounds):
        for times, command in zip(taken, commands):
            started = time.monotonic()
            subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, check=True)
            times.append(1000 * (time.monotonic() - started))
    return [statistics.median(times) for times in taken]


def main() -> int:
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    ctl = str(Path(sys.argv[1]).resolve())
    repetitions = int(sys.argv[2]) if len(sys.argv) == 3 else 3
    folder = Path(tempfile.mkdtemp(prefix="kernelyard-bench-"))
    variables = environment(folder)
    try:
        for words, peer in (["--version"], ["podman", "--version"]), (["engines", "--json"], ["podman", "info"]):
            own, other = median_ms([[ctl, *words], peer], variables)
            print(f"kernelyardctl {' '.join(words)}: {own:.0f} ms, {own / other:.2f} times {' '.join(peer)}'s {other:.0f} ms")
        whole, _ = set_up(ctl, variables)
        print(f"from nothing, base made from packages: {whole:.1f} s (at least: under 300 s)")
        for _ in range(repetitions):
            whole, facts = set_up(ctl, variables)
            validation = facts["validation"]["summary"]["seconds"]
            print(f"nothing changed: {whole:.1f} s, of which the validation took {validation:.1f} s "
                  f"(at least: under 5 s up to it, under 10 s for it)")
    finally:
        subprocess.run(["podman", "unshare", "rm", "-rf", str(folder)] if os.geteuid() else
                       ["umount", "--lazy", "--quiet", str(folder / "graph" / "overlay")], env=variables, check=False)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
