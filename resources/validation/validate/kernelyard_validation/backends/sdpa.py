# SPDX-License-Identifier: GPL-3.0-or-later
"""torch.nn.functional.scaled_dot_product_attention, one back-end for each of its kernels (torch.nn.attention, PyTorch 2.3
and later)."""

import functools

import numpy

from ..lines import LoadError
from .tensors import TensorBackend


class TorchSdpa(TensorBackend):
    packs = False  # variable lengths are a mask over padded sequences
    deterministic_gradients = False  # the fused backward passes add into dq from several blocks at once

    def __init__(self, name, kernel, device):
        import torch
        from torch.nn import attention, functional

        super().__init__(name, torch, device)
        self.sdpa, self.choose = functional.scaled_dot_product_attention, attention.sdpa_kernel
        self.kernel, self.kernel_name = getattr(attention.SDPBackend, kernel), kernel
        self.is_math = kernel == "MATH"
        self.takes_masks = kernel != "FLASH_ATTENTION" or self.device == "cpu"
        self.facts["cudaArchitectures"] = ";".join(torch.cuda.get_arch_list()) if self.device == "cuda" else ""
        if self.device == "cpu" and kernel in ("EFFICIENT_ATTENTION", "CUDNN_ATTENTION"):
            raise LoadError(f"{name} cannot compute here: this kernel of PyTorch has no code for the CPU.",
                            "Give the container a GPU.")

    def _version(self):
        """(major, minor) of PyTorch."""
        return tuple(int(part) for part in self.version.split(".")[:2])

    def _cudnn(self):
        """Its version, 91501 for 9.15.1; 0 where there is none."""
        return self.torch.backends.cudnn.version() or 0

    def _needs_mask(self, spec):
        # is_causal is aligned at the top left: only with as many queries as keys is that the same.
        return spec["mask"] != "none" or spec["varlen"] or (spec["causal"] and spec["queries"] != spec["keys"])

    def refuses(self, spec):
        if spec["causal"] and spec["queries"] > spec["keys"]:
            return "PyTorch does not define a query without keys"
        if self._needs_mask(spec) and not self.takes_masks:
            return "this kernel takes no mask"
        if self.is_math and spec["dtype"] != "fp32" and self._version() < (2, 5):
            return "before PyTorch 2.5 it rounds the scores to 16 bits"
        if self.kernel_name == "CUDNN_ATTENTION" and (spec["queries"] % 128 or spec["keys"] % 128) and self._cudnn() < 91501:
            return "before cuDNN 9.15.1 it is wrong for lengths that are not multiples of 128 (PyTorch issue 169849)"
        if self._needs_mask(spec) and spec["backward"] and self.kernel_name == "CUDNN_ATTENTION":
            return "its masked gradients are not finite at some lengths (PyTorch issue 196678)"
        return self._refused_by_torch(spec, spec["heads"]) if self.device == "cuda" and not self.is_math else None

    def takes_groups(self, spec):
        """By enable_gqa, from PyTorch 2.5 on; of its kernels for CUDA the memory-efficient one has no such path."""
        if self.device == "cuda" and not self.is_math:
            return self._version() >= (2, 5) and self._refused_by_torch(spec, spec["kvHeads"]) is None
        return self._has_groups

    @functools.cached_property
    def _has_groups(self):
        q, k = (self.torch.zeros(1, heads, 8, 8, device=self.device) for heads in (2, 1))
        try:
            with self.choose(self.kernel):
                self.sdpa(q, k, k, enable_gqa=True)
        except (RuntimeError, TypeError):  # no such kernel, no such argument
            return False
        return True

    def _refused_by_torch(self, spec, kv_heads):
        """Asks PyTorch itself whether the kernel takes such tensors, with so many heads of keys, on this GPU."""
        torch, cuda = self.torch, self.torch.backends.cuda
        can_use = {"torch-flash": cuda.can_use_flash_attention, "torch-efficient": cuda.can_use_efficient_attention,
                   "torch-cudnn": getattr(cuda, "can_use_cudnn_attention", None)}[self.name]
        if can_use is None:
            return "this PyTorch cannot tell"
        dtype = self.dtype(spec["dtype"])

        def empty(heads, length):
            return torch.empty(spec["batch"], heads, length, spec["headDim"], dtype=dtype, device="cuda",
                               requires_grad=spec["backward"])
        mask = None
        if self._needs_mask(spec):
            mask = torch.empty(spec["batch"], spec["heads"], spec["queries"], spec["keys"], device="cuda",
                               dtype=dtype if spec["mask"] == "bias" else torch.bool)
        keys = empty(kv_heads, spec["keys"])
        arguments = [empty(spec["heads"], spec["queries"]), keys, keys, mask, 0.0, spec["causal"] and mask is None]
        try:
            parameters = cuda.SDPAParams(*arguments, kv_heads != spec["heads"])
        except TypeError:  # before PyTorch 2.5, which brought the last one
            parameters = cuda.SDPAParams(*arguments)
        return None if can_use(parameters, False) else "PyTorch says that this kernel can't take these tensors here"

    def _mask(self, case):
        """What hides keys: a boolean mask, or the bias with -infinity where a mask or the causal rule hides."""
        spec = case.spec
        seen = numpy.ones((spec["batch"], spec["heads"], spec["queries"], spec["keys"]), bool)
        for b, (queries, keys) in enumerate(case.lengths or [(spec["queries"], spec["keys"])] * spec["batch"]):
            if case.lengths:
                seen[b, :, :queries, keys:] = False  # rows beyond the queries are not looked at
            if case.causal:
                rows = numpy.arange(spec["queries"])[:, None] + keys - queries
                seen[b] &= (numpy.arange(spec["keys"])[None, :] <= rows) | (numpy.arange(spec["queries"])[:, None] >= queries)
        if case.mask is not None:
            seen &= case.mask
        mask = self.torch.from_numpy(seen).to(self.device)
        if case.bias is None:
            return mask
        return self.tensor(case.bias).masked_fill(~mask, -numpy.inf)

    def forward(self, q, k, v, case):
        q, k, v = (one.transpose(1, 2) for one in (q, k, v))
        mask = case.__dict__.get("_torch_mask")
        if self._needs_mask(case.spec) and mask is None:
            mask = case._torch_mask = self._mask(case)
        grouped = {"enable_gqa": True} if q.shape[1] != k.shape[1] else {}
        with self.choose(self.kernel):
            out = self.sdpa(q, k, v, attn_mask=mask, is_causal=case.causal and mask is None, scale=case.scale, **grouped)
        return out.transpose(1, 2)
