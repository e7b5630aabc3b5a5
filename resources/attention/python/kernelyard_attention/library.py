# SPDX-License-Identifier: GPL-3.0-or-later
"""The C interface of csrc/kernelyard_attention.h through ctypes."""

import ctypes
import functools
from pathlib import Path

ABI_VERSION = 2
PATH = Path(__file__).with_name("libkernelyard_attention.so")


class LibraryError(ImportError):
    """The compiled library is missing or does not fit; the message says what to do."""


class Tensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("batch_stride", ctypes.c_int64),
        ("row_stride", ctypes.c_int64),
        ("head_stride", ctypes.c_int64),
    ]


class ForwardArgs(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_uint32),
        ("dtype", ctypes.c_int32),
        ("device", ctypes.c_int32),
        ("causal", ctypes.c_int32),
        *((name, ctypes.c_int64) for name in ("batch", "queries", "keys", "heads", "kv_heads", "head_dim")),
        ("scale", ctypes.c_float),
        ("threads", ctypes.c_int32),
        *((name, Tensor) for name in ("q", "k", "v", "out")),
        ("kernel_ms", ctypes.c_double),
    ]


@functools.lru_cache(maxsize=None)
def load():
    if not PATH.exists():
        raise LibraryError(f"{PATH} is missing. In a checkout, run: python -m kernelyard_attention.build")
    try:
        library = ctypes.CDLL(str(PATH))
    except OSError as error:
        raise LibraryError(f"{PATH} cannot be loaded: {error}") from error
    message = [ctypes.c_char_p, ctypes.c_size_t]
    library.kya_forward.argtypes = [ctypes.POINTER(ForwardArgs), *message]
    for name in ("kya_instruction_set", "kya_compiler", "kya_cuda_architectures", "kya_cuda_device_name"):
        getattr(library, name).restype = ctypes.c_char_p
    if library.kya_abi_version() != ABI_VERSION:
        raise LibraryError(f"{PATH} has interface version {library.kya_abi_version()}, not {ABI_VERSION}: it is older or "
                           "newer than its Python part. In a checkout, run: python -m kernelyard_attention.build")
    library.kya_prepare.argtypes = [ctypes.POINTER(ForwardArgs), ctypes.POINTER(ctypes.c_void_p), *message]
    library.kya_repeat.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_double), *message]
    library.kya_release.argtypes, library.kya_release.restype = [ctypes.c_void_p], None
    return library
