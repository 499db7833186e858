"""Functions that set up and run a simulation."""

from __future__ import annotations

import math
from typing import Any

from pyNN import common
from pyNN.common.control import DEFAULT_MAX_DELAY, DEFAULT_MIN_DELAY, DEFAULT_TIMESTEP
from pyNN.recording import get_io

from annarchy_ml.importers.pynn import simulator

_OPTIONS = ("threads", "device", "precision", "seed")


def setup(
    timestep: float = DEFAULT_TIMESTEP, min_delay: Any = DEFAULT_MIN_DELAY, **extra_params: Any
) -> int:
    """Begins a new network.

    Args:
        timestep: [ms].
        min_delay: [ms], or ``auto``.
        extra_params: ``max_delay`` [ms]; ``threads``, ``device`` (``cpu``, ``cuda``,
            ``cuda:1``), ``precision`` (``double``, ``single``) and ``seed`` of the engine's own
            random numbers; those of other backends are ignored.

    Returns:
        The MPI rank: 0.

    Raises:
        ValueError: If a step or a delay is impossible.
    """
    if not 0.0 < timestep < math.inf:
        raise ValueError(f"timestep must be a positive number, not {timestep}")
    common.setup(timestep, min_delay, **extra_params)
    state = simulator.state
    state.clear()
    state.dt = float(timestep)
    state.wanted_delays = (min_delay, extra_params.get("max_delay", DEFAULT_MAX_DELAY))
    state.options = {"seed": 0}
    state.options |= {name: extra_params[name] for name in _OPTIONS if name in extra_params}
    if "seed" not in extra_params and isinstance(extra_params.get("rng_seed"), int):
        state.options["seed"] = extra_params["rng_seed"]
    return int(state.mpi_rank)


def end(compatible_output: bool = True) -> None:
    """Writes what was to be written at the end."""
    state = simulator.state
    for population, variables, filename in state.write_on_end:
        population.write_data(get_io(filename), variables)
    state.write_on_end = []


run, run_until = common.build_run(simulator)
run_for = run
reset = common.build_reset(simulator)
initialize = common.initialize
(
    get_current_time,
    get_time_step,
    get_min_delay,
    get_max_delay,
    num_processes,
    rank,
) = common.build_state_queries(simulator)
