"""Sets of nodes: by population, id or attribute, or as the union of other sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics import Span, did_you_mean
from annarchy_ml.importers.sonata.circuit import Circuit, Kind, Nodes
from annarchy_ml.importers.sonata.faults import FormatError
from annarchy_ml.importers.sonata.settings import Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

Chosen = list[tuple[Nodes, "Mask"]]
_DEPTH = 50


@dataclass(frozen=True, slots=True)
class NodeSets:
    """The sets of a simulation.

    Attributes:
        sets: by name.
        settings: the file that holds them.
    """

    circuit: Circuit
    sets: Mapping[str, Any]
    settings: Settings

    def chosen(self, wanted: Any, span: Span) -> Chosen:
        """The nodes of a set: its name, the name of a population, or the set itself.

        Raises:
            FormatError: If there is no such set, or it says nothing that can be understood.
        """
        return [(nodes, mask) for nodes, mask in self._found(wanted, span, 0) if bool(mask.any())]

    def _found(self, wanted: Any, span: Span, depth: int) -> Chosen:
        if depth > _DEPTH:
            raise FormatError("value.range", "sets of nodes lead to themselves", span)
        if isinstance(wanted, str):
            if wanted in self.sets:
                return self._found(self.sets[wanted], self.settings.span(wanted), depth + 1)
            if wanted not in self.circuit.nodes:
                names = [*self.sets, *self.circuit.nodes]
                hint = did_you_mean(wanted, names)
                raise FormatError(
                    "component.unknown", f"there is no set of nodes '{wanted}'", span, hint
                )
            nodes = self.circuit.nodes[wanted]
            return [(nodes, np.ones(len(nodes.ids), bool))]
        if isinstance(wanted, list):
            return self._union([self._found(item, span, depth + 1) for item in wanted])
        if not isinstance(wanted, dict):
            raise FormatError("value.range", "a set of nodes is an object or a list of names", span)
        return self._basic(wanted, span)

    def _union(self, parts: list[Chosen]) -> Chosen:
        found: dict[str, Mask] = {}
        for part in parts:
            for nodes, mask in part:
                found[nodes.name] = found[nodes.name] | mask if nodes.name in found else mask
        return [(self.circuit.nodes[name], mask) for name, mask in found.items()]

    def _basic(self, rules: Mapping[str, Any], span: Span) -> Chosen:
        """Nodes that meet every rule."""
        rest = dict(rules)
        named = rest.pop("population", list(self.circuit.nodes))
        names = named if isinstance(named, list) else [named]
        for name in names:
            if name not in self.circuit.nodes:
                hint = did_you_mean(str(name), self.circuit.nodes)
                raise FormatError(
                    "component.unknown", f"there is no population '{name}'", span, hint
                )
        found = []
        for nodes in (self.circuit.nodes[name] for name in names):
            mask = np.ones(len(nodes.ids), bool)
            for name, value in rest.items():
                mask &= self._meets(nodes, name, value if isinstance(value, list) else [value])
            found.append((nodes, mask))
        for name in rest:
            if not any(self._knows(nodes, name) for nodes, _ in found):
                raise FormatError("attribute.unknown", f"no node has the attribute '{name}'", span)
        return found

    def _knows(self, nodes: Nodes, name: str) -> bool:
        rows = nodes.members.rows.values()
        told = name in nodes.members.names() or any(name in row.texts for row in rows)
        return told or name in ("node_id", "node_type_id")

    def _meets(self, nodes: Nodes, name: str, values: list[Any]) -> Mask:
        """Which nodes have one of some values."""
        if name in ("node_id", "node_type_id"):
            own = nodes.ids if name == "node_id" else nodes.members.types
            return np.isin(own, np.array([item for item in values if isinstance(item, int)]))
        texts, codes = nodes.members.texts(name)
        meets = [any(_equal(text, value) for value in values) for text in texts]
        return np.array(meets, bool)[codes]


def _equal(text: str, value: Any) -> bool:
    """Whether a text stands for a value of JSON."""
    if isinstance(value, bool) or value is None or not isinstance(value, (int, float)):
        return text == str(value)
    try:
        return float(text) == value
    except ValueError:
        return False


def by_kind(chosen: Chosen) -> Iterator[tuple[Nodes, Kind, NDArray[np.int64]]]:
    """The chosen nodes of each kind, as numbers of cells in its population."""
    for nodes, mask in chosen:
        for kind in nodes.kinds:
            cells = np.flatnonzero(mask[kind.nodes])
            if len(cells):
                yield nodes, kind, cells
