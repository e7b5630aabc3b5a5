# SPDX-License-Identifier: GPL-3.0-or-later
"""What back-ends on PyTorch tensors share: inputs to the device, outputs back, poison, gradients, and device events."""

import contextlib
import ctypes
import math
import platform
import time

import numpy

from ..lines import LoadError

# mallopt(3): what is allocated is filled with the complement of the value's lowest byte. 0xFF in each byte is a NaN in each type.
M_PERTURB, FILL_WITH_FF = -6, 0x100
SPARES = 4  # tensors of one size that an operator may allocate before its output


class TensorBackend:
    """Below it: `forward(q, k, v, case)` on tensors [batch, length, heads, dim], or packed [1, total, heads, dim] where
    `packs` says so for variable lengths; it returns the output in the layout of q."""

    deterministic_gradients = True
    packs = True

    def __init__(self, name, package, device):
        import torch

        self.torch, self.name = torch, name
        has_gpu = torch.cuda.is_available() and torch.cuda.device_count() > 0
        if device == "cuda" and not has_gpu:
            raise LoadError(f"{name} cannot use CUDA here: no CUDA device can be seen.",
                            "Give the container a GPU, or use --device cpu.")
        self.device = ("cuda" if has_gpu else "cpu") if device == "auto" else device
        self.clock = "device events" if self.device == "cuda" else "wall clock"
        self.version = str(getattr(package, "__version__", "unknown"))
        self.facts = {
            "library": getattr(package, "__file__", None) or "",
            "threads": torch.get_num_threads(),
            "compiler": f"PyTorch {torch.__version__}, CUDA {torch.version.cuda or 'none'}",
            "instructionSet": platform.machine(),
            "cudaArchitectures": "",
            "cudaDevices": torch.cuda.device_count() if has_gpu else 0,
            "cudaDevice": torch.cuda.get_device_name(0) if has_gpu else "",
        }

    # -- what cases it has

    def capability(self):
        """(major, minor) of the GPU; (0, 0) on the CPU."""
        return self.torch.cuda.get_device_capability(0) if self.device == "cuda" else (0, 0)

    def is_alive(self):
        """Whether the device still answers; an error of some kernel can leave it useless for the rest of this process."""
        if self.device != "cuda":
            return True
        try:
            self.torch.ones(1, device="cuda").sum().item()
        except Exception:
            return False
        return True

    def has_gradients(self):
        return hasattr(self.torch, "autograd")

    def takes_groups(self, spec):
        """Whether the operator itself finds the keys of a head where several share them; else they are repeated for it."""
        return True

    def operator_of(self, case):
        return None

    def _repeats(self, spec):
        """How often the heads of keys and values must be repeated."""
        group = spec["heads"] // spec["kvHeads"]
        return 1 if group == 1 or self.takes_groups(spec) else group

    # -- tensors

    def tensor(self, stored):
        if stored.dtype == numpy.uint16:  # bf16, which numpy does not know
            signed = numpy.ascontiguousarray(stored).view(numpy.int16)
            return self.torch.from_numpy(signed).view(self.torch.bfloat16).to(self.device)
        return self.torch.from_numpy(numpy.ascontiguousarray(stored)).to(self.device)

    def stored(self, tensor, dtype, shape):
        tensor = tensor.cpu().contiguous()
        if dtype == "bf16":
            return tensor.view(self.torch.int16).numpy().view(numpy.uint16).reshape(shape)
        return tensor.numpy().reshape(shape)

    def dtype(self, name):
        return {"fp32": self.torch.float32, "fp16": self.torch.float16, "bf16": self.torch.bfloat16}[name]

    @contextlib.contextmanager
    def poisoned(self, case):
        """While in it an operator's allocations are full of NaN, so that an output which is not written shows it.

        On a CPU the C library fills them, where it is glibc. On a GPU PyTorch's allocator gives out the smallest free block that
        fits: the NaN of what was freed last is in the very blocks that the next tensors of those sizes get.
        """
        if self.device == "cuda":
            shapes = {self.pack(case, one, side).shape for one, side in ((case.q, 0), (case.k, 1))}
            repeats = self._repeats(case.spec)
            shapes |= {(*shape[:2], case.spec["kvHeads"] * repeats, *shape[3:]) for shape in shapes if repeats > 1}
            kept = [self.torch.full(shape, math.nan, dtype=self.dtype(case.dtype), device=self.device)
                    for shape in shapes for _ in range(SPARES)]
            del kept
            yield
            return
        fill = getattr(ctypes.CDLL(None), "mallopt", lambda *_: 0)
        fill(M_PERTURB, FILL_WITH_FF)
        try:
            yield
        finally:
            fill(M_PERTURB, 0)

    def inputs(self, case):
        arrays = [self.pack(case, one, side) for one, side in ((case.q, 0), (case.k, 1), (case.v, 1))]
        repeats = self._repeats(case.spec)
        if repeats > 1 and case.gradient is None:
            arrays[1:] = [numpy.repeat(one, repeats, axis=2) for one in arrays[1:]]
        return [self.tensor(self.shaped(one, case)) for one in arrays]

    def shaped(self, array, case):
        """An input as this operator wants it laid out; the output is then taken as laid out in the same way."""
        return array

    def pack(self, case, padded, side):
        """[batch, longest, …] → [1, sum of the lengths, …]"""
        if case.lengths is None or not self.packs:
            return padded
        return numpy.concatenate([padded[b, :lengths[side]] for b, lengths in enumerate(case.lengths)])[None]

    def unpack(self, case, packed, like, side):
        if case.lengths is None:
            return packed.reshape(like.shape)
        padded = numpy.zeros_like(like)
        first = 0
        for b, lengths in enumerate(case.lengths):
            count = lengths[side]
            padded[b, :count] = packed[0, first:first + count] if self.packs else packed[b, :count]
            first += count
        return padded

    def offsets(self, case, side):
        """Where each sequence begins in the packed tensor, with the total last; int32 on the device."""
        ends = numpy.cumsum([0, *(lengths[side] for lengths in case.lengths)]).astype(numpy.int32)
        return self.torch.from_numpy(ends).to(self.device)

    # -- computing

    def _with_gradients(self, q, k, v, case):
        repeats = self._repeats(case.spec)
        if repeats > 1:  # within the graph, so that the gradients of a group are summed
            k, v = k.repeat_interleave(repeats, 2), v.repeat_interleave(repeats, 2)
        return self.forward(q, k, v, case)

    def run(self, case):
        tensors = self.inputs(case)
        gradient = None
        if case.gradient is not None:
            gradient = self.tensor(self.pack(case, case.gradient, 0))
            tensors = [one.requires_grad_(True) for one in tensors]
        results = {}

        def compute():
            if gradient is None:
                results["out"] = self.forward(*tensors, case)
            else:
                results["out"] = self._with_gradients(*tensors, case)
                wanted = gradient.reshape(results["out"].shape)
                results["dq"], results["dk"], results["dv"] = self.torch.autograd.grad(results["out"], tensors, wanted)

        with self.poisoned(case):
            milliseconds = self.timed(compute)
        stored = {}
        for name, tensor in results.items():
            like, side = (case.q, 0) if name in ("out", "dq") else (case.k, 1)
            tensor = tensor.detach() if case.gradient is not None else tensor
            shape = self.pack(case, like, side).shape
            stored[name] = self.unpack(case, self.stored(tensor, case.dtype, shape), like, side)
        return stored, True, milliseconds

    def timed(self, compute):
        if self.device != "cuda":
            start = time.perf_counter()
            compute()
            return (time.perf_counter() - start) * 1000
        begin, end = (self.torch.cuda.Event(enable_timing=True) for _ in range(2))
        # What Python takes to launch is not the kernel's time: the device is kept busy for about 1 ms meanwhile.
        if hasattr(self.torch.cuda, "_sleep"):
            self.torch.cuda._sleep(2_000_000)
        begin.record()
        compute()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end)

    def peak_bytes(self, compute):
        """What the call adds at its peak to what is allocated before it, its output included; None on the CPU."""
        if self.device != "cuda":
            return None
        cuda = self.torch.cuda
        before = cuda.memory_allocated()
        cuda.reset_peak_memory_stats()
        compute()
        return cuda.max_memory_allocated() - before

    def timer(self, cases):
        inputs = [self.inputs(case) for case in cases]

        def sample(index):
            return self.timed(lambda: self.forward(*inputs[index], cases[index]))
        return sample
