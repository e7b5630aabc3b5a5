# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernelyard's own kernel, on numpy arrays."""

import importlib
import importlib.util
import sys

import numpy

from ..lines import LoadError
from ..stored import guards_intact, poisoned


class Own:
    deterministic_gradients = True
    commit = None  # that it was laid out from, where it is not the checkout's own

    def __init__(self, name, module, device):
        self.name, self.module = name, module
        self.version = module.__version__
        self.facts = module.describe()
        if device == "cuda" and self.facts["cudaDevices"] == 0:
            missing = "no CUDA device can be seen" if self.facts["cudaArchitectures"] else "it was built without nvcc"
            raise LoadError(f"{name} cannot use CUDA here: {missing}.",
                            "Give the container a GPU and build from a base with the CUDA toolkit, or use --device cpu.")
        self.device = ("cuda" if self.facts["cudaDevices"] else "cpu") if device == "auto" else device
        self.clock = "device events" if self.device == "cuda" else "wall clock"

    def refuses(self, spec):
        if spec["backward"]:
            return "it has no backward pass"
        if spec["mask"] != "none":
            return f"it takes no {spec['mask']}"
        return "it takes no variable lengths" if spec["varlen"] else None

    def takes_groups(self, spec):
        return True

    def operator_of(self, case):
        return None  # it has one

    def is_alive(self):
        """Whether the device still answers; an error of some kernel can leave it useless for the rest of this process."""
        if self.device != "cuda":
            return True
        one = numpy.ones((1, 1, 1, 1), numpy.float32)
        try:
            self.module.attention(one, one, one, device="cuda")
        except Exception:
            return False
        return True

    def run(self, case):
        out, buffer = poisoned(case.q.shape, case.dtype)
        timing = {}
        self._call(case, out, timing)
        return {"out": out}, guards_intact(buffer), timing["kernel_ms"]

    def timer(self, cases):
        if hasattr(self.module, "Prepared"):  # its inputs stay on the GPU
            calls = [self.module.Prepared(case.q, case.k, case.v, causal=case.causal, scale=case.scale, device=self.device)
                     for case in cases]
            return lambda index: calls[index].run()
        outputs = [case.q.copy() for case in cases]

        def sample(index):
            timing = {}
            self._call(cases[index], outputs[index], timing)
            return timing["kernel_ms"]
        return sample

    def peak_bytes(self, compute):
        return None  # PyTorch's allocator, which counts, has no part in it

    def _call(self, case, out, timing):
        self.module.attention(case.q, case.k, case.v, causal=case.causal, scale=case.scale, out=out, device=self.device,
                              timing=timing)


def load(device):
    return Own("kernelyard_attention", importlib.import_module("kernelyard_attention"), device)


def load_from(folder, name, device):
    """The package of another checkout beside the installed one. Raises ImportError, OSError, LoadError."""
    alias = "kernelyard_attention_" + "".join(letter if letter.isalnum() else "_" for letter in name)
    package = folder / "kernelyard_attention"
    spec = importlib.util.spec_from_file_location(alias, package / "__init__.py", submodule_search_locations=[str(package)])
    module = importlib.util.module_from_spec(spec)
    sys.modules[alias] = module
    spec.loader.exec_module(module)
    return Own(name, module, device)
