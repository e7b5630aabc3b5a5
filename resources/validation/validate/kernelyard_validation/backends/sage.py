# SPDX-License-Identifier: GPL-3.0-or-later
"""SageAttention: queries and keys are quantised to 8 bits, so it is compared by the suite's limits for quantised kernels."""

from ..lines import LoadError
from .tensors import TensorBackend


class Sage(TensorBackend):
    def __init__(self, device):
        import sageattention

        super().__init__("sageattention", sageattention, device)
        self.module = sageattention
        if self.device != "cuda":
            raise LoadError("SageAttention cannot compute here: no CUDA device can be seen, and it has no code for the CPU.",
                            "Give the container a GPU; kernelyardctl engines says what it needs.")
        if self.capability() < (8, 0):
            raise LoadError("SageAttention cannot compute here: it needs a GPU of sm_80 or later.",
                            "Use another back-end on this GPU.")

    def refuses(self, spec):
        if spec["dtype"] == "fp32":
            return "it takes fp16 and bf16 only"
        if spec["backward"]:
            return "it has no backward pass"
        if spec["mask"] != "none":
            return f"it takes no {spec['mask']}"
        if spec["headDim"] > 128:
            return "it takes head dimensions up to 128"
        if spec["causal"] and spec["queries"] != spec["keys"]:
            return "its causal mask is for as many queries as keys"
        return None

    def forward(self, q, k, v, case):
        options = {"is_causal": case.causal, "sm_scale": case.scale}
        if case.lengths is None:
            return self.module.sageattn(q, k, v, tensor_layout="NHD", **options)
        return self.module.sageattn_varlen(q[0], k[0], v[0], self.offsets(case, 0), self.offsets(case, 1),
                                           case.spec["queries"], case.spec["keys"], **options)[None]
