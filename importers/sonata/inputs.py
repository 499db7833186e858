"""Inputs of a simulation: spikes of virtual nodes, currents into cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.hdf5_files import WrongLayoutError, member
from annarchy_ml.importers.sonata.circuit import Circuit, Nodes
from annarchy_ml.importers.sonata.faults import Fault, unsupported
from annarchy_ml.importers.sonata.node_sets import NodeSets, by_kind
from annarchy_ml.importers.sonata.settings import Section
from annarchy_ml.importers.sonata.tables import integers, opened

if TYPE_CHECKING:
    from annarchy_ml.diagnostics import Span
    from annarchy_ml.importers.sonata.tables import Numbers

_SPIKES = ("input_type", "module", "input_file", "node_set", "enabled")
_CURRENT = ("input_type", "module", "node_set", "amp", "delay", "duration", "enabled")
_MODULES = {"spikes": ("h5", "sonata"), "current_clamp": ("IClamp",)}


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
            Fault: If an input cannot be run.
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
            Fault: For the first of them.
        """
        settings = self.circuit.settings
        for name, part in settings.section("inputs").items():
            span = settings.span("inputs", name)
            if not isinstance(part, dict):
                raise Fault("value.range", f"the input '{name}' must be an object", span)
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
        """A pulse of current into the cells of a set."""
        settings = self.circuit.settings
        keys = ("inputs", name)
        pulse = self.circuit.unique(f"{name}_pulse")
        values = {key: settings.number(part, (*keys, key)) for key in ("delay", "duration", "amp")}
        attributes = {
            "id": pulse,
            "delay": f"{values['delay']!r} ms",
            "duration": f"{values['duration']!r} ms",
            "amplitude": f"{values['amp']!r} nA",
        }
        self.circuit.made("pulseGenerator", attributes, None)
        span = settings.span(*keys)
        for nodes, kind, cells in by_kind(self.sets.chosen(part.get("node_set"), span)):
            if kind.virtual:
                raise unsupported(f"a current into virtual cells of '{nodes.name}'", span)
            given = {"id": self.circuit.unique(name), "component": pulse, "population": kind.name}
            owner = self.circuit.made("inputList", given, self.circuit.network)
            for number, cell in enumerate(cells.tolist()):
                target = f"../{kind.path(cell)}"
                texts = {"id": str(number), "target": target, "destination": "synapses"}
                self.circuit.made("input", texts, owner)


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
