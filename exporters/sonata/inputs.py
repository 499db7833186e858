"""Inputs: spikes of virtual cells, pulses of current into cells and their segments."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.exporters.documents.columns import Table, tables_of
from annarchy_ml.exporters.sonata.nodes import mark, mark_by_time, write_table
from annarchy_ml.exporters.sonata.parts import INPUTS, Circuit, Names, Population, refused
from annarchy_ml.model.component import Component
from annarchy_ml.model.rows import each_of

Settings = dict[str, Any]
_CURRENT = "pulseGenerator"
_FOLDER = "$BASE_DIR/inputs"
_MIDDLE = 0.5
_WHOLE = ("0", repr(_MIDDLE))
_ELECTRODES = ("electrode_id", "population", "node_id", "sec_id", "seg_x")
_COURSES = ("electrode_id", "amp", "delay", "dur")


@dataclass(slots=True)
class Inputs:
    """The inputs of a simulation.

    Attributes:
        sets: the sets of nodes, to which those of inputs are added.
        made: settings by name.
        tables: rows of places and courses of currents, by the name of the input.
    """

    circuit: Circuit
    names: Names
    sets: Settings
    made: Settings = field(default_factory=dict)
    tables: dict[str, tuple[list[list[str]], list[list[str]]]] = field(default_factory=dict)

    def read(self) -> None:
        """Reads the inputs of the network.

        Raises:
            UsageError: If SONATA cannot say one of them.
        """
        for item in self.circuit.populations.values():
            if item.is_virtual:
                self.made[f"{item.name}_spikes"] = {
                    "input_type": "spikes",
                    "module": "h5",
                    "input_file": f"{_FOLDER}/{item.name}_spikes.h5",
                    "node_set": item.name,
                }
        for given in self.circuit.links(INPUTS):
            self._current(given)

    def _current(self, item: Component) -> None:
        """A pulse into some cells, by the name of its component."""
        wanted = item.attributes["component" if item.tag == "inputList" else "input"]
        source = self.circuit.component(wanted, item.id or "an input")
        name = self.names.unique(wanted)
        if not is_pulse(self.circuit, source):
            raise refused(f"the input '{source.id}'", f"a {source.type}")
        made: Settings = {"input_type": "current_clamp", "module": "IClamp"}
        pulse = {
            "amp": self.circuit.number(source.attributes["amplitude"], "nA"),
            "delay": self.circuit.milliseconds(source.attributes["delay"]),
            "duration": self.circuit.milliseconds(source.attributes["duration"]),
        }
        population, nodes, places = self._targets(item, name)
        if places is None:
            self.sets[name] = {"population": population.name, "node_id": nodes}
            made |= {"node_set": name, **pulse}
        else:
            made["electrode_file"] = f"{_FOLDER}/{name}_electrodes.csv"
            made["input_file"] = f"{_FOLDER}/{name}_currents.csv"
            course = [repr(pulse[key]) for key in ("amp", "delay", "duration")]
            rows = enumerate(zip(nodes, places, strict=True))
            self.tables[name] = (
                [[str(at), population.name, str(node), *place] for at, (node, place) in rows],
                [[str(at), *course] for at in range(len(nodes))],
            )
        self.made[name] = made

    def _targets(
        self, item: Component, name: str
    ) -> tuple[Population, list[int], list[tuple[str, str]] | None]:
        """Population, nodes, and places on them where they are not in the middle of the first."""
        if item.tag != "inputList":
            found = self.circuit.node(item.attributes["target"])
            if found is None:
                raise refused(f"the input to '{item.attributes['target']}'", "which is no cell")
            return found[0], [found[1]], None
        owner = item.attributes["population"]
        population = self.circuit.populations[owner]
        tables = list(tables_of(item.children))
        if any(table.column("weight") is not None for table in tables):
            raise refused(f"the weights of the inputs '{name}'", "")
        nodes = [
            int(node)
            for table in tables
            for node in population.nodes(table.cells("target", owner, name))
        ]
        places = [place for table in tables for place in _places(table)]
        whole = all(place == _WHOLE for place in places)
        return population, nodes, None if whole and len(set(nodes)) == len(nodes) else places

    def write(self, folder: Path) -> list[Path]:
        """Writes spikes, and currents into places on cells."""
        made = [
            self._write_spikes(item, folder / f"{item.name}_spikes.h5")
            for item in self.circuit.populations.values()
            if item.is_virtual
        ]
        for name, (electrodes, courses) in self.tables.items():
            for ending, columns, rows in (
                ("electrodes", _ELECTRODES, electrodes),
                ("currents", _COURSES, courses),
            ):
                made.append(folder / f"{name}_{ending}.csv")
                write_table(made[-1], columns, rows)
        return made

    def _write_spikes(self, item: Population, path: Path) -> Path:
        """The spikes of a virtual population: each of its cells has the same."""
        import h5py

        spikes = each_of(item.cell.children)
        times = [self.circuit.milliseconds(one.attributes["time"]) for one in spikes]
        with replacing(path) as temporary, h5py.File(temporary, "w") as file:
            mark(file)
            group = file.create_group(f"spikes/{item.name}")
            mark_by_time(group)
            group["timestamps"] = np.repeat(np.sort(np.array(times, float)), len(item.ids))
            group["timestamps"].attrs["units"] = "ms"
            group["node_ids"] = np.tile(np.arange(len(item.ids)), len(times)).astype(np.uint64)
        return path


def is_pulse(circuit: Circuit, item: Component) -> bool:
    """Whether a component says the same equations as a pulse of current."""
    types = circuit.document.types
    if item.type not in types or _CURRENT not in types:
        return False
    own, plain = types[item.type], types[_CURRENT]
    return own.dynamics == plain.dynamics and own.parameters == plain.parameters


def _places(table: Table) -> list[tuple[str, str]]:
    """Segments, and places along them, as texts."""
    segments = table.numbers("segmentId", float).tolist()
    along = table.numbers("fractionAlong", float, _MIDDLE).tolist()
    return [(str(int(one)), repr(place)) for one, place in zip(segments, along, strict=True)]
