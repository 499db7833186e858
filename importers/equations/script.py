"""The module-level functions of scripts, which act on the default network."""

from __future__ import annotations

from typing import Any

from annarchy_ml.importers.equations.files.formats import Filename
from annarchy_ml.importers.equations.globals import forget
from annarchy_ml.importers.equations.monitor import Monitor
from annarchy_ml.importers.equations.network import (
    Network,
    default_network,
    set_default_network,
)
from annarchy_ml.importers.equations.population import Population
from annarchy_ml.importers.equations.projection import Projection


def setup(**settings: Any) -> None:
    """Settings of the default network: ``dt seed method num_threads precision device``."""
    default_network().config(**settings)


def set_seed(seed: int) -> None:
    """The seed of the default network, from which all of its random numbers come."""
    default_network().config(seed=seed)


def magic_network() -> Network:
    """The default network, by the name that ANNarchy has for it."""
    return default_network()


def save(filename: Filename, populations: bool = True, projections: bool = True) -> None:
    """Writes the values of the default network into a file."""
    default_network().save(filename, populations=populations, projections=projections)


def compile(**options: Any) -> None:
    """Makes the default network ready to run."""
    default_network().compile(**options)


def simulate(duration: Any, measure_time: bool = False, **options: Any) -> None:
    """Runs the default network for a time [ms]."""
    default_network().simulate(duration, measure_time=measure_time, **options)


def simulate_until(
    max_duration: Any, population: Any, operator: str = "and", measure_time: bool = False
) -> float:
    """Runs the default network until stop conditions hold; gives the time that it took [ms]."""
    return default_network().simulate_until(max_duration, population, operator, measure_time)


def step() -> None:
    """Runs the default network for one step."""
    default_network().step()


def reset(**options: Any) -> None:
    """Resets the default network to time 0."""
    default_network().reset(**options)


def clear(functions: bool = True, neurons: bool = True, synapses: bool = True) -> None:
    """Forgets the default network and all constants.

    Args:
        functions: whether functions of `add_function` are forgotten, too.
        neurons: types need no forgetting, they may be used again.
        synapses: neither do these.
    """
    del neurons, synapses
    set_default_network(None)
    forget(functions=functions)


def dt() -> float:
    """The step of the default network [ms]."""
    return default_network().dt


def get_time() -> float:
    """The time of the default network [ms]."""
    return default_network().time


def set_time(time: float) -> None:
    """Another time of the default network [ms], which its equations see from now on."""
    default_network().time = time


def set_current_step(step: int) -> None:
    """Another number of steps done by the default network, as its equations see it."""
    default_network().current_step = step


def get_current_step() -> int:
    """Steps that the default network has done."""
    return default_network().current_step


def get_population(name: str) -> Population:
    """A population of the default network by its name."""
    return default_network().get_population(name)


def get_projection(name: str) -> Projection:
    """A projection of the default network by its name."""
    return default_network().get_projection(name)


def populations() -> list[Population]:
    """All populations of the default network."""
    return default_network().get_populations()


def projections() -> list[Projection]:
    """All projections of the default network."""
    return default_network().get_projections()


def get_monitor(name: str) -> Monitor:
    """A monitor of the default network by its name."""
    return default_network().get_monitor(name)


def enable_learning(projections: Any = None, period: Any = None, offset: Any = None) -> None:
    """Equations of synapses of the default network are computed again."""
    default_network().enable_learning(projections, period, offset)


def disable_learning(projections: Any = None) -> None:
    """Stops the equations of synapses of the default network."""
    default_network().disable_learning(projections)


def monitors() -> list[Monitor]:
    """All monitors of the default network."""
    return list(default_network().monitors)
