# SPDX-License-Identifier: GPL-3.0-or-later
"""What the suite writes: JSON Lines for programs on stdout, words for people on stderr."""

import json
import math
import sys

import numpy


class LoadError(Exception):
    """A back-end cannot be used: a sentence, and what to do about it."""

    def __init__(self, message, remedy):
        super().__init__(message)
        self.remedy = remedy


def plain(value, digits=10):
    """NaN and infinity are no JSON: they become null. Numbers are rounded to ten digits, but a cosine: it is all but 1."""
    if isinstance(value, dict):
        return {key: plain(item, 17 if key == "cosine" else 10) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, numpy.bool_)):
        return bool(value)
    if isinstance(value, numpy.integer):
        return int(value)
    if isinstance(value, (float, numpy.floating)):
        return float(f"{value:.{digits}g}") if math.isfinite(value) else None
    return value


def emit(kind, **fields):
    """One line on stdout, at once."""
    print(json.dumps({"type": kind, **plain(fields)}, allow_nan=False), flush=True)


def say(text):
    print(text, file=sys.stderr, flush=True)
