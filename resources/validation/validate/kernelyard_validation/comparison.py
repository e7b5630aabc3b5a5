# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a result is from what was expected, and whether that is allowed. NaN and infinity never pass."""

import math

import numpy

TILE_ROWS = 64


def relative_l2(difference, expected):
    """‖difference‖ / ‖expected‖; where nothing was expected, only nothing is right."""
    size = numpy.linalg.norm(expected)
    error = numpy.linalg.norm(difference)
    return float(error / size) if size > 0 else (0.0 if error == 0 else math.inf)


def cosine_of(got, expected):
    """The cosine of the angle between the two; 1 only where there is none."""
    sizes = numpy.linalg.norm(got) * numpy.linalg.norm(expected)
    if sizes == 0:
        return 1.0 if not got.any() and not expected.any() else 0.0
    if (got == expected).all():
        return 1.0
    cosine = float(numpy.sum(got * expected) / sizes)
    return math.nextafter(1, 0) if cosine >= 1 else cosine


def worst_tile(difference, expected):
    """The (batch, head, TILE_ROWS rows) with the largest relative error; a local fault drowns in the whole.

    Rows are queries of the output and of dq, keys of dk and dv. A tile of less than a thousandth of the tensor's own mean
    size is measured against that instead: gradients have rows that are all but zero, and their rounding is not a fault.
    Where nothing at all was expected, only nothing is right.
    """
    rows_of_all = max(1, expected.shape[0] * expected.shape[1] * expected.shape[2])
    least = numpy.linalg.norm(expected) * 1e-3 / math.sqrt(rows_of_all)
    worst = None
    for b in range(expected.shape[0]):
        for h in range(expected.shape[2]):
            for first in range(0, expected.shape[1], TILE_ROWS):
                rows = slice(first, first + TILE_ROWS)
                count = min(TILE_ROWS, expected.shape[1] - first)
                floor = least * math.sqrt(count)
                wanted = expected[b, rows, h]
                if numpy.linalg.norm(wanted) >= floor or not wanted.any():
                    error = relative_l2(difference[b, rows, h], wanted)
                else:
                    error = float(numpy.linalg.norm(difference[b, rows, h]) / floor)
                if worst is None or not error <= worst["relL2"]:
                    worst = {"batch": b, "head": h, "firstQuery": first, "queries": count, "relL2": error}
                if math.isnan(error):
                    return worst
    return worst


def compare(got, expected, limit):
    """Measures of one tensor, and the reasons why they do not pass (none when they do)."""
    finite = bool(numpy.isfinite(got).all())
    with numpy.errstate(invalid="ignore"):  # NaN in, NaN out: no warning needed
        difference = got - expected
        measures = {
            "relL2": relative_l2(difference, expected),
            "maxAbs": float(numpy.abs(difference).max()),
            "cosine": cosine_of(got, expected),
            "worstTile": worst_tile(difference, expected),
        }
    reasons = [] if finite else ["not-finite"]
    # "not ≤": a NaN measure must not slip through as "not >".
    if not measures["relL2"] <= limit["relL2"]:
        reasons.append("relL2")
    if not measures["maxAbs"] <= limit["maxAbs"]:
        reasons.append("maxAbs")
    if not measures["cosine"] >= limit["cosine"]:
        reasons.append("cosine")
    if not measures["worstTile"]["relL2"] <= limit["tileRelL2"]:
        reasons.append("tileRelL2")
    return measures, reasons


def judge(got, expected, limits):
    """All tensors of a result: what `compare` says of the worst, by its share of its limit, with its name and limit.

    got and expected map tensors' names to float64 arrays; limits has "out" and "gradient". A tensor that is missing
    from `got` is an error of the caller's.
    """
    worst, all_reasons = None, []
    for name, wanted in expected.items():
        limit = limits["out" if name == "out" else "gradient"]
        measures, reasons = compare(got[name], wanted, limit)
        share = measures["relL2"] / limit["relL2"]
        share = math.inf if math.isnan(share) else share
        if worst is None or bool(reasons) > bool(worst[3]) or (bool(reasons) == bool(worst[3]) and share > worst[0]):
            worst = (share, name, limit, reasons, measures)
        all_reasons += [reason for reason in reasons if reason not in all_reasons]
    _, name, limit, _, measures = worst
    return {"tensor": name, **measures, "limit": limit}, all_reasons
