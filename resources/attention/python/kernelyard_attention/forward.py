# SPDX-License-Identifier: GPL-3.0-or-later
"""Forward attention on numpy arrays."""

import ctypes
import math

import numpy

from . import library

_DEVICES = {"cpu": 0, "cuda": 1}


class AttentionError(RuntimeError):
    """The device asked for is missing or failed."""


def to_bfloat16(values):
    """float32 → bfloat16 bits in uint16, rounded to nearest even. numpy has no bfloat16 of its own."""
    bits = numpy.ascontiguousarray(values, dtype=numpy.float32).view(numpy.uint32)
    rounded = ((bits + (((bits >> 16) & 1) + numpy.uint32(0x7FFF))) >> 16).astype(numpy.uint16)
    nan = (bits & 0x7FFFFFFF) > 0x7F800000
    return numpy.where(nan, numpy.uint16(0x7FC0), rounded)


def from_bfloat16(bits):
    """bfloat16 bits in uint16 → float32, exactly."""
    return (bits.astype(numpy.uint32) << 16).view(numpy.float32)


def _dtype_code(array):
    codes = {numpy.dtype(numpy.float32): 0, numpy.dtype(numpy.float16): 1, numpy.dtype(numpy.uint16): 2}
    if array.dtype not in codes:
        raise TypeError(f"{array.dtype} is not supported: use float32, float16, or uint16 holding bfloat16 bits.")
    return codes[array.dtype]


def _tensor(array):
    strides = [stride // array.itemsize for stride in array.strides]
    return library.Tensor(array.ctypes.data, *strides[:3])


def _addressable(array):
    """The array itself where the C interface can walk it, else a contiguous copy."""
    whole = all(stride >= 0 and stride % array.itemsize == 0 for stride in array.strides)
    return array if whole and array.strides[3] == array.itemsize else numpy.ascontiguousarray(array)


def _arguments(q, k, v, causal, scale, out, device, threads):
    """(the C interface's arguments, the arrays that they point into). Raises ValueError or TypeError for a wrong call."""
    if q.ndim != 4 or k.ndim != 4 or v.ndim != 4:
        raise ValueError("q, k and v must have four axes: batch, length, heads, dim.")
    if k.shape != v.shape:
        raise ValueError(f"k has shape {k.shape}, but v has {v.shape}.")
    if q.shape[0] != k.shape[0] or q.shape[3] != k.shape[3]:
        raise ValueError(f"q {q.shape} and k {k.shape} must agree in batch and dim.")
    if not q.dtype == k.dtype == v.dtype:
        raise TypeError(f"q, k and v must have one type, not {q.dtype}, {k.dtype} and {v.dtype}.")
    if device not in _DEVICES:
        raise ValueError(f'device is "{device}"; it must be "cpu" or "cuda".')
    code = _dtype_code(q)
    if out is None:
        out = numpy.empty(q.shape, q.dtype)
    contiguous = out.size == 0 or out.strides[-1] == out.itemsize
    if out.shape != q.shape or out.dtype != q.dtype or not contiguous or not out.flags.writeable:
        raise ValueError("out must be writeable, of q's shape and type, with a contiguous last axis.")
    q, k, v = _addressable(q), _addressable(k), _addressable(v)
    args = library.ForwardArgs(
        struct_size=ctypes.sizeof(library.ForwardArgs), dtype=code, device=_DEVICES[device], causal=bool(causal),
        batch=q.shape[0], queries=q.shape[1], keys=k.shape[1], heads=q.shape[2], kv_heads=k.shape[2],
        head_dim=q.shape[3], scale=1 / math.sqrt(max(q.shape[3], 1)) if scale is None else scale, threads=threads,
        q=_tensor(q), k=_tensor(k), v=_tensor(v), out=_tensor(out))
    return args, (q, k, v, out)


def _require(call, *arguments):
    """Calls into the library and raises what its status says."""
    message = ctypes.create_string_buffer(512)
    status = call(*arguments, message, len(message))
    if status != 0:
        raise (ValueError if status == 1 else AttentionError)(message.value.decode())


def attention(q, k, v, *, causal=False, scale=None, out=None, device="cpu", threads=0, timing=None):
    """softmax(scale · q kᵀ) v, head by head.

    q is [batch, queries, heads, dim]; k and v are [batch, keys, kv_heads, dim], where heads is a multiple of kv_heads and
    each key head serves heads / kv_heads successive query heads. All are float32, float16, or uint16 with bfloat16
    bits (to_bfloat16); sums are in float32. dim is at most 256. scale defaults to 1/√dim.

    causal: query i sees the keys j ≤ i + keys - queries, so that the last query sees all (FlashAttention's bottom-right
    alignment). A query that sees no key gives zeros.

    out: an array of q's shape and type to write into, its last axis contiguous. timing: a dict that gets "kernel_ms".
    Raises ValueError or TypeError for a wrong call, AttentionError when the device is missing or fails.
    """
    args, arrays = _arguments(q, k, v, causal, scale, out, device, threads)
    _require(library.load().kya_forward, ctypes.byref(args))
    if timing is not None:
        timing["kernel_ms"] = args.kernel_ms
    return arrays[-1]


class Prepared:
    """One call of attention(), to be timed: its inputs are copied to the device once, where they stay as long as this lives.

    Takes what attention() takes, and raises what it raises.
    """

    def __init__(self, q, k, v, *, causal=False, scale=None, device="cpu", threads=0):
        args, self._arrays = _arguments(q, k, v, causal, scale, None, device, threads)
        self._library, self._call = library.load(), ctypes.c_void_p()
        _require(self._library.kya_prepare, ctypes.byref(args), ctypes.byref(self._call))

    def __del__(self):
        if getattr(self, "_call", None):
            self._library.kya_release(self._call)

    def run(self):
        """Computes once and returns the milliseconds in the kernel alone. Raises AttentionError when the device fails."""
        milliseconds = ctypes.c_double()
        _require(self._library.kya_repeat, self._call, ctypes.byref(milliseconds))
        return milliseconds.value


def describe():
    """Facts about the loaded library: path, compiler, instruction set, threads, CUDA."""
    loaded = library.load()
    return {
        "library": str(library.PATH),
        "compiler": loaded.kya_compiler().decode(),
        "instructionSet": loaded.kya_instruction_set().decode(),
        "threads": loaded.kya_max_threads(),
        "cudaArchitectures": loaded.kya_cuda_architectures().decode(),
        "cudaDevices": loaded.kya_cuda_device_count(),
        "cudaDevice": loaded.kya_cuda_device_name().decode(),
    }
