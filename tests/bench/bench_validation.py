#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench_validation.py [RUNS]

Runs the quick suite on the right kernel with that many different seeds (100), and says how many of them were false alarms and
how long one takes on two processors, timing included. Ends with 1 when there was one, or when the median is not under 20 s.
"""

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "attention"))

import checkout  # noqa: E402

LIMIT = 20  # seconds


def main():
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    tree = checkout.built("bench")
    alarms, seconds = [], []
    for seed in range(runs):
        start = time.monotonic()
        status, lines, words = checkout.validate(tree, "--quick", "--speed", "--seed", str(1000 + seed))
        seconds.append(time.monotonic() - start)
        if status != 0:
            alarms.append(1000 + seed)
            print(f"seed {1000 + seed}: status {status}, {lines[-1] if lines else words}", flush=True)
    print(f"{runs} runs of the right kernel: {len(alarms)} false alarms; {statistics.median(seconds):.1f} s each in the median, "
          f"{max(seconds):.1f} s at most (limit of the median: {LIMIT} s)")
    return 1 if alarms or statistics.median(seconds) >= LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
