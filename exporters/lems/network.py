"""A network as a LEMS file: types, components, populations, connections, simulation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, indent

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.exporters.lems.connections import ConnectionWriter
from annarchy_ml.exporters.lems.expressions import refused
from annarchy_ml.exporters.lems.populations import Placed, place
from annarchy_ml.exporters.lems.simulation import simulation_element
from annarchy_ml.exporters.lems.timetables import timed_settings
from annarchy_ml.exporters.lems.types import Kind, add, neuron_element
from annarchy_ml.exporters.lems.wanted import Wanted
from annarchy_ml.exporters.lems.wiring import CONNECTION

INCLUDED = ("Cells.xml", "Networks.xml", "Simulation.xml")
_PLAIN = ("population", "projection")


def write_lems(wanted: Wanted, path: Path, plain: bool = False) -> None:
    """Writes a network as a LEMS file.

    Args:
        wanted: the network.
        path: the file.
        plain: whether its network must be one of NeuroML.

    Raises:
        UsageError: If LEMS, or NeuroML, cannot say something of it.
    """
    root = lems_element(wanted, path.stem)
    if plain:
        _check_plain(root)
    tree = ElementTree(root)
    indent(tree)
    with replacing(path) as temporary:
        tree.write(temporary, encoding="utf-8", xml_declaration=True)


def _check_plain(root: Element) -> None:
    """Refuses a network with connections of types of its own."""
    network = root.find("network")
    for item in network if network is not None else ():
        if item.tag == CONNECTION:
            raise UsageError(
                "NeuroML cannot say which of several kinds of synapses of a neuron a spike meets, "
                f"such as '{item.get('synapse')}'",
                hint="export it to a file with the ending .xml",
            )
        if item.tag not in _PLAIN:
            raise UsageError(
                "NeuroML cannot say sums of rates", hint="export it to a file with the ending .xml"
            )


def lems_element(wanted: Wanted, stem: str) -> Element:
    """The file; what it writes begins with ``stem``."""
    kinds = _kinds(wanted)
    connections = ConnectionWriter(wanted, kinds)
    connections.hang()
    types = [neuron_element(kind, wanted.clock, wanted.exact) for kind in kinds.values()]
    placed = _placed(wanted, kinds)
    connections.connect(placed)
    root = Element("Lems")
    add(root, "Target", component="sim")
    for name in INCLUDED:
        add(root, "Include", file=name)
    root.extend([*types, *connections.types, *connections.components])
    for item in placed.values():
        root.extend(item.components)
    network = add(root, "network", id=wanted.network.component.id)
    for item in placed.values():
        network.extend(item.elements)
    network.extend(connections.elements)
    root.append(simulation_element(wanted, kinds, placed, connections.recorded, stem))
    return root


def _kinds(wanted: Wanted) -> dict[str, Kind]:
    """The types of neurons, with what is recorded of them."""
    found: dict[str, Kind] = {}
    for item in wanted.network.populations:
        if item.name in wanted.trains:
            continue
        known = wanted.type_of(item)
        if known.dynamics is None or not known.dynamics.in_order:
            what = f"neurons of the type '{known.name}' beside equations"
            raise refused(f"'{item.name}'", what)
        kind = found.setdefault(known.name, Kind(known))
        started = [one.name for one in item.settings if one.is_state]
        kind.started.extend(dict.fromkeys(name for name in started if name not in kind.started))
    for trace in wanted.network.traces:
        population = trace.target.population
        if population.name in wanted.trains:
            raise refused(f"'{population.name}'", "values of a source of spikes")
        found[wanted.type_of(population).name].wanted.add(trace.path)
    return found


def _placed(wanted: Wanted, kinds: dict[str, Kind]) -> dict[str, Placed]:
    """Where the neurons of all populations are."""
    found: dict[str, Placed] = {}
    first = 0
    for item in wanted.network.populations:
        trains = wanted.trains.get(item.name)
        kind = None if trains is not None else kinds[wanted.type_of(item).name]
        rows = wanted.rows.get(item.name)
        given = item if rows is None else replace(item, settings=timed_settings(item, rows))
        found[item.name] = made = place(given, kind, trains, wanted.clock)
        made.first = first
        first += item.size
    return found
