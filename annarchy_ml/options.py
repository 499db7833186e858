"""Options of a compilation and of a run, as frozen values that can be compared and cached."""

from __future__ import annotations

import re
from dataclasses import dataclass

PRECISIONS = ("double", "single")
EXECUTORS = ("auto", "compiled", "interpreter")
DEVICES = ("cpu", "cuda", "cuda:N", "emulated")
"""``cuda:N`` counts as the driver does; ``emulated`` runs a device's program on the CPU."""
_CUDA = re.compile(r"cuda(?::(0|[1-9][0-9]{0,3}))?")
DEFAULT_SEED = 1234
MOST_STEPS = 2**53
"""Beyond this many, times of neighbouring steps are no longer told apart."""


@dataclass(frozen=True, slots=True)
class CompileOptions:
    """What changes the plan of a model.

    Attributes:
        method: ``reference`` (as jLEMS), or one of the names in ``integrators.METHODS``.
        precision: ``double`` or ``single``.
        dt, duration: in seconds; None takes those of the file.
        seed: None takes that of the file.
        device: ``cpu``, ``cuda``, ``cuda:1`` and so on, or ``emulated``.
    """

    method: str = "reference"
    precision: str = "double"
    dt: float | None = None
    duration: float | None = None
    seed: int | None = None
    device: str = "cpu"


def cuda_number(device: str) -> int | None:
    """The number of a CUDA device; None for any other."""
    found = _CUDA.fullmatch(device)
    return None if found is None else int(found[1] or 0)


def is_device(name: object) -> bool:
    """Whether there is a device of this name, though perhaps not here."""
    return isinstance(name, str) and (name in ("cpu", "emulated") or cuda_number(name) is not None)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How files are read.

    Attributes:
        include_dirs: further folders in which included files may lie, looked in last.
        lenient: unknown elements and attributes are warnings instead of errors.
    """

    include_dirs: tuple[str, ...] = ()
    lenient: bool = False


def steps_fault(dt: float, duration: float) -> str:
    """Why no run of this duration [s] can be made of steps of ``dt`` [s]; empty if it can."""
    if duration > 0 and round(min(duration / dt, 1.0)) == 0:
        return f"a step of {dt:g} s is longer than the run of {duration:g} s"
    if duration / dt > MOST_STEPS:
        return f"a run of {duration:g} s in steps of {dt:g} s would never end"
    return ""
