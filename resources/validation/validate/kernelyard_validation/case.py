# SPDX-License-Identifier: GPL-3.0-or-later
"""One case's inputs, made anew from the run's seed and the case's id, and what the reference says of them."""

import copy
import math
import zlib

import numpy

from .reference import attention
from .stored import exact, store


POOL = 1 << 20  # values


class Case:
    """pooled: a long input repeats values drawn once; for timing, where drawing them all would take longer than the kernels."""

    def __init__(self, spec, seed, pooled=False):
        self.spec, self.dtype, self.causal = spec, spec["dtype"], spec["causal"]
        self.scale = 1 / math.sqrt(spec["headDim"])
        draw = numpy.random.Generator(numpy.random.PCG64([seed, zlib.crc32(spec["id"].encode())]))

        def random(length, heads, deviation, mean=0):
            shape = (spec["batch"], length, heads, spec["headDim"])
            count = min(math.prod(shape), POOL) if pooled else math.prod(shape)
            values = draw.standard_normal(count, dtype=numpy.float32) * numpy.float32(deviation) + numpy.float32(mean)
            return numpy.resize(store(values, self.dtype), shape)

        # Flat: all keys weigh much the same and all values have one sign, so that a sum that is too narrow overflows.
        flat = spec["flat"]
        self.q = random(spec["queries"], spec["heads"], 0.05 if flat else 2)
        self.k = random(spec["keys"], spec["kvHeads"], 1)
        self.v = random(spec["keys"], spec["kvHeads"], 1, 4 if flat else 0)
        self.bias = self.mask = self.lengths = self.gradient = None
        pairs = (spec["batch"], spec["heads"], spec["queries"], spec["keys"])
        if spec["mask"] == "bias":
            self.bias = store(draw.standard_normal(pairs, dtype=numpy.float32), self.dtype)
        elif spec["mask"] == "mask":
            self.mask = draw.random(pairs, dtype=numpy.float32) < 0.7
            self.mask[..., 0] = True  # nobody is without a key: back-ends differ in what they make of that
        if spec["varlen"]:
            self.lengths = self._lengths(draw)
        if spec["backward"]:
            self.gradient = random(spec["queries"], spec["heads"], 1)
            for one, (queries, _) in zip(self.gradient, self.lengths or []):
                one[queries:] = 0  # where sequences are padded, what lies beyond them has no part in dk and dv
        self._expected = None

    def _lengths(self, draw):
        """(queries, keys) of each sequence: the first the longest, the second a single query, the rest between.

        With gradients all are nearly as long as the first: that of a score is a difference which all but vanishes where few keys
        have the weight, and a query judged alone would be judged by its rounding.
        """
        longest = self.spec["queries"], self.spec["keys"]
        least = [length - length // 4 if self.spec["backward"] else 1 for length in longest]
        lengths = [longest]
        for index in range(1, self.spec["batch"]):
            is_single = index == 1 and not self.spec["backward"]
            queries = 1 if is_single else int(draw.integers(least[0], longest[0] + 1))
            lengths.append((queries, queries if longest[0] == longest[1] and not is_single
                            else int(draw.integers(max(queries, least[1]), longest[1] + 1))))
        return lengths

    def wrong(self, **fault):
        """What the reference says when it is made wrong on purpose: scale, shift, hidden_keys, alternating."""
        def value(array):
            return None if array is None else exact(array, self.dtype)

        arguments = {"scale": self.scale, **fault}
        return attention(value(self.q), value(self.k), value(self.v), causal=self.causal, bias=value(self.bias),
                         mask=self.mask, lengths=self.lengths, gradient=value(self.gradient), **arguments)

    @property
    def expected(self):
        if self._expected is None:
            self._expected = self.wrong()
        return self._expected

    def forward_only(self):
        one = copy.copy(self)
        one.gradient, one._expected = None, None
        return one

    def pairs(self):
        """Visible (query, key) pairs of one head, of all sequences; what a mask hides is counted, as kernels compute it."""
        total = 0
        for queries, keys in self.lengths or [(self.spec["queries"], self.spec["keys"])] * self.spec["batch"]:
            if self.causal:
                total += int(numpy.clip(numpy.arange(queries) + keys - queries + 1, 0, keys).sum())
            else:
                total += queries * keys
        return total

    def operations(self):
        """Floating-point operations: 4 · dim per visible pair and head forward (two products); 10 more backward (five)."""
        return (14 if self.spec["backward"] else 4) * self.spec["heads"] * self.pairs() * self.spec["headDim"]

    def bytes_moved(self):
        """What must be read and written once: q, k, v and the output; backward their gradients too."""
        once = 2 * self.q.nbytes + self.k.nbytes + self.v.nbytes
        return once + (self.bias.nbytes if self.bias is not None else 0) + (once + self.q.nbytes if self.spec["backward"] else 0)
