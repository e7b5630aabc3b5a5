# SPDX-License-Identifier: GPL-3.0-or-later
"""FlashAttention 2 (package flash_attn) and 3 (module flash_attn_interface, Hopper)."""

from ..lines import LoadError
from .tensors import TensorBackend


class Flash(TensorBackend):
    least_capability, last_major = (8, 0), None
    dims = range(1, 257)

    def _check(self, what):
        if not hasattr(self.module, "flash_attn_func"):  # flash-attn-4 brings a folder of the same name with other things
            raise LoadError(f"{what} cannot be used: its module has no flash_attn_func.",
                            "Install the package itself, or use another back-end.")
        if self.device != "cuda":
            raise LoadError(f"{what} cannot compute here: no CUDA device can be seen, and it has no code for the CPU.",
                            "Give the container a GPU; kernelyardctl engines says what it needs.")
        if self.capability() < self.least_capability:
            raise LoadError(f"{what} cannot compute here: the GPU is sm_{self.capability()[0]}{self.capability()[1]}, and it "
                            f"needs sm_{self.least_capability[0]}{self.least_capability[1]} or later.",
                            "Use another back-end on this GPU.")
        if self.last_major and self.capability()[0] > self.last_major:
            raise LoadError(f"{what} cannot compute here: the GPU is sm_{self.capability()[0]}{self.capability()[1]}, and its "
                            f"kernels are for sm_{self.last_major}x alone.", "Use another back-end on this GPU.")

    def refuses(self, spec):
        if spec["dtype"] == "fp32":
            return "it takes fp16 and bf16 only"
        if spec["mask"] != "none":
            return f"it takes no {spec['mask']}"
        if spec["headDim"] not in self.dims:
            return f"it has no head dimension {spec['headDim']}"
        return None

    def forward(self, q, k, v, case):
        options = {"softmax_scale": case.scale, "causal": case.causal, **self.options}
        if case.lengths is None:
            out = self.module.flash_attn_func(q, k, v, **options)
        else:
            out = self.module.flash_attn_varlen_func(q[0], k[0], v[0], self.offsets(case, 0), self.offsets(case, 1),
                                                     case.spec["queries"], case.spec["keys"], **options)
        # Version 3 returned (output, logarithm of the sum) at first.
        out = out[0] if isinstance(out, tuple) else out
        return out if case.lengths is None else out[None]


class FlashAttention2(Flash):
    def __init__(self, device):
        import flash_attn

        super().__init__("flash-attn-2", flash_attn, device)
        self.module, self.options = flash_attn, {"deterministic": True}
        self._check("flash-attn 2")


class FlashAttention3(Flash):
    least_capability, last_major = (9, 0), 9  # what it has for later GPUs is the code for these, which ends the process there
    dims = range(8, 257, 8)

    def __init__(self, device):
        import flash_attn_interface

        super().__init__("flash-attn-3", flash_attn_interface, device)
        self.module, self.options = flash_attn_interface, {"deterministic": True}
        self._check("flash-attn 3")
