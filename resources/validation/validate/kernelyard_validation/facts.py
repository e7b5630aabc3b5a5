# SPDX-License-Identifier: GPL-3.0-or-later
"""Where and with what a run was made."""

import datetime
import hashlib
import os
import platform
import subprocess
from pathlib import Path

import numpy


def cpu_name():
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def driver_version():
    """NVIDIA's, as the kernel module says; empty without it."""
    try:
        words = Path("/proc/driver/nvidia/version").read_text().splitlines()[0].split()
    except (OSError, IndexError):
        return ""
    return next((word for word in words if word[0].isdigit() and "." in word), "")


def git(folder, *arguments):
    """git's words, or None where it fails."""
    # safe.directory: the fork usually belongs to another user than the container's.
    command = ["git", "-c", "safe.directory=*", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def digest(path):
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""


def of_backend(backend):
    library = Path(backend.facts["library"])
    laid_out = getattr(backend, "commit", None)
    commit = laid_out or git(library.parent, "rev-parse", "HEAD")
    return {
        "backendVersion": backend.version,
        "library": str(library), "librarySha256": digest(library),
        "compiler": backend.facts["compiler"], "instructionSet": backend.facts["instructionSet"],
        "cudaArchitectures": backend.facts["cudaArchitectures"],
        "device": backend.device, "deviceName": backend.facts["cudaDevice"] if backend.device == "cuda" else cpu_name(),
        "commit": commit,
        "dirty": (not laid_out and bool(git(library.parent, "status", "--porcelain", "--untracked-files=no"))) if commit else None,
    }


def of_run(suite, backend, seed, quick):
    """The run line: the suite, the machine, and the first back-end, which is the one under test."""
    return {
        "format": 1,
        "suite": suite.name, "suiteVersion": suite.version, "suiteSha256": suite.sha256,
        "seed": seed, "quick": quick,
        "started": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds"),
        "python": platform.python_version(), "numpy": numpy.__version__, "driver": driver_version(),
        "cpu": cpu_name(), "cpus": len(os.sched_getaffinity(0)), "threads": backend.facts["threads"],
        "backend": backend.name, **of_backend(backend),
    }
