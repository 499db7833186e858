"""The CUDA driver of this machine: whether there is one, its devices, and what it complains about.

``libcuda`` comes with the driver of a GPU and is opened when a device is first asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from annarchy_ml.diagnostics.core import EnvironmentFault
from annarchy_ml.engine import _core

LIBRARY = "libcuda.so.1"
NO_DEVICE = "CUDA_ERROR_NO_DEVICE"
_USE_CPU = "use the device cpu"


@lru_cache(maxsize=4)
def _opened(library: str) -> tuple[_core.CudaDriver, int]:
    """The driver, and the process that has started it."""
    return _core.CudaDriver(library), os.getpid()


def is_started() -> bool:
    """Whether this process has started the driver, which is of no use in forks of it then."""
    return _opened.cache_info().currsize > 0


def driver() -> _core.CudaDriver:
    """The driver, with at least one device.

    Raises:
        EnvironmentFault: If there is no driver, it does not start, or finds no device; in a
            process that was forked from one that has started it.
    """
    try:
        found, process = _opened(LIBRARY)
        if process != os.getpid():
            raise _forked(process)
        count = found.device_count
    except _core.EngineError as fault:
        raise _unusable(fault) from fault
    if count == 0:
        raise _no_device("the driver counts none")
    return found


def check_number(number: int) -> None:
    """Refuses a device that is not there.

    Raises:
        EnvironmentFault: If there is no driver, or no device of this number.
    """
    found = driver()
    count = found.device_count
    if number < count:
        return
    listed = ", ".join(f"cuda:{item} ({found.facts(item).name})" for item in range(count))
    raise EnvironmentFault(
        f"there is no device 'cuda:{number}'",
        code="device.not-found",
        notes=(f"there {'is' if count == 1 else 'are'} {listed}",),
        hint=_USE_CPU,
    )


@contextmanager
def device_faults(name: str) -> Iterator[None]:
    """Turns what the driver complains about inside the block into faults that a user understands.

    Args:
        name: of the device.

    Raises:
        EnvironmentFault: With the driver's own name of the error.
    """
    try:
        yield
    except _core.EngineError as fault:
        if fault.code == "memory":
            raise out_of_memory(name, str(fault)) from fault
        if fault.code != "device":
            raise
        raise EnvironmentFault(
            f"the device {name} failed: {fault}",
            code="device.failed",
            hint=f"run the model again; if it fails again, {_USE_CPU}",
        ) from fault


def out_of_memory(name: str, how: str, notes: tuple[str, ...] = ()) -> EnvironmentFault:
    """The fault of a model that is too large for a device."""
    return EnvironmentFault(
        f"the model does not fit into the memory of {name}: {how}",
        code="memory.exceeded",
        notes=notes,
        hint="precision='single' or fewer connections take less, or " + _USE_CPU,
    )


def _unusable(fault: _core.EngineError) -> EnvironmentFault:
    if fault.place == NO_DEVICE:
        return _no_device(str(fault))
    if fault.code == "library":
        return EnvironmentFault(
            f"there is no CUDA driver here: {LIBRARY} cannot be used",
            code="device.no-driver",
            notes=(str(fault),),
            hint=f"install the driver of the GPU, or {_USE_CPU}",
        )
    return EnvironmentFault(
        f"the CUDA driver does not start: {fault}",
        code="device.failed",
        hint=_USE_CPU,
    )


def _forked(process: int) -> EnvironmentFault:
    return EnvironmentFault(
        "the CUDA driver is of no use here: this process was forked from one that has started it",
        code="device.failed",
        notes=(f"process {process} uses a GPU, or has looked for one",),
        hint="start other processes by multiprocessing.get_context('spawn'), or before a GPU is "
        "asked for",
    )


def _no_device(why: str) -> EnvironmentFault:
    return EnvironmentFault(
        "there is no CUDA device here", code="device.not-found", notes=(why,), hint=_USE_CPU
    )
