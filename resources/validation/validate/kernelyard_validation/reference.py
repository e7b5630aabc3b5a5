# SPDX-License-Identifier: GPL-3.0-or-later
"""Attention and its gradient in float64, head by head, written for certainty and not for speed.

Heads are computed side by side: the libraries below NumPy that a distribution ships compute in one thread.
"""

import concurrent.futures
import os

import numpy

MATRIX_BYTES = 1 << 30  # of all heads that are in work
MATRICES = 6  # [queries, keys] in float64 at once, for one head with its gradient


def workers(queries, keys):
    """How many heads at a time: one for each processor that this process may use, as far as memory allows."""
    return max(1, min(len(os.sched_getaffinity(0)), MATRIX_BYTES // (8 * MATRICES * queries * keys)))


def visible(causal, queries, keys, shift=0):
    """[queries, keys], true where query i sees key j: j ≤ i + keys - queries (+ shift), aligned at the bottom right."""
    if not causal:
        return numpy.ones((queries, keys), bool)
    return numpy.arange(keys)[None, :] <= numpy.arange(queries)[:, None] + keys - queries + shift


def weights_of(q, k, scale, seen, bias):
    """softmax(scale · q kᵀ + bias) over the keys that are seen; a query that sees none gives zeros."""
    scores = (q @ k.T) * scale
    if bias is not None:
        scores = scores + bias
    scores = numpy.where(seen, scores, -numpy.inf)
    highest = scores.max(axis=1, keepdims=True)
    highest[highest == -numpy.inf] = 0
    weights = numpy.exp(scores - highest)
    total = weights.sum(axis=1, keepdims=True)
    total[total == 0] = 1
    return weights / total


def attention(q, k, v, *, scale, causal=False, bias=None, mask=None, lengths=None, gradient=None, shift=0, hidden_keys=0,
              alternating=False):
    """{"out"}, and with `gradient` (of the output) also {"dq", "dk", "dv"}, all float64.

    q [batch, queries, heads, dim]; k and v [batch, keys, kv_heads, dim]; bias and mask [batch, heads, queries, keys];
    lengths: (queries, keys) of each batch, what lies beyond counts for nothing and is zero in the results.
    Heads that share keys stand together: head h sees the keys of head h // group, with group = heads / kv_heads.
    shift, hidden_keys and alternating make it wrong on purpose, for negative controls: a causal mask off by that much, so
    many of the last keys that nobody sees, and heads that take the heads of keys in turns.
    """
    batch, _, heads, _ = q.shape
    kv_heads = k.shape[2]
    keys_of = [h % kv_heads if alternating else h // (heads // kv_heads) for h in range(heads)]
    results = {"out": numpy.zeros(q.shape)}
    if gradient is not None:
        results |= {"dq": numpy.zeros(q.shape), "dk": numpy.zeros(k.shape), "dv": numpy.zeros(v.shape)}

    def of_head(place):
        b, h = place
        rows, keys = lengths[b] if lengths else (q.shape[1], k.shape[1])
        seen = visible(causal, rows, keys, shift)
        if hidden_keys:
            seen[:, keys - hidden_keys:] = False
        one_q, one_k, one_v = q[b, :rows, h], k[b, :keys, keys_of[h]], v[b, :keys, keys_of[h]]
        weights = weights_of(one_q, one_k, scale, seen if mask is None else seen & mask[b, h, :rows, :keys],
                             None if bias is None else bias[b, h, :rows, :keys])
        out = weights @ one_v
        results["out"][b, :rows, h] = out
        if gradient is None:
            return None
        d_out = gradient[b, :rows, h]
        d_weights = d_out @ one_v.T
        d_scores = weights * (d_weights - (d_out * out).sum(axis=1, keepdims=True)) * scale
        results["dq"][b, :rows, h] = d_scores @ one_k
        return d_scores.T @ one_q, weights.T @ d_out

    places = [(b, h) for b in range(batch) for h in range(heads)]
    with concurrent.futures.ThreadPoolExecutor(workers(q.shape[1], k.shape[1])) as pool:
        # In the order of the places: heads that share keys add up alike every time.
        for (b, h), shares in zip(places, pool.map(of_head, places)):
            if shares is not None:
                results["dk"][b, :len(shares[0]), keys_of[h]] += shares[0]
                results["dv"][b, :len(shares[1]), keys_of[h]] += shares[1]
    return results
