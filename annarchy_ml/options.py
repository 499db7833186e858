"""Options of a compilation and of a run, as frozen values that can be compared and cached."""

from __future__ import annotations

from dataclasses import dataclass

PRECISIONS = ("double", "single")
EXECUTORS = ("auto", "compiled", "interpreter")
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
        device: ``cpu``.
    """

    method: str = "reference"
    precision: str = "double"
    dt: float | None = None
    duration: float | None = None
    seed: int | None = None
    device: str = "cpu"


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
