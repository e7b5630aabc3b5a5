# SPDX-License-Identifier: GPL-3.0-or-later
"""memory_efficient_attention of xFormers."""

import contextlib
import json
from pathlib import Path

import numpy

from ..lines import LoadError
from ..stored import ITEMS
from .tensors import TensorBackend


class Xformers(TensorBackend):
    deterministic_gradients = False  # dq is summed by several blocks at once

    def __init__(self, device):
        import torch  # noqa: F401  so that a missing PyTorch is named as what it is
        import xformers
        import xformers.ops

        super().__init__("xformers", xformers, device)
        self.ops, self.biases = xformers.ops, xformers.ops.fmha.attn_bias
        package = Path(xformers.__file__).parent
        libraries = sorted(package.glob("_C*.so"))
        if libraries:
            self.facts["library"] = str(libraries[0])
        try:
            built = json.loads((package / "cpp_lib.json").read_text())
            self.facts["cudaArchitectures"] = built.get("env", {}).get("TORCH_CUDA_ARCH_LIST") or ""
        except (OSError, ValueError):
            pass
        self._grouped = {}  # whether it takes groups, by type
        # fp32 and a bias have a kernel of their own, which not every GPU has; whether there is one for 16 bits is not asked.
        self._without_fp32 = self._refused_by_xformers(numpy.float32)
        without = self._without_fp32 and self._refused_by_xformers(numpy.float16)
        if without:
            where = without if self.device == "cuda" else "no CUDA device can be seen, and it has no attention for the CPU"
            raise LoadError(f"xFormers cannot compute here: {where}.",
                            "Give the container a GPU; kernelyardctl engines says what it needs." if self.device != "cuda" else
                            "Build it for this GPU's architecture; kernelyardctl preflight says which that is.")

    def _refused_by_xformers(self, dtype, shape=(2, 4, 8)):
        """Why it has no kernel for the smallest of cases, in its own words; None where it has."""
        zeros = self.tensor(numpy.zeros(shape, dtype))
        try:
            self.ops.memory_efficient_attention(zeros, zeros, zeros, attn_bias=None, p=0.0, scale=1.0)
        except (NotImplementedError, ValueError) as error:
            return " ".join(str(error).split())
        return None

    def refuses(self, spec):
        if spec["varlen"] and not hasattr(self.biases, "BlockDiagonalMask"):
            return "this xFormers has no BlockDiagonalMask"
        if spec["mask"] != "none" and (spec["causal"] or spec["varlen"]):
            return "a bias comes instead of another mask"
        if spec["mask"] != "none" and not hasattr(self.torch, "empty"):
            return "this PyTorch cannot lay out a bias"
        if spec["backward"] and not self.has_gradients():
            return "this PyTorch has no gradients"
        if self._without_fp32 and (spec["dtype"] == "fp32" or spec["mask"] != "none"):
            return "on this GPU it has no kernel for fp32 and none for a bias"
        if spec["headDim"] % (4 if spec["dtype"] == "fp32" else 8):
            return "its kernels take head dimensions that are multiples of 8, of 4 in fp32"
        if spec["causal"] and spec["queries"] > spec["keys"]:
            return "it does not define a query without keys"
        if spec["dtype"] == "bf16" and self.device == "cuda" and self.capability() < (8, 0):
            return "its kernels compute bf16 on GPUs of sm_80 or later alone"
        return None

    def takes_groups(self, spec):
        """Of five dimensions, from 0.0.22 on, and forward alone, as its documentation says."""
        if spec["backward"]:
            return False
        dtype = spec["dtype"]
        if dtype not in self._grouped:
            self._grouped[dtype] = self._refused_by_xformers(ITEMS[dtype], (1, 8, 2, 2, 8)) is None
        return self._grouped[dtype]

    def _groups(self, spec):
        """(groups, heads of a group) where they are passed as such, or None."""
        heads, groups = spec["heads"], spec["kvHeads"]
        return (groups, heads // groups) if groups < heads and self.takes_groups(spec) else None

    def inputs(self, case):
        q, k, v = super().inputs(case)
        groups = self._groups(case.spec)
        if groups is None:
            return [q, k, v]
        # [batch, length, groups, heads of a group, dim]: the heads of a group see the same keys, in the same memory.
        keys = (one.unsqueeze(3).expand(-1, -1, -1, groups[1], -1) for one in (k, v))
        return [q.unflatten(2, groups), *keys]

    def _bias(self, case):
        spec = case.spec
        if case.lengths is not None:
            queries, keys = ([lengths[side] for lengths in case.lengths] for side in (0, 1))
            try:
                mask = self.biases.BlockDiagonalMask.from_seqlens(queries, keys, device=self.device)
            except TypeError:  # before 0.0.27
                mask = self.biases.BlockDiagonalMask.from_seqlens(queries, keys)
            return mask.make_causal_from_bottomright() if case.causal else mask
        if spec["mask"] != "none":
            # Rows of a bias begin at multiples of 8 elements; what lies between is cut off again.
            keys = spec["keys"]
            values = self.tensor(case.bias) if case.bias is not None else self.tensor(
                numpy.where(case.mask, numpy.float32(0), numpy.float32(-numpy.inf)))
            room = self.torch.empty(*values.shape[:3], (keys + 7) // 8 * 8, dtype=self.dtype(case.dtype), device=self.device)
            room = room[..., :keys]
            room.copy_(values)
            groups = self._groups(spec)
            return room.unflatten(1, groups) if groups else room
        return self.biases.LowerTriangularFromBottomRightMask() if case.causal else None

    def operator_of(self, case):
        return case.__dict__.get("_xformers_operator")

    def _dispatched(self, q, k, v, bias, scale):
        """The operators that its own dispatch chooses, with gradients both: "fa2F@2.5.7-pt", "cutlassF-pt, cutlassB-pt".

        No part of its interface (as of 0.0.35), so whatever goes wrong here is no matter; None where nothing is told.
        """
        names = []
        with contextlib.suppress(Exception):
            inputs = self.ops.fmha.Inputs(query=q, key=k, value=v, attn_bias=bias, p=0.0, scale=scale)
            inputs.normalize_bmhk()
            forward = self.ops.fmha._dispatch_fw(inputs, q.requires_grad)
            names.append(str(forward.NAME))
            if q.requires_grad:
                names.append(str(self.ops.fmha._dispatch_bw(inputs, getattr(forward, "VARLEN_LSE_PACKED", None)).NAME))
        return ", ".join(names) or None

    def shaped(self, array, case):
        """Of one head three dimensions, as its documentation begins; those it takes without a mask alone."""
        plain = case.lengths is None and case.spec["mask"] == "none" and not case.causal and case.gradient is None
        return array[:, :, 0] if case.spec["heads"] == 1 and plain else array

    def forward(self, q, k, v, case):
        bias = case.__dict__.get("_xformers_bias")
        if bias is None:
            bias = case._xformers_bias = self._bias(case)
        if "_xformers_operator" not in case.__dict__:
            case._xformers_operator = self._dispatched(q, k, v, bias, case.scale)
        return self.ops.memory_efficient_attention(q, k, v, attn_bias=bias, p=0.0, scale=case.scale)
