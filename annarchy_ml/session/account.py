"""What a simulation accepts, how its results were made, and what stopped it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics.core import Diagnostic, EnvironmentFault, UsageError
from annarchy_ml.options import EXECUTORS, PRECISIONS, CompileOptions
from annarchy_ml.results import Provenance

if TYPE_CHECKING:
    from annarchy_ml.session.simulation import Simulation


def check_options(options: CompileOptions, executor: str, threads: int | None) -> None:
    """Refuses options that have no such value.

    Raises:
        UsageError: If an option has no such value.
        EnvironmentFault: If there is no such device here.
    """
    if executor not in EXECUTORS:
        raise UsageError(f"there is no executor '{executor}'", hint=", ".join(EXECUTORS))
    if options.precision not in PRECISIONS:
        raise UsageError(f"there is no precision '{options.precision}'", hint=", ".join(PRECISIONS))
    if options.device != "cpu":
        raise EnvironmentFault(
            f"the device '{options.device}' is not supported yet", hint="use the device cpu"
        )
    if threads is not None and threads < 1:
        raise UsageError("the number of threads must be at least 1")


def explained(error: Exception) -> Diagnostic:
    """A non-finite value in the user's words; any other error goes on."""
    from annarchy_ml.engine import _core

    if not isinstance(error, _core.NonFiniteError):
        raise error
    name = str(error.field).removeprefix("./")
    return Diagnostic(
        "run.nonfinite",
        f"'{name}' of {error.group}[{error.index}] is no longer a number at "
        f"{error.time * 1e3:.6g} ms",
        notes=(f"its last finite value was {error.last:.6g} (SI units)",),
        hint="a smaller step often helps: try --dt with half the step of the file",
    )


def provenance(simulation: Simulation, complete: bool) -> Provenance:
    """How the results of a simulation were made."""
    from annarchy_ml import __version__

    return {
        "model": os.path.basename(simulation.lowered.path),
        "model_hash": simulation.lowered.model_hash,
        "engine_version": __version__,
        "method": simulation.plan.method,
        "precision": simulation.plan.module.precision,
        "device": f"cpu ({simulation.runtime.kernels.executor})",
        "threads": simulation.runtime.threads,
        "dt": simulation.plan.dt,
        "duration": simulation.plan.duration,
        "seed": simulation.plan.seed,
        "wall_times": dict(simulation.timings),
        "date": simulation.begun.isoformat(timespec="seconds"),
        "complete": complete and not simulation.runtime.interrupted,
        "stopped_at": simulation.t,
    }
