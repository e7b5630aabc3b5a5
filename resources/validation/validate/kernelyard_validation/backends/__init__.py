# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose attention is compared. Each back-end is optional; one that is absent says why.

A back-end has
  name, version, facts       of what it is made of (README.md, line `backend`)
  device                     "cpu" or "cuda", where it computes
  deterministic_gradients    whether two backward passes must give the same bits
  refuses(spec)              why it has no such case, or None
  takes_groups(spec)         whether its operator itself takes fewer heads of keys than of queries
  operator_of(case)          the name of the operator that a case went to, or None where the back-end does not tell
  is_alive()                 whether the device still answers
  run(case)                  ({tensor: stored array}, whether nothing else was written, milliseconds)
  timer(cases)               a function of an index into those cases that computes one and returns milliseconds
  clock                      how those are taken
  peak_bytes(compute)        the most device memory that a call allocates, or None where nobody counts it
"""

import subprocess
import sys
import time

from ..lines import LoadError, emit
from . import flash, own, sage, sdpa, xformers

# name: what makes it for a device; raises LoadError or ImportError
MAKERS = {
    "kernelyard_attention": own.load,
    "torch-flash": lambda device: sdpa.TorchSdpa("torch-flash", "FLASH_ATTENTION", device),
    "torch-efficient": lambda device: sdpa.TorchSdpa("torch-efficient", "EFFICIENT_ATTENTION", device),
    "torch-cudnn": lambda device: sdpa.TorchSdpa("torch-cudnn", "CUDNN_ATTENTION", device),
    "torch-math": lambda device: sdpa.TorchSdpa("torch-math", "MATH", device),
    "xformers": xformers.Xformers,
    "flash-attn-2": flash.FlashAttention2,
    "flash-attn-3": flash.FlashAttention3,
    "sageattention": sage.Sage,
}
GROUPS = {"torch": [name for name in MAKERS if name.startswith("torch-")], "all": list(MAKERS)}

# How the editable checkout of a back-end is compiled.
BUILDS = {
    "kernelyard_attention": [sys.executable, "-m", "kernelyard_attention.build"],
    "xformers": ["/opt/kernelyard/link-fork", "--no-link", "/workspace/xformers"],
}


def load(name, device):
    """The back-end on that device; "auto" is a GPU where it can use one. Raises LoadError."""
    try:
        return MAKERS[name](device)
    except ImportError as error:
        raise LoadError(f"{name} cannot be loaded: {error}",
                        "Run this in the environment's dev container, or build and install the package first.") from error
    except LoadError:
        raise
    except Exception as error:  # a package that does not fit the rest of the installation raises whatever it likes
        raise LoadError(f"{name} cannot be loaded: {type(error).__name__}: {error}",
                        "Build the package again for this PyTorch and CUDA; kernelyardctl preflight tells what fits.") from error


def build(name):
    """Brings an editable back-end up to date with its sources. The compiler's words go to stderr. Raises LoadError."""
    start = time.monotonic()
    try:
        done = subprocess.run(BUILDS[name], stdout=sys.stderr, check=False)
    except OSError as error:
        raise LoadError(f"{BUILDS[name][0]} cannot be run: {error.strerror}.",
                        "Run this in the environment's dev container.") from error
    if done.returncode != 0:
        raise LoadError(f"{name} does not compile.",
                        "Read the compiler's first error above, mend the source in the fork, and validate again.")
    emit("build", seconds=time.monotonic() - start)
