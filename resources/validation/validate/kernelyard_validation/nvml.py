# SPDX-License-Identifier: GPL-3.0-or-later
"""The GPU's clock, temperature and throttling beside each timed sample, from NVML (stable ABI of nvml.h) where it is there."""

import ctypes
import os

# nvmlClocksEventReasons of nvml.h; what only says that nothing runs is left out.
THROTTLE = {0x4: "power cap", 0x8: "hardware slowdown", 0x20: "software thermal", 0x40: "hardware thermal",
            0x80: "power brake", 0x10: "sync boost", 0x2: "application clocks"}
SM_CLOCK, CORE_TEMPERATURE = 1, 0


LIBRARIES = ("libnvidia-ml.so.1", "/usr/local/nvidia/lib64/libnvidia-ml.so.1", "/usr/lib/wsl/lib/libnvidia-ml.so.1")


def opened():
    """NVML, made ready. Raises OSError, AttributeError where there is none."""
    named = os.environ.get("KERNELYARD_NVML_LIBRARY")
    for path in [named] if named else LIBRARIES:
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        if library.nvmlInit_v2() == 0:
            return library
    raise OSError("no NVML answers")


class Gpu:
    """The first GPU that CUDA sees in this process. `sample` gives {} where the driver tells nothing."""

    def __init__(self):
        self.library = self.handle = None
        chosen = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip() or "0"
        handle = ctypes.c_void_p()
        try:
            library = opened()
            if chosen.isdigit():  # NVML's order, as CUDA_DEVICE_ORDER is PCI_BUS_ID
                done = library.nvmlDeviceGetHandleByIndex_v2(int(chosen), ctypes.byref(handle))
            else:  # GPU-… or MIG-…
                done = library.nvmlDeviceGetHandleByUUID(chosen.encode(), ctypes.byref(handle))
            if done == 0:
                self.library, self.handle = library, handle
        except (OSError, AttributeError):
            pass

    def _number(self, function, kind, *arguments):
        value = kind()
        try:
            done = getattr(self.library, function)(self.handle, *arguments, ctypes.byref(value))
        except AttributeError:  # an older driver
            return None
        return value.value if done == 0 else None

    def sample(self):
        """{"clockMHz", "temperatureC", "powerW", "throttle"}, each only where it is known."""
        if self.library is None:
            return {}
        power = self._number("nvmlDeviceGetPowerUsage", ctypes.c_uint)
        reasons = self._number("nvmlDeviceGetCurrentClocksThrottleReasons", ctypes.c_ulonglong)
        facts = {"clockMHz": self._number("nvmlDeviceGetClockInfo", ctypes.c_uint, ctypes.c_int(SM_CLOCK)),
                 "temperatureC": self._number("nvmlDeviceGetTemperature", ctypes.c_uint, ctypes.c_int(CORE_TEMPERATURE)),
                 "powerW": None if power is None else power / 1000,
                 "throttle": None if reasons is None else [word for bit, word in THROTTLE.items() if reasons & bit]}
        return {key: value for key, value in facts.items() if value is not None}
