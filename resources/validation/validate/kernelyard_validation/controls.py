# SPDX-License-Identifier: GPL-3.0-or-later
"""Negative controls: wrong results that the comparison must reject, or the run proves nothing.

A control takes a back-end's own output of a case and spoils it, or sets it against a reference that is wrong in one way. A
kernel with that very fault agrees with the wrong reference, and the run is void instead of merely failed.
"""

import numpy

from .comparison import TILE_ROWS, judge
from .lines import emit


def spoiled(change):
    def make(case, got, _):
        out = change(case.spec, got["out"].copy())
        return None if out is None else ({"out": out}, {"out": case.expected["out"]})
    return make


def zeros(_, out):
    return numpy.zeros_like(out)


def shuffled_rows(spec, out):
    return numpy.roll(out, 1, axis=1) if spec["queries"] > 1 else None


def swapped_heads(spec, out):
    if spec["heads"] < 2:
        return None
    out[:, :, [0, 1]] = out[:, :, [1, 0]]
    return out


def not_a_number(_, out):
    out[-1, -1, -1, -1] = numpy.nan
    return out


def one_row_missing(spec, out):
    if spec["queries"] < 2:
        return None
    out[:, -1] = 0
    return out


def misjudged(needed, **fault):
    def make(case, got, _):
        return (got, case.wrong(**fault)) if needed(case.spec) else None
    return make


def wrong_scale(case, got, scale_error):
    return (got, case.wrong(scale=case.scale * (1 + scale_error))) if case.spec["keys"] > 1 else None


def is_causal(spec):
    return spec["causal"] and spec["keys"] > 1 and spec["queries"] > 1


def is_grouped(spec):
    return 1 < spec["kvHeads"] < spec["heads"]


CONTROLS = {
    "zeros": spoiled(zeros),
    "shuffled-rows": spoiled(shuffled_rows),
    "swapped-heads": spoiled(swapped_heads),
    "not-a-number": spoiled(not_a_number),
    "last-row-missing": spoiled(one_row_missing),
    "mask-one-short": misjudged(is_causal, shift=-1),
    "mask-one-more": misjudged(is_causal, shift=1),
    "last-tile-missing": misjudged(lambda spec: spec["keys"] > TILE_ROWS, hidden_keys=TILE_ROWS),
    "groups-mixed-up": misjudged(is_grouped, alternating=True),
    "scale-1-percent": wrong_scale,
}


def gradient_controls(case, got):
    """For a case with gradients: each of them missing, and two heads of each exchanged."""
    for name in ("dq", "dk", "dv"):
        yield f"{name}-missing", dict(got, **{name: numpy.zeros_like(got[name])})
        if got[name].shape[2] > 1:
            swapped = got[name].copy()
            swapped[:, :, [0, 1]] = swapped[:, :, [1, 0]]
            yield f"{name}-heads-swapped", dict(got, **{name: swapped})


def judged(name, backend, case, made, limits):
    measures, reasons = judge(*made, limits)
    emit("control", name=name, backend=backend, case=case.spec["id"], status="rejected" if reasons else "accepted",
         **measures, reasons=reasons)
    return not reasons


def run_controls(case, backend, got, limits, scale_error):
    """Emits a line for each control that this case can show; returns (how many, how many were wrongly accepted).

    got: the back-end's results of this case by tensor, float64. A control that cannot be carried out counts as accepted: it
    proves nothing.
    """
    count = accepted = 0
    if case.gradient is None:
        found = ((name, make) for name, make in CONTROLS.items())
    else:
        found = ((name, lambda *_, changed=changed: (changed, case.expected)) for name, changed in gradient_controls(case, got))
    for name, make in found:
        if name == "scale-1-percent" and scale_error != 0.01:
            name = f"scale-{scale_error * 100:g}-percent"
        try:
            made = make(case, got, scale_error)
            if made is None:
                continue
            accepted += judged(name, backend, case, made, limits)
        except Exception as error:  # whatever goes wrong here, it is this control's result and not the end of the run
            emit("control", name=name, backend=backend, case=case.spec["id"], status="accepted", reasons=[],
                 message=f"{type(error).__name__}: {error}")
            accepted += 1
        count += 1
    return count, accepted
