"""Networks as files for other simulators."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.attributes import Dendrite
from annarchy_ml.importers.equations.building import Builder
from annarchy_ml.importers.equations.connection_monitor import ConnectionMonitor
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.inputs.arrays import TimedArray
from annarchy_ml.importers.equations.inputs.poisson import TimedPoissonPopulation
from annarchy_ml.importers.equations.inputs.spike_times import SpikeSourceArray
from annarchy_ml.importers.equations.inputs.timetable import Timed
from annarchy_ml.importers.equations.monitor import Monitor
from annarchy_ml.importers.equations.types import SPIKE
from annarchy_ml.importers.equations.values import steps, time_of

if TYPE_CHECKING:
    from annarchy_ml import NetworkModel
    from annarchy_ml.importers.equations.network import Network

    Write = Callable[[NetworkModel, tuple[float, float], "Given", "Names"], None]

_TABLED = (TimedArray, TimedPoissonPopulation)
"""What gets rows of values, and is else a population of neurons."""

Trains = dict[str, list[Any]]
Tables = dict[str, tuple[str, Any, Any, int]]
Given = tuple[Trains, Tables]
Names = dict[str, list[str]]


def export_network(net: Network, path: str, duration: Any, write: Write) -> None:
    """Hands a network with what its monitors record to what writes files.

    Raises:
        ANNarchyException: If it is compiled already, or has parts that only Python can run.
    """
    if net.running is not None:
        raise ANNarchyException("export() comes before compile()")
    if not path.endswith((".xml", ".nml", ".nml.h5", ".nir")):
        raise ANNarchyException(
            f"a file for other simulators ends with .xml, .nml, .nml.h5 or .nir, not as '{path}'"
        )
    length = time_of(duration, "the duration")
    given = _trains(net), _tables(net)
    for projection in net.projections:
        _check_projection(projection, _language(path))
    drawn = net.default_rng.bit_generator.state
    builder = Builder(net, gaps=False)
    model = builder.build()
    net.default_rng.bit_generator.state = drawn  # so that compile() draws the same values
    for population in net.populations:
        if population._reductions:
            raise ANNarchyException(
                f"'{population.name}': {_language(path)} cannot say '{population._reductions[0]}', "
                "a value over all neurons"
            )
    synapses: Names = {}
    for monitor in net.monitors:
        _record(builder, monitor, synapses)
    write(model, (net.dt, length), given, synapses)


def _trains(net: Network) -> Trains:
    """Steps of the spikes of all neurons that spike at given times."""
    found: Trains = {}
    for item in net.populations:
        if isinstance(item, SpikeSourceArray):
            rows = [[steps(time, net.dt) for time in train] for train in item.spike_times]
            found[item.name] = [np.unique(np.array(row, np.int64)) for row in rows]
        elif isinstance(item, Timed) and not isinstance(item, _TABLED):
            raise ANNarchyException(f"'{item.name}': a {type(item).__name__} is not exported yet")
    return found


def _tables(net: Network) -> Tables:
    """Timetables of populations: name of the value, steps and values of its rows, the period."""
    found: Tables = {}
    for item in net.populations:
        if isinstance(item, _TABLED):
            for name, rows in item._tables().items():
                found[item.name] = name, rows.steps, rows.values, rows.period
    return found


def _language(path: str) -> str:
    return "NIR" if path.endswith(".nir") else "LEMS"


def _check_projection(projection: Any, language: str) -> None:
    """Refuses what a file cannot hold."""
    for name, value in projection.values.items():
        if np.ndim(value):
            raise ANNarchyException(
                f"'{projection.name}': values of '{name}' that differ between synapses are not "
                "exported yet"
            )
    if not (projection.transmission and projection.update and projection.plasticity):
        raise ANNarchyException(f"'{projection.name}': {language} has no switches of projections")


def _record(builder: Builder, monitor: Monitor, synapses: Names) -> None:
    """What a monitor records, as recordings of the model; or of synapses by projection."""
    if isinstance(monitor, ConnectionMonitor):
        if isinstance(monitor.object, Dendrite):
            raise ANNarchyException(
                "monitors of dendrites are not exported yet, but of projections"
            )
        synapses.setdefault(monitor.projection.name, []).extend(monitor.variables)
        return
    view = builder.views[monitor.population.name][monitor.cells]
    for name in monitor.variables:
        if name == SPIKE:
            builder.model.record_spikes(view, SPIKE)
        else:
            builder.model.record(view, monitor._field(name))
