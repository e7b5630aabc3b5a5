# SPDX-License-Identifier: GPL-3.0-or-later
"""Element types: how each is rounded, stored and read back, and outputs that show what was not written."""

import math

import numpy

GUARD = 0x5A
GUARD_BYTES = 256
ITEMS = {"fp32": numpy.dtype(numpy.float32), "fp16": numpy.dtype(numpy.float16), "bf16": numpy.dtype(numpy.uint16)}


def store(values, dtype):
    """float32 → the array that a back-end gets; bf16 as its bits in uint16, rounded to nearest even."""
    if dtype != "bf16":
        return values.astype(ITEMS[dtype])
    bits = values.astype(numpy.float32).view(numpy.uint32)
    return ((bits + (((bits >> 16) & 1) + numpy.uint32(0x7FFF))) >> 16).astype(numpy.uint16)


def exact(stored, dtype):
    """What the stored values are, in float64."""
    if dtype == "bf16":
        return (stored.astype(numpy.uint32) << 16).view(numpy.float32).astype(numpy.float64)
    return stored.astype(numpy.float64)


def nan_filled(shape, dtype):
    return numpy.full(shape, 0x7FC0 if dtype == "bf16" else numpy.nan, ITEMS[dtype])


def poisoned(shape, dtype):
    """An output full of NaN with guard bytes on either side: (array, the buffer that holds it)."""
    item = ITEMS[dtype]
    buffer = numpy.full(math.prod(shape) * item.itemsize + 2 * GUARD_BYTES, GUARD, numpy.uint8)
    out = buffer[GUARD_BYTES:-GUARD_BYTES].view(item).reshape(shape)
    out[...] = nan_filled((), dtype)
    return out, buffer


def guards_intact(buffer):
    return bool((buffer[:GUARD_BYTES] == GUARD).all() and (buffer[-GUARD_BYTES:] == GUARD).all())
