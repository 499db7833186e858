"""Nodes to populations: one for all cells of a population of nodes that are alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.importers.hdf5_files import WrongLayoutError
from annarchy_ml.importers.sonata.builtin import (
    Values,
    component_values,
    law_of,
    read_parameters,
)
from annarchy_ml.importers.sonata.circuit import Circuit, Kind, Nodes
from annarchy_ml.importers.sonata.faults import unsupported
from annarchy_ml.importers.sonata.tables import Members, TypeRow, integers, number_of
from annarchy_ml.importers.sonata.templates import SCHEMES, Templates
from annarchy_ml.model.rows import Chunk, Column, Numbered, Place, measured, row_child, rows_of

if TYPE_CHECKING:
    from annarchy_ml.importers.sonata.tables import Integers, Numbers

MOST_KINDS = 2000
ROWS = 1 << 18  # of a chunk
_POINTS = ("point_neuron", "point_process")
_PARAMETERS = "dynamics_params"
_NEVER = 1e15  # [ms]


@dataclass(slots=True)
class NodeReader:
    """Reads populations of nodes.

    Attributes:
        templates: components that files hold.
        v_init: membrane potential [mV] of cells of which nothing else is told.
        trains: times of spikes [ms] of each node, by virtual population.
    """

    circuit: Circuit
    templates: Templates
    v_init: float | None
    trains: dict[str, list[Numbers]] = field(default_factory=dict)

    def read(self, members: Members) -> None:
        """The nodes of a population; virtual ones wait for their spikes.

        Raises:
            FormatError: If their cells cannot be run.
        """
        group = members.group
        ids = integers(group, "node_id") if "node_id" in group else np.arange(len(members))
        if len(ids) != len(members) or len(np.unique(ids)) != len(ids):
            raise WrongLayoutError("'node_id' must name each node once")
        nodes = Nodes(members, ids)
        self.circuit.nodes[members.name] = nodes
        kinds, codes = members.texts("model_type")
        own = self._own_values(members)
        numbers = [np.nan_to_num(item) for item in own.values()]
        missing = [np.isnan(item) for item in own.values()]
        table = np.column_stack([members.types, codes, *numbers, *missing])
        _, first, which = np.unique(table, axis=0, return_index=True, return_inverse=True)
        which = which.reshape(-1)
        if len(first) > MOST_KINDS:
            row = members.rows[int(members.types[0])]
            raise unsupported(
                f"'{members.name}' has {len(first)} kinds of cells, at most {MOST_KINDS} are kept",
                row.span,
            )
        nodes.divide(
            self._kind(nodes, kinds[codes[first[at]]], np.flatnonzero(which == at), len(first))
            for at in np.argsort(first, kind="stable").tolist()
        )

    def _own_values(self, members: Members) -> dict[str, Numbers]:
        """Parameters that are told of single nodes."""
        found = {}
        for name in members.names(_PARAMETERS):
            values = members.numbers(name, inside=_PARAMETERS)
            if values is not None:
                found[name] = values
        return found

    def _kind(self, nodes: Nodes, model_type: str, chosen: Integers, count: int) -> Kind:
        """The cells of one type with the same values."""
        members = nodes.members
        number = int(members.types[chosen[0]])
        row = members.rows[number]
        name = members.name if count == 1 else f"{members.name}_{number}"
        kind = Kind(self.circuit.unique(name), "", chosen, listed=_has_places(members))
        if model_type == "virtual":
            kind.virtual = True
            return kind
        if model_type not in (*_POINTS, "biophysical"):
            what = f"cells of the type '{model_type}'" if model_type else "cells without model_type"
            hint = "point_neuron, biophysical and virtual cells can be read"
            raise unsupported(f"'{members.name}' has {what}", row.span, hint)
        templates, codes = members.texts("model_template")
        scheme, _, resource = templates[codes[chosen[0]]].partition(":")
        own = {key: float(item[chosen[0]]) for key, item in self._own_values(members).items()}
        own = {key: value for key, value in own.items() if not np.isnan(value)}
        if scheme in SCHEMES and resource:
            self._component(kind, resource, row, own)
        else:
            self._builtin(kind, f"{scheme}:{resource}", row, own)
        return kind

    def _component(self, kind: Kind, resource: str, row: TypeRow, own: Values) -> None:
        """Cells of a NeuroML or LEMS file."""
        for name in ("morphology", _PARAMETERS, "model_processing"):
            if name in row.texts:
                message = f"'{name}' beside a NeuroML cell cannot be read"
                raise unsupported(message, row.span, "write it into the cell's file")
        if own:
            message = f"'{next(iter(own))}' of single cells beside a NeuroML cell cannot be read"
            raise unsupported(message, row.span, "write a file for each kind of cells")
        name = row.texts.get("model_name", "")
        kind.component = self.templates.component(resource, name, "cell", row.span)

    def _builtin(self, kind: Kind, template: str, row: TypeRow, own: Values) -> None:
        """Cells of NEST or PyNN."""
        law = law_of(template, row.span)
        given = self._parameters(row)
        given |= {key: number_of(row, key) for key in row.texts if key in law.named} | own
        kind.law, kind.values = law, component_values(law, given, self.v_init, row.span)
        kind.component = self.circuit.unique(row.texts.get("model_name", f"{kind.name}_cell"))
        texts = {key: repr(value) for key, value in kind.values.items()}
        self.circuit.made(law.type, {"id": kind.component, **texts}, None)

    def _parameters(self, row: TypeRow) -> Values:
        if _PARAMETERS not in row.texts:
            return {}
        path = self.circuit.component_file(row.texts[_PARAMETERS], "cell", row.span)
        return read_parameters(path, row.span)

    def finish(self) -> None:
        """Makes the populations; virtual nodes with the same spikes share a component."""
        for nodes in self.circuit.nodes.values():
            if any(kind.virtual for kind in nodes.kinds):
                nodes.divide([part for kind in nodes.kinds for part in self._sources(nodes, kind)])
            for kind in nodes.kinds:
                self._population(nodes, kind)

    def _sources(self, nodes: Nodes, kind: Kind) -> list[Kind]:
        """The kinds of virtual cells: those with the same spikes are alike."""
        if not kind.virtual:
            return [kind]
        trains = self.trains.get(nodes.name)
        alike: dict[bytes, list[int]] = {}
        for row in kind.nodes.tolist():
            alike.setdefault(trains[row].tobytes() if trains else b"", []).append(row)
        made = []
        for number, (content, rows) in enumerate(alike.items()):
            several = len(alike) > 1
            name = self.circuit.unique(f"{kind.name}_{number}") if several else kind.name
            row = nodes.members.rows[int(nodes.members.types[rows[0]])]
            given = "" if several else row.texts.get("model_name", "")
            component = self.circuit.unique(given or f"{name}_spikes")
            self._spikes(component, np.frombuffer(content), several)
            made.append(Kind(name, component, np.array(rows), True, listed=kind.listed))
        return made

    def _spikes(self, name: str, times: Numbers, padded: bool) -> None:
        """A component that sends spikes.

        Args:
            name: of the component.
            times: of the spikes [ms].
            padded: whether it gets spikes that never come, so that components with about as many
                have the same structure, and thus one kernel.
        """
        width = 1 << max(len(times).bit_length() - 3, 0) if padded else 1
        count = -(-len(times) // width) * width
        source = self.circuit.made("spikeArray", {"id": name}, None)
        for number, time in enumerate([*times.tolist(), *[_NEVER] * (count - len(times))]):
            attributes = {"id": str(number), "time": f"{time!r} ms"}
            self.circuit.made("spike", attributes, source)

    def _population(self, nodes: Nodes, kind: Kind) -> None:
        attributes = {"id": kind.name, "component": kind.component, "size": str(len(kind.nodes))}
        made = self.circuit.made("population", attributes, self.circuit.network)
        if not kind.listed:
            return
        attributes["type"] = "populationList"
        places = {axis: nodes.members.numbers(axis, 0.0) for axis in "xyz"}
        chunks = []
        for begin in range(0, len(kind.nodes), ROWS):
            chosen = kind.nodes[begin : begin + ROWS]
            numbers = np.arange(begin, begin + len(chosen), dtype=np.int64)
            columns: dict[Place, Column] = {(0, "id"): Numbered("", numbers, "")}
            for axis, values in places.items():
                assert values is not None
                columns[1, axis] = measured(values[chosen])
            chunks.append(Chunk(begin, len(chosen), columns))
        rows = rows_of(made, "instance", chunks)
        row_child(rows, "location")
        made.children.append(rows)


def _has_places(members: Members) -> bool:
    return not {"x", "y", "z"}.isdisjoint(members.names())
