"""What a simulation accepts, and how its results were made."""

from __future__ import annotations

import math
import os
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from annarchy_ml.diagnostics.core import Diagnostic, UsageError
from annarchy_ml.options import (
    DEVICES,
    EXECUTORS,
    PRECISIONS,
    CompileOptions,
    cuda_number,
    is_device,
)

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.device import Device
    from annarchy_ml.engine.recordings import Recordings
    from annarchy_ml.kernels.plan import SimulationPlan
    from annarchy_ml.passes.locate import Located
    from annarchy_ml.recorded_events import EventTable
    from annarchy_ml.results import Provenance
    from annarchy_ml.session.lowering import Lowered
    from annarchy_ml.session.simulation import Simulation

CELLS_PER_THREAD = 2_000  # a second thread pays from 1,000 cells on: benchmarks/README.md
MOST_THREADS = 1024
"""What the native core can make."""


def check_run_options(executor: str, threads: int | None) -> None:
    """Refuses run options that have no such value.

    Raises:
        UsageError: If an option has no such value.
    """
    if executor not in EXECUTORS:
        raise UsageError(f"there is no executor '{executor}'", hint=", ".join(EXECUTORS))
    if threads is not None and not 1 <= threads <= MOST_THREADS:
        raise UsageError(f"between 1 and {MOST_THREADS} threads are possible, not {threads}")


def named_device(lowered: Lowered, threads: int) -> Device | None:
    """The device that the options of a model name; None for the processor.

    Raises:
        EnvironmentFault: If it cannot be used here.
    """
    if lowered.options.device == "emulated":
        from annarchy_ml.engine.cuda.emulated import EmulatedDevice

        return EmulatedDevice(threads)
    number = cuda_number(lowered.options.device)
    if number is None:
        return None
    from annarchy_ml.engine.cuda.gpu import CudaDevice

    return CudaDevice(number)


def useful_threads(plan: SimulationPlan) -> int:
    """One thread for small models, else as many as there are cores to use."""
    from annarchy_ml.engine import _core

    cells = sum(group.size for group in plan.groups)
    return max(1, min(_core.usable_cores(), cells // CELLS_PER_THREAD))


def provenance(simulation: Simulation, complete: bool) -> Provenance:
    """How the results of a simulation were made."""
    from annarchy_ml import __version__

    return {
        "model": os.path.basename(simulation.lowered.path),
        "model_hash": simulation.lowered.model_hash,
        "engine_version": __version__,
        "method": simulation.plan.method,
        "precision": simulation.plan.module.precision,
        "device": _device_of(simulation.runtime.kernels.executor),
        "threads": simulation.runtime.threads,
        "dt": simulation.plan.dt,
        "duration": simulation.plan.duration,
        "seed": simulation.plan.seed,
        "wall_times": dict(simulation.timings),
        "date": simulation.begun.isoformat(timespec="seconds"),
        "complete": complete and not simulation.runtime.interrupted,
        "stopped_at": simulation.t,
    }


def _device_of(executor: str) -> str:
    """What takes the steps: the processor, or a device by its name."""
    return f"cpu ({executor})" if executor in EXECUTORS else executor


def checked_duration(length: float, given: bool = True) -> float:
    """A duration that a run can have [s].

    Raises:
        UsageError: If it is negative or not a number.
    """
    if not isinstance(length, Real):
        raise UsageError(f"a run takes a number of seconds, not {length!r}")
    if not math.isfinite(length) or (given and length < 0):
        raise UsageError(f"a run cannot take {length:g} s", hint="give a duration of 0 s or more")
    return length


def check_compile_options(options: CompileOptions) -> None:
    """Refuses options of a compilation that have no such value.

    Raises:
        UsageError: If there is no such precision or device, or a step or duration is not positive
            (the duration may be 0) or not a number.
        EnvironmentFault: If there is no such device here.
    """
    if options.precision not in PRECISIONS:
        raise UsageError(f"there is no precision '{options.precision}'", hint=", ".join(PRECISIONS))
    check_device(options.device)
    if options.dt is not None and not 0 < options.dt < math.inf:
        raise UsageError(f"the step must be longer than 0, not {options.dt:g} s")
    if options.duration is not None:
        checked_duration(options.duration)
    seed = options.seed
    if seed is not None and (not isinstance(seed, Integral) or isinstance(seed, bool)):
        raise UsageError(f"a seed is a whole number, not {seed!r}")


def check_device(device: str) -> None:
    """Refuses a device that does not exist, or not here.

    Raises:
        UsageError: If there is no device of this name.
        EnvironmentFault: If a driver, the device or its compiler is missing.
    """
    if not is_device(device):
        raise UsageError(f"there is no device '{device}'", hint=", ".join(DEVICES))
    number = cuda_number(device)
    if number is not None:
        from annarchy_ml.engine.cuda.driver import check_number
        from annarchy_ml.engine.cuda.nvrtc import compiler

        check_number(number)
        compiler()


def checked_numbers(path: str, value: Any, size: int) -> Any:
    """The values to be set: one, or one per instance, all finite.

    Raises:
        UsageError: If they are no numbers, not finite, or too many.
    """
    import numpy as np

    try:
        given = np.asarray(value, float)
    except (TypeError, ValueError) as fault:
        raise UsageError(f"'{path}' takes numbers, not {value!r}") from fault
    if not np.all(np.isfinite(given)):
        raise UsageError(f"'{path}' takes finite numbers, not {value!r}")
    if given.size not in (1, size) or given.ndim > 1:
        raise UsageError(
            f"'{path}' takes one number or {size}, not an array of shape {given.shape}"
        )
    return given


def _refuse_different(path: str, kept: Any, given: Any) -> None:
    """Refuses values that differ between connections which keep one together.

    Raises:
        UsageError: If what is kept is not what was given.
    """
    if (kept != given).any():
        raise UsageError(
            f"'{path}' is kept once for several connections, which cannot differ in it",
            hint="give the connections of one source, or of one target, the same value",
        )


def with_value(old: Any, place: Located, size: int, path: str, value: Any) -> Any:
    """All values of a field after one or all of them were set: shape (size,), or (1,) if equal.

    Raises:
        UsageError: If the field cannot be set, or not to this value.
    """
    import numpy as np

    if place.fixed:
        raise UsageError(place.fixed, hint="set a state or a parameter that it depends on")
    count = size if place.order is None else len(place.order)
    given = checked_numbers(path, value, 1 if place.single else count)
    if place.single and place.index >= 0:
        values = np.array(np.broadcast_to(old, (size,)), float)
        values[place.index] = given.flat[0]
    elif len(place.groups) > 1 and given.size > 1:
        values = given[:1]
        _refuse_different(path, values, given)
    elif place.order is not None and not place.single and len(place.groups) == 1:
        values = np.array(np.broadcast_to(old, (size,)), float)
        values[place.order] = given
        _refuse_different(path, values[place.order], given)
    else:
        values = np.atleast_1d(given)
    return values if np.any(values != values[:1]) else np.array(values[:1], float)


def recorded_events(plan: SimulationPlan, recordings: Recordings) -> EventTable:
    """All recorded events: those of single instances, then those of populations."""
    from annarchy_ml.recorded_events import CellPaths, EventTable, joined

    tables = []
    if plan.event_recordings or not plan.group_events:
        paths = [item.path for item in plan.event_recordings]
        ports = [item.port for item in plan.event_recordings] or "spike"
        tables.append(EventTable(*recordings.events(), paths, ports))
    for item, events in zip(plan.group_events, recordings.group_events(), strict=True):
        paths_of = CellPaths(item.population, item.cells)
        tables.append(EventTable.from_events(*events, paths_of, item.port))
    return joined(tables)


def without_compiler(reason: str) -> tuple[Diagnostic, ...]:
    """The line that says why the slower built-in path ran; nothing if it did not."""
    if not reason:
        return ()
    return (
        Diagnostic(
            "compile.no-compiler",
            f"the model ran on the slower built-in path: {reason}",
            severity="warning",
            hint="install g++ or clang, or: pip install 'annarchy-ml[compiler]'",
        ),
    )
