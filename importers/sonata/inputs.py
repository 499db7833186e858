"""Inputs of a simulation: spikes of virtual nodes, currents into cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from annarchy_ml.diagnostics import did_you_mean
from annarchy_ml.importers.hdf5_files import WrongLayoutError, member
from annarchy_ml.importers.sonata.circuit import Circuit, Kind, Nodes
from annarchy_ml.importers.sonata.faults import FormatError, unsupported
from annarchy_ml.importers.sonata.node_sets import NodeSets, by_kind
from annarchy_ml.importers.sonata.settings import Section
from annarchy_ml.importers.sonata.tables import TypeRow, integers, number_of, opened, read_table

if TYPE_CHECKING:
    from annarchy_ml.diagnostics import Span
    from annarchy_ml.importers.sonata.tables import Numbers

_SPIKES = ("input_type", "module", "input_file", "node_set", "enabled")
_CURRENT = (
    "input_type", "module", "node_set", "amp", "delay", "duration", "enabled",
    "electrode_file", "input_file",
)  # fmt: skip
_MODULES = {"spikes": ("h5", "sonata"), "current_clamp": ("IClamp",)}


class Pulse(NamedTuple):
    """A pulse of current: its delay and duration [ms], its amplitude [nA]."""

    delay: float
    duration: float
    amp: float


class Place(NamedTuple):
    """A cell of a kind, and where on it."""

    kind: Kind
    cell: int
    segment: int = 0
    along: float = 0.5


@dataclass(slots=True)
class InputReader:
    """Reads the inputs of a simulation.

    Attributes:
        trains: times of spikes [ms] of each node, by virtual population.
    """

    circuit: Circuit
    sets: NodeSets
    trains: dict[str, list[Numbers]]

    def spikes(self) -> None:
        """Reads the spikes of virtual nodes.

        Raises:
            FormatError: If an input cannot be run.
        """
        for name, part in self._parts("spikes"):
            self._spikes(name, part)

    def currents(self) -> None:
        """Makes the currents into cells."""
        for name, part in self._parts("current_clamp"):
            self._current(name, part)

    def check(self) -> None:
        """Refuses inputs of other kinds.

        Raises:
            FormatError: For the first of them.
        """
        settings = self.circuit.settings
        for name, part in settings.section("inputs").items():
            span = settings.span("inputs", name)
            if not isinstance(part, dict):
                raise FormatError("value.range", f"the input '{name}' must be an object", span)
            kind, module = part.get("input_type"), part.get("module")
            if kind not in _MODULES:
                message = f"the input '{name}' of the type '{kind}' cannot be read"
                raise unsupported(message, span, f"there are: {', '.join(_MODULES)}")
            if module not in _MODULES[kind]:
                message = f"the module '{module}' of the input '{name}' cannot be read"
                raise unsupported(message, span, f"there are: {', '.join(_MODULES[kind])}")
            known = _SPIKES if kind == "spikes" else _CURRENT
            settings.check(part, ("inputs", name), known)

    def _parts(self, kind: str) -> list[tuple[str, Section]]:
        inputs = self.circuit.settings.section("inputs")
        return [
            (name, part)
            for name, part in inputs.items()
            if part["input_type"] == kind and part.get("enabled", True)
        ]

    def _spikes(self, name: str, part: Section) -> None:
        settings = self.circuit.settings
        span = settings.span("inputs", name)
        path = settings.path_of(part.get("input_file"), "inputs", name, "input_file")
        with opened(self.circuit.reading, path, span) as file:
            for nodes, mask in self.sets.chosen(part.get("node_set"), span):
                self._trains(nodes, mask, member(file, "spikes"), span)

    def _trains(self, nodes: Nodes, mask: Any, group: Any, span: Span) -> None:
        """Adds the spikes of some nodes of a population."""
        rows = np.flatnonzero(mask)
        virtual = [kind.nodes for kind in nodes.kinds if kind.virtual]
        known = np.concatenate(virtual) if virtual else np.zeros(0, np.int64)
        if not bool(np.isin(rows, known).all()):
            message = f"spikes for '{nodes.name}', whose cells are not virtual, cannot be read"
            raise unsupported(message, span)
        if nodes.name in group:
            group = member(group, nodes.name)
        elif "timestamps" not in group:
            return
        ids = integers(group, "node_ids" if "node_ids" in group else "gids")
        data = member(group, "timestamps")
        times = np.asarray(data[()], np.float64).reshape(-1)
        if len(times) != len(ids) or not bool((np.isfinite(times) & (times >= 0)).all()):
            raise WrongLayoutError("times of spikes must be 0 or more, one for each node id")
        units = str(_plain(data.attrs.get("units", "ms")))
        if units not in ("ms", "milliseconds", "millisecond"):
            raise WrongLayoutError(f"times of spikes are in '{units}', not in ms")
        order = np.argsort(ids, kind="stable")
        sorted_ids = ids[order]
        begins = np.searchsorted(sorted_ids, nodes.ids[rows], "left")
        ends = np.searchsorted(sorted_ids, nodes.ids[rows], "right")
        trains = self.trains.setdefault(nodes.name, [np.zeros(0)] * len(nodes.ids))
        for row, begin, end in zip(rows.tolist(), begins, ends, strict=True):
            own = times[order[begin:end]]
            trains[row] = np.sort(np.concatenate([trains[row], own])) if len(own) else trains[row]

    def _current(self, name: str, part: Section) -> None:
        """A pulse of current into the cells of a set, or into places on cells."""
        keys = ("inputs", name)
        span = self.circuit.settings.span(*keys)
        if "electrode_file" in part or "input_file" in part:
            self._electrodes(name, part, span)
            return
        number = self.circuit.settings.number
        pulse = Pulse(*(number(part, (*keys, key)) for key in ("delay", "duration", "amp")))
        component = self._pulse(name, pulse)
        for nodes, kind, cells in by_kind(self.sets.chosen(part.get("node_set"), span)):
            places = [Place(kind, cell) for cell in cells.tolist()]
            self._inputs(name, component, places, nodes, span)

    def _electrodes(self, name: str, part: Section, span: Span) -> None:
        """Pulses by electrode: where each is, and its course."""
        tables = []
        for key in ("electrode_file", "input_file"):
            path = self.circuit.settings.path_of(part.get(key), "inputs", name, key)
            rows = read_table(self.circuit.reading, path, "electrode_id", span)
            tables.append({row.texts.get("electrode_id", ""): row for row in rows})
        found: dict[tuple[Pulse, str, str], list[Place]] = {}
        for electrode, row in tables[0].items():
            if electrode not in tables[1]:
                raise FormatError("value.range", f"no current for '{electrode}'", row.span)
            course = tables[1][electrode]
            pulse = Pulse(*(number_of(course, key) for key in ("delay", "dur", "amp")))
            nodes, place = self._electrode(row)
            found.setdefault((pulse, nodes.name, place.kind.name), []).append(place)
        components = {pulse: "" for pulse, _, _ in found}
        for pulse in components:
            components[pulse] = self._pulse(name, pulse)
        for (pulse, owner, _), places in found.items():
            self._inputs(name, components[pulse], places, self.circuit.nodes[owner], span)

    def _electrode(self, row: TypeRow) -> tuple[Nodes, Place]:
        """The node that an electrode is in, and the place on its cell."""
        owner = row.texts.get("population", "")
        if owner not in self.circuit.nodes:
            hint = did_you_mean(owner, self.circuit.nodes)
            message = f"there is no population '{owner}'"
            raise FormatError("component.unknown", message, row.span, hint)
        nodes = self.circuit.nodes[owner]
        at = int(nodes.rows_of(np.array([int(number_of(row, "node_id"))]))[0])
        segment, along = int(number_of(row, "sec_id", 0.0)), number_of(row, "seg_x", 0.5)
        return nodes, Place(nodes.kinds[nodes.kind[at]], int(nodes.place[at]), segment, along)

    def _pulse(self, name: str, pulse: Pulse) -> str:
        """The component of a pulse."""
        made = self.circuit.unique(name)
        attributes = {
            "id": made,
            "delay": f"{pulse.delay!r} ms",
            "duration": f"{pulse.duration!r} ms",
            "amplitude": f"{pulse.amp!r} nA",
        }
        self.circuit.made("pulseGenerator", attributes, None)
        return made

    def _inputs(
        self, name: str, component: str, places: list[Place], nodes: Nodes, span: Span
    ) -> None:
        """A list of inputs into cells of one kind."""
        kind = places[0].kind
        if kind.virtual:
            raise unsupported(f"a current into virtual cells of '{nodes.name}'", span)
        owner = self.circuit.unique(f"{name}_into")
        given = {"id": owner, "component": component, "population": kind.name}
        made = self.circuit.made("inputList", given, self.circuit.network)
        for number, place in enumerate(places):
            target = f"../{kind.path(place.cell)}"
            texts = {"id": str(number), "target": target, "destination": "synapses"}
            if (place.segment, place.along) != (0, 0.5):
                texts |= {"segmentId": str(place.segment), "fractionAlong": repr(place.along)}
            self.circuit.made("input", texts, made)


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
