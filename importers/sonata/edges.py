"""Edges to projections: one for all edges between the same kinds of cells over the same synapse."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.hdf5_files import WrongLayoutError, member
from annarchy_ml.importers.sonata.builtin import PLAIN_SYNAPSES, read_parameters, synapse_values
from annarchy_ml.importers.sonata.circuit import Circuit, Kind, Nodes
from annarchy_ml.importers.sonata.faults import FormatError, unsupported
from annarchy_ml.importers.sonata.nodes import ROWS
from annarchy_ml.importers.sonata.tables import Members, TypeRow, integers, told
from annarchy_ml.importers.sonata.templates import SCHEMES, Templates
from annarchy_ml.model.rows import Chunk, Column, Numbered, Place, measured, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from annarchy_ml.importers.sonata.tables import Integers, Numbers

_PARAMETERS = "dynamics_params"
_ALONG = {
    "efferent_section_id": "preSegmentId",
    "efferent_section_pos": "preFractionAlong",
    "afferent_section_id": "postSegmentId",
    "afferent_section_pos": "postFractionAlong",
}
_RECEPTORS = {"excitatory": True, "inhibitory": False}


@dataclass(slots=True)
class Edges:
    """Edges of one population.

    Attributes:
        members: what is told of them.
        sources, targets: rows of the nodes, shape (n,).
        ends: the populations of both.
        repeats: how often each edge stands, shape (n,); None for once.
    """

    members: Members
    sources: Integers
    targets: Integers
    ends: tuple[Nodes, Nodes]
    repeats: Integers | None

    def numbers(self, name: str) -> Numbers | None:
        """What is told of each edge; also as a parameter."""
        found = self.members.numbers(name)
        inside = {"syn_weight": "weight"}.get(name, name)
        if found is None and inside in self.members.names(_PARAMETERS):
            found = self.members.numbers(inside, inside=_PARAMETERS)
        return found


@dataclass(slots=True)
class EdgeReader:
    """Reads populations of edges."""

    circuit: Circuit
    templates: Templates
    _made: dict[tuple[str, bool], str] = field(default_factory=dict)

    def read(self, members: Members) -> None:
        """The projections of a population of edges.

        Raises:
            FormatError: If they cannot be run.
        """
        edges = self._edges(members)
        self._check(edges)
        parts = list(self._parts(edges))
        for chosen, kinds, synapse, scale in parts:
            name = members.name if len(parts) == 1 else f"{members.name}_{kinds[0].name}_to"
            self._projection(self.circuit.unique(name), edges, chosen, kinds, synapse, scale)

    def _edges(self, members: Members) -> Edges:
        found: list[tuple[Nodes, Integers]] = []
        for side in ("source_node_id", "target_node_id"):
            owner = member(members.group, side).attrs.get("node_population", "")
            owner = owner.decode() if isinstance(owner, bytes) else str(owner)
            if owner not in self.circuit.nodes:
                raise WrongLayoutError(f"'{members.name}' names the nodes '{owner}'")
            ids = integers(members.group, side)
            if len(ids) != len(members):
                raise WrongLayoutError(f"the tables of '{members.name}' differ in length")
            nodes = self.circuit.nodes[owner]
            found.append((nodes, nodes.rows_of(ids)))
        (pre, sources), (post, targets) = found
        return Edges(members, sources, targets, (pre, post), _repeats(members))

    def _check(self, edges: Edges) -> None:
        """Refuses what changes the connections and cannot be read."""
        members = edges.members
        for row in members.rows.values():
            function = row.texts.get("weight_function", "")
            if function:
                message = f"the weights of '{members.name}' are those of '{function}'"
                raise unsupported(message, row.span, "write weights as syn_weight of each edge")
        known = {"weight", "delay"}
        for name in members.names(_PARAMETERS):
            if name not in known:
                row = next(iter(members.rows.values()))
                message = f"'{name}' of single edges cannot be read"
                raise unsupported(message, row.span, "give it to a type of edges")

    def _parts(self, edges: Edges) -> Iterator[tuple[Integers, tuple[Kind, Kind], str, float]]:
        """Edges of alike cells and synapses: which, between what, over what, and in what units."""
        pre, post = edges.ends
        templates, which = edges.members.texts("model_template")
        receptors, receptor = edges.members.texts("receptor_type")
        weights = edges.numbers("syn_weight")
        negative = np.zeros(len(which), bool) if weights is None else weights < 0
        columns = (pre.kind[edges.sources], post.kind[edges.targets], edges.members.types)
        for chosen in _alike(*columns, which, receptor, negative):
            row = int(chosen[0])
            kinds = (pre.kinds[columns[0][row]], post.kinds[columns[1][row]])
            type_row = edges.members.rows[int(edges.members.types[row])]
            template, named = templates[which[row]], receptors[receptor[row]]
            sign = _RECEPTORS.get(named, not bool(negative[row]))
            synapse, scale = self._synapse(kinds[1], template, type_row, sign)
            if scale < 0 and not bool(negative[row]):
                scale = -scale
            yield chosen, kinds, synapse, scale

    def _synapse(
        self, target: Kind, template: str, row: TypeRow, excitatory: bool
    ) -> tuple[str, float]:
        """The component of edges to some cells, and in which of its units weights are."""
        scheme, _, resource = template.partition(":")
        if scheme in SCHEMES and resource:
            name = row.texts.get("model_name", "")
            return self.templates.component(resource, name, "synapse", row.span), 1.0
        law = target.law
        if law is None or template not in PLAIN_SYNAPSES:
            what = f"synapses '{template}'" if template else "edges without model_template"
            message = f"{what} to cells of '{target.name}' cannot be read"
            raise unsupported(message, row.span, "name a NeuroML file: nml:FILE")
        # A weight below 0 is the sign of inhibition; conductances are above it.
        conductance = law.synapse.endswith("CondSynapse")
        scale = -law.weight if conductance and not excitatory else law.weight
        key = (target.component, excitatory)
        if key not in self._made:
            name = self.circuit.unique(f"{target.component}_{'exc' if excitatory else 'inh'}")
            values = synapse_values(law, target.values, excitatory)
            texts = {name: repr(value) for name, value in values.items()}
            self.circuit.made(law.synapse, {"id": name, **texts}, None)
            self._made[key] = name
        return self._made[key], scale

    def _defaults(self, row: TypeRow) -> dict[str, float]:
        """Weight and delay of a type, in its file of parameters."""
        if _PARAMETERS not in row.texts:
            return {}
        path = self.circuit.component_file(row.texts[_PARAMETERS], "synapse", row.span)
        given = read_parameters(path, row.span)
        for name in given:
            if name not in ("weight", "delay"):
                message = f"'{name}' of '{row.texts[_PARAMETERS]}' cannot be read"
                raise unsupported(message, row.span, "write a NeuroML file of the synapse")
        return given

    def _projection(
        self,
        name: str,
        edges: Edges,
        chosen: Integers,
        kinds: tuple[Kind, Kind],
        synapse: str,
        scale: float,
    ) -> None:
        attributes = {
            "id": name,
            "presynapticPopulation": kinds[0].name,
            "postsynapticPopulation": kinds[1].name,
            "synapse": synapse,
        }
        made = self.circuit.made("projection", attributes, self.circuit.network)
        row = edges.members.rows[int(edges.members.types[chosen[0]])]
        given = self._defaults(row) if kinds[1].law is not None else {}
        default = {"syn_weight": given.get("weight"), "delay": given.get("delay")}
        if kinds[1].law is not None:
            default = {"syn_weight": given.get("weight", 1.0), "delay": given.get("delay", 1.0)}
        values: dict[str, Any] = {}
        for key, fallback in default.items():
            found = told(edges.numbers(key), chosen, key)
            if found is not None:
                values[key] = found
            elif fallback is not None:
                values[key] = np.full(len(chosen), fallback)
        if "syn_weight" in values and scale != 1.0:
            values["syn_weight"] = values["syn_weight"] * scale
        values["pre"] = edges.ends[0].place[edges.sources[chosen]]
        values["post"] = edges.ends[1].place[edges.targets[chosen]]
        for key, attribute in _ALONG.items():
            found = told(edges.members.numbers(key), chosen, key)
            if found is not None:
                values[attribute] = found
        if edges.repeats is not None:
            values = {key: np.repeat(item, edges.repeats[chosen]) for key, item in values.items()}
        _check_delays(values.get("delay"), edges.members.name, row)
        if len(values["pre"]):
            made.children.append(_connections(made, kinds, values))


def _check_delays(delays: Numbers | None, name: str, row: TypeRow) -> None:
    if delays is not None and not bool((np.isfinite(delays) & (delays >= 0)).all()):
        raise FormatError("value.range", f"the delays of '{name}' must be 0 or more", row.span)


def _alike(*columns: Any) -> list[Integers]:
    """The rows that are equal in all columns, in the order in which they are met first."""
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values, codes = np.unique(column, return_inverse=True)
        key *= len(values)
        key += codes.reshape(-1)
    order = np.argsort(key, kind="stable")
    begins = np.flatnonzero(np.diff(key[order], prepend=-1))
    parts = np.split(order, begins[1:])
    return sorted((part for part in parts if len(part)), key=lambda part: int(part[0]))


def _repeats(members: Members) -> Integers | None:
    """How many synapses each edge stands for."""
    if members.numbers("nsyns") is None:
        return None
    found = members.numbers("nsyns", 1.0)
    assert found is not None
    whole = np.rint(found).astype(np.int64)
    if not bool(((whole == found) & (whole >= 0)).all()):
        raise WrongLayoutError("'nsyns' must hold whole numbers")
    return whole


def _connections(owner: Any, kinds: tuple[Kind, Kind], values: dict[str, Any]) -> Any:
    """The connections of a projection as rows."""
    count = len(values["pre"])
    weighted = "syn_weight" in values or "delay" in values
    chunks = []
    for begin in range(0, count, ROWS):
        part = {name: item[begin : begin + ROWS] for name, item in values.items()}
        size = len(part["pre"])
        made: dict[str, Column] = {
            "id": Numbered("", np.arange(begin, begin + size, dtype=np.int64), "")
        }
        for kind, side in zip(kinds, ("pre", "post"), strict=True):
            before, after = kind.around
            made[f"{side}CellId"] = Numbered(f"../{before}", part[side], after)
        for name in _ALONG.values():
            if name in part and name.endswith("Id"):
                made[name] = Numbered("", part[name].astype(np.int64), "")
            elif name in part:
                made[name] = measured(part[name])
        if weighted:
            made["weight"] = measured(part.get("syn_weight", np.ones(1)))
            made["delay"] = measured(part.get("delay", np.zeros(1)), " ms")
        columns: dict[Place, Column] = {(0, name): item for name, item in made.items()}
        chunks.append(Chunk(begin, size, columns))
    return rows_of(owner, "connectionWD" if weighted else "connection", chunks)
