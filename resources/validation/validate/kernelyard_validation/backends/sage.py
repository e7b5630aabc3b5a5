# SPDX-License-Identifier: GPL-3.0-or-later
"""SageAttention: queries and keys are quantised to 8 bits, so it is compared by the suite's limits for quantised kernels."""

from ..lines import LoadError
from .tensors import TensorBackend


CAPABILITIES = ((8, 0), (8, 6), (8, 9), (9, 0), (12, 0), (12, 1))  # that version 2 chooses a kernel for


class Sage(TensorBackend):
    def __init__(self, device):
        import sageattention

        super().__init__("sageattention", sageattention, device)
        self.module = sageattention
        if self.device != "cuda":
            raise LoadError("SageAttention cannot compute here: no CUDA device can be seen, and it has no code for the CPU.",
                            "Give the container a GPU; kernelyardctl engines says what it needs.")
        if self.capability() not in CAPABILITIES:
            known = ", ".join(f"sm_{major}{minor}" for major, minor in CAPABILITIES)
            raise LoadError(f"SageAttention cannot compute here: it has kernels for {known}.", "Use another back-end on this GPU.")
        self._dims = {}

    def refuses(self, spec):
        if spec["dtype"] == "fp32":
            return "it takes fp16 and bf16 only"
        if spec["backward"]:
            return "it has no backward pass"
        if spec["mask"] != "none":
            return f"it takes no {spec['mask']}"
        if spec["headDim"] > 128:
            return "it takes head dimensions up to 128"
        if spec["causal"] and (spec["varlen"] or spec["queries"] != spec["keys"]):
            return "its causal mask is for as many queries as keys"
        if spec["varlen"] and not hasattr(self.module, "sageattn_varlen"):
            return "this version takes no variable lengths"
        return self._refused_dim(spec["headDim"], spec["varlen"])

    def _refused_dim(self, dim, is_varlen):
        """Versions differ in which head dimensions they take; each is asked once with as small a call as can be."""
        if (dim, is_varlen) not in self._dims:
            torch = self.torch
            rows = torch.ones(64, 1, dim, dtype=torch.float16, device=self.device)
            ends = torch.tensor([0, 64], dtype=torch.int32, device=self.device)
            try:
                if is_varlen:
                    self.module.sageattn_varlen(rows, rows, rows, ends, ends, 64, 64, is_causal=False, sm_scale=1.0)
                else:
                    self.module.sageattn(rows[None], rows[None], rows[None], tensor_layout="NHD", is_causal=False,
                                         sm_scale=1.0)
                self._dims[dim, is_varlen] = None
            except (AssertionError, ValueError):
                self._dims[dim, is_varlen] = f"this version takes no head dimension {dim}"
        return self._dims[dim, is_varlen]

    def forward(self, q, k, v, case):
        options = {"is_causal": case.causal, "sm_scale": case.scale}
        if case.lengths is None:
            return self.module.sageattn(q, k, v, tensor_layout="NHD", **options)
        return self.module.sageattn_varlen(q[0], k[0], v[0], self.offsets(case, 0), self.offsets(case, 1),
                                           case.spec["queries"], case.spec["keys"], **options)[None]
