# SPDX-License-Identifier: GPL-3.0-or-later
"""Forward attention for CPU (OpenMP, vectorised) and CUDA on numpy arrays."""

from .version import __version__

__all__ = ["AttentionError", "LibraryError", "Prepared", "__version__", "attention", "describe", "from_bfloat16", "to_bfloat16"]

_LAZY = {"attention": "forward", "describe": "forward", "AttentionError": "forward", "Prepared": "forward", "from_bfloat16": "forward",
         "to_bfloat16": "forward", "LibraryError": "library"}


def __getattr__(name):
    # Late, so that "python -m kernelyard_attention.build" runs where numpy is missing.
    if name not in _LAZY:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from importlib import import_module

    return getattr(import_module(f".{_LAZY[name]}", __name__), name)
