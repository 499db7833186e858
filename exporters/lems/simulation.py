"""The simulation of a LEMS file: length, step, and what it records."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.exporters.lems.populations import Placed
from annarchy_ml.exporters.lems.types import Kind, add
from annarchy_ml.exporters.lems.wanted import Wanted

Recorded = dict[tuple[str, str], list[tuple[str, str]]]
"""Names of columns and paths, by whose values they are and which."""


def simulation_element(
    wanted: Wanted,
    kinds: dict[str, Kind],
    placed: dict[str, Placed],
    synapses: Recorded,
    stem: str,
) -> Element:
    """The simulation; files that it writes begin with ``stem``."""
    unit, target = wanted.clock.unit, wanted.network.component.id
    times = {"length": f"{wanted.duration!r}{unit}", "step": f"{wanted.clock.dt!r}{unit}"}
    made = Element("Simulation", {"id": "sim", **times, "target": target})
    tables = {**_values(wanted, kinds, placed), **synapses}
    for number, ((owner, variable), columns) in enumerate(tables.items()):
        name = f"{stem}.{owner}.{variable}.dat"
        out = add(made, "OutputFile", id=f"values_{number}", fileName=name)
        for column, path in columns:
            add(out, "OutputColumn", id=column, quantity=path)
    for number, item in enumerate(wanted.network.spikes):
        owner = item.target.population.name
        name = f"{stem}.{owner}.{item.port}.dat"
        given = {"id": f"events_{number}", "fileName": name, "format": "TIME_ID"}
        out = add(made, "EventOutputFile", **given)
        for cell in item.target.cells.tolist():
            chosen = {"select": placed[owner].path(cell), "eventPort": item.port}
            add(out, "EventSelection", id=str(cell), **chosen)
    return made


def _values(wanted: Wanted, kinds: dict[str, Kind], placed: dict[str, Placed]) -> Recorded:
    """What is recorded of neurons."""
    found: Recorded = {}
    for trace in wanted.network.traces:
        population = trace.target.population
        own = kinds[wanted.type_of(population).name].names.of.get(trace.path)
        if own is None:
            raise UsageError(f"'{trace.path}' of '{population.name}' has no value in the file")
        columns = found.setdefault((population.name, own), [])
        for cell in trace.target.cells.tolist():
            columns.append((f"c{cell}", f"{placed[population.name].path(cell)}/{own}"))
    return found
