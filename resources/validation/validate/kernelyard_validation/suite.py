# SPDX-License-Identifier: GPL-3.0-or-later
"""The suite's file: which cases there are, what is allowed, which back-ends, and what is timed."""

import hashlib
import itertools
import re
from pathlib import Path

from . import yamlfile

TYPES = ("fp32", "fp16", "bf16")
SHAPE = re.compile(r"b(?P<batch>\d+)-q(?P<queries>\d+)-k(?P<keys>\d+)-h(?P<heads>\d+)(?:g(?P<groups>\d+))?-d(?P<dim>\d+)"
                   r"(?P<causal>-causal)?(?P<mask>-bias|-mask)?(?P<varlen>-varlen)?(?P<flat>-flat)?(?P<back>-backward)?")
LIMITS = Path(__file__).parent / "limits.yml"
LIMIT_KEYS = {"relL2", "tileRelL2", "maxAbs", "cosine"}


class SuiteError(ValueError):
    pass


def spec_of(dtype, shape):
    """One case. README.md says what the parts of a shape mean; its name is the type and the shape."""
    match = SHAPE.fullmatch(str(shape))
    if not match or dtype not in TYPES:
        raise SuiteError(f'"{dtype}", "{shape}" is no case')
    heads = int(match["heads"])
    spec = {"id": f"{dtype}-{shape}", "dtype": dtype, "batch": int(match["batch"]), "queries": int(match["queries"]),
            "keys": int(match["keys"]), "heads": heads, "kvHeads": int(match["groups"] or heads),
            "headDim": int(match["dim"]), "causal": bool(match["causal"]), "mask": (match["mask"] or "-none")[1:],
            "varlen": bool(match["varlen"]), "flat": bool(match["flat"]), "backward": bool(match["back"])}
    if heads % spec["kvHeads"] or min(spec[key] for key in ("batch", "queries", "keys", "headDim")) < 1:
        raise SuiteError(f'"{shape}": the heads must be a multiple of their groups, and no length may be 0')
    return spec


def shapes_of(group):
    """The shapes that a group of the file lists, or spans as a grid."""
    if "shapes" in group:
        return list(group["shapes"])
    heads = f"h{group['heads']}" + (f"g{group['groups']}" if "groups" in group else "")
    return [f"b{group['batch']}-q{length}-k{length}-{heads}-d{dim}{suffix or ''}"
            for length, dim, suffix in itertools.product(group["lengths"], group["head-dims"], group.get("suffixes", [""]))]


def specs_of(groups):
    """The cases of all groups, types outermost, so that a type's cases stand together."""
    found = {}
    for dtype in TYPES:
        for group in groups:
            if dtype in group["types"]:
                for shape in shapes_of(group):
                    spec = dict(spec_of(dtype, shape), quick=bool(group.get("quick", False)))
                    if spec["id"] in found:
                        raise SuiteError(f'{spec["id"]} stands twice')
                    found[spec["id"]] = spec
    return list(found.values())


class Suite:
    def __init__(self, path):
        """Raises OSError, SuiteError."""
        data, of_all = path.read_bytes(), LIMITS.read_bytes()
        self.sha256 = hashlib.sha256(data + of_all).hexdigest()
        try:
            content = yamlfile.read(data.decode())
            self.name, self.version = content["suite"], content["version"]
            self.backends = content["backends"]
            self.specs = specs_of(content["cases"])
            self.controls = [dict(spec_of(dtype, one["shape"]), only=one.get("back-ends"))
                             for one in content["controls"] for dtype in one["types"]]
            self.speed = content.get("speed", {})
            self._limits = content["limits"]
            self._gradients = content.get("gradient-limits", {})
            self._of_backends = {**yamlfile.read(of_all.decode())["back-end-limits"], **content.get("back-end-limits", {})}
            for table in (self._limits, self._gradients, *self._of_backends.values()):
                for limit in table.values():
                    if not limit.keys() >= LIMIT_KEYS | {"why"}:
                        raise SuiteError("each limit needs relL2, tileRelL2, maxAbs, cosine and why")
        except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
            raise SuiteError(f"{type(error).__name__}: {error}") from error

    def limits(self, backend, dtype):
        """{"out": limit, "gradient": limit}, the back-end's own where the suite has them."""
        own = self._of_backends.get(backend, {})
        out = own.get(dtype) or self._limits[dtype]
        gradient = self._gradients.get(dtype) or out
        return {name: {key: value for key, value in limit.items() if key in LIMIT_KEYS}
                for name, limit in (("out", out), ("gradient", gradient))}

    def scale_error(self, backend, dtype):
        """By how much the scale must be wrong to be told from this back-end's rounding: 0.01, more where it is coarse."""
        return self._of_backends.get(backend, {}).get(dtype, {}).get("scale-error", 0.01)

    def controls_for(self, backend, dtype):
        """The cases that a back-end's controls of this type are made from; those for it alone come before the general."""
        own = [one for one in self.controls if one["dtype"] == dtype and one["only"] and backend in one["only"]]
        return own or [one for one in self.controls if one["dtype"] == dtype and not one["only"]]
