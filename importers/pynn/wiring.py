"""The connections of a projection as arrays, and the engine's projections that they become.

A projection of assemblies or views becomes one of the engine for each pair of populations; there,
connections are sorted by source, then target.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from pyNN import errors

import annarchy_ml as public
from annarchy_ml.importers.pynn import simulator

JOINED = ("_0", "_1")
"""Ends of the names of what hangs on both cells that a gap junction joins."""
PRE, POST = "presynaptic_index", "postsynaptic_index"


@dataclass
class Piece:
    """The connections of one projection of the engine.

    Attributes:
        name: of that projection.
        chosen: numbers of its connections, in the order in which they were made; None for all.
        ends: numbers of their sources and targets in their populations.
        target: the population of the targets.
        part: the part of it, or else the population.
        source: the population of the sources.
        varying: parameters that differ between them, and are not known to the engine yet.
        heard_after: after how many times its delay a synapse hears its cell.
        further: steps that are added to delays: synapses of files act as soon as a spike arrives,
            ours a step later.
        prefix: with which names of parameters and states of the synapses begin in the engine.
    """

    name: str
    chosen: Any
    ends: tuple[Any, Any]
    target: Any
    part: Any
    source: Any
    varying: list[str] = field(default_factory=list)
    heard_after: float = 0.0
    further: int = 0
    prefix: str = ""

    def path(self, name: str) -> tuple[str, str]:
        """Where the engine keeps a parameter or state of the synapses."""
        return self.name, name if name in ("weight", "delay") else f"{self.prefix}{name}"

    @property
    def populations(self) -> tuple[Any, Any]:
        """Those of the sources and targets."""
        return self.source, self.target

    @cached_property
    def order(self) -> Any:
        """Numbers of the connections in the order of the engine: by source, then target."""
        sources, targets = self.ends
        if np.all(targets[1:] >= targets[:-1]):  # as most connectors make them
            few = len(sources) == 0 or int(sources.max()) < 2**16
            order = np.argsort(sources.astype(np.uint16) if few else sources, kind="stable")
        else:
            order = np.lexsort((targets, sources))
        return order if self.chosen is None else self.chosen[order]

    def sorted(self, values: Any) -> Any:
        """Values of the connections in the order of the engine, of those of the whole projection.

        One value for all is that value, shape ().
        """
        return values[0] if is_one(values) and len(values) else values[self.order]


class Wiring:
    """Connections as arrays."""

    pre: Any
    post: Any
    name: str
    receptor_type: str
    synapse_type: Any
    _parts: list[tuple[Any, Any, dict[str, Any]]]
    _columns: dict[str, Any]
    starts: dict[str, Any]
    sources: dict[Any, Any]
    pieces: tuple[Piece, ...] = ()
    _separate: bool | None = None

    def columns(self) -> dict[str, Any]:
        """Ends and parameters of all connections, each of shape (n,), in the order made."""
        if self._parts:
            made = _joined(self._parts)
            for name, values in made.items():
                check_values(name, values)
            self._parts = []
            if self._columns:
                made = {
                    name: np.concatenate([self._columns[name], values])
                    for name, values in made.items()
                }
            self._columns.update(made)
        elif not self._columns:
            names = (PRE, POST, *self.synapse_type.native_parameters.keys())
            self._columns = {name: np.zeros(0) for name in names}
            self._columns.update({name: np.zeros(0, np.int32) for name in (PRE, POST)})
        return self._columns

    def least_delay(self) -> float:
        """The least delay [ms], in whole steps."""
        found, dt = self.columns().get("delay"), simulator.state.dt
        return dt if found is None else max(1.0, float(np.rint(np.min(found) / dt))) * dt

    def build(self, builder: Any) -> None:
        """Adds the projections of the engine."""
        columns = self.synapse_type.complete(self, self.columns())
        ends = [
            in_parts(cells_of(end, columns[k])) for end, k in ((self.pre, PRE), (self.post, POST))
        ]
        (source_of, sources), (target_of, targets) = ends
        known = [(item, part) for item in simulator.state.populations for part in parts_of(item)]
        count = len(known)
        if is_one(source_of) and is_one(target_of) and len(sources):
            pairs = np.broadcast_to(source_of[0] * count + target_of[0], len(sources))
        else:
            pairs = source_of * count + target_of
        pieces, found = [], _different(pairs)
        for pair in found:
            whole = len(found) == 1
            chosen = None if whole else np.flatnonzero(pairs == pair)
            own = (sources, targets) if whole else (sources[chosen], targets[chosen])
            numbers = divmod(pair, count)
            target, part = known[numbers[1]]
            name = "_".join(map(str, (self.name, *numbers)))
            source, begin = known[numbers[0]]
            piece = Piece(name, chosen, own, target, part, source)
            views = [self._seen(builder, source, begin), builder.views[part.name]]
            given = {k: values if whole else values[chosen] for k, values in columns.items()}
            rule = public.Explicit(*(_unchanged(item) for item in own))
            self.synapse_type.build(builder, self, piece, (views, rule, given))
            pieces.append(piece)
        self.pieces = tuple(pieces)

    def _seen(self, builder: Any, population: Any, part: Any) -> Any:
        """A view of sources, at the place along them that a script names."""
        view = builder.views[part.name]
        if population not in self.sources:
            return view
        (spot,) = self.sources[population][population.parts.items.index(part)]
        return view.at(*part.cable.place(spot.section, spot.along))

    def is_separate(self, varying: bool) -> bool:
        """Whether connections keep synapses of their own, which does not change once they run."""
        if self._separate is None or simulator.state.step == 0:
            self._separate = varying or bool(self.starts) or self.synapse_type.is_apart
        return self._separate

    def link_names(self) -> tuple[list[str], list[str]]:
        """Names of the engine's projections and couplings that it has been so far."""
        names = [piece.name for piece in self.pieces]
        if not self.synapse_type.injects:
            return names, []
        return [], [f"{name}{end}" for name in names for end in ("", "_back", *JOINED)]

    def initialize_in(self, running: Any) -> None:
        """Gives synapses their initial values."""
        self.synapse_type.initialize_in(running, self)

    def changed_in(self, running: Any, name: str) -> None:
        """Gives the synapses of a simulation the values that they have by now."""
        for piece in self.pieces:
            self.synapse_type.put(running, piece, name, piece.sorted(self._columns[name]))

    def present(self, running: Any, name: str) -> Any:
        """Present values of an attribute; None where they are those that were given."""
        if not self.synapse_type.moves(name) or not self.pieces:
            return None
        found = np.array(self._columns[name], float)
        for piece in self.pieces:
            found[piece.order] = self.synapse_type.present(running, piece, name)
        return found

    def put_start(self, variable: str, values: Any) -> None:
        """Initial values of a state of the synapses; during a run its present ones.

        Raises:
            NotImplementedError: If they have no such state.
        """
        if variable not in self.synapse_type.states_of(self):
            raise NotImplementedError(
                f"pyNN.annarchy: synapses of {type(self.synapse_type).__name__} have no state "
                f"'{variable}' that can be initialized"
            )
        self.starts[variable] = values
        running = simulator.state.simulation
        if running is not None:
            for piece in self.pieces:
                running.put(*piece.path(variable), values[piece.order])

    def populations(self) -> set[str]:
        """Names of the populations at both ends."""
        columns = self.columns()
        numbers = [
            cells_of(end, columns[name])[0] for end, name in ((self.pre, PRE), (self.post, POST))
        ]
        known = simulator.state.populations
        return {known[item].name for item in np.unique(np.concatenate(numbers)).tolist()}

    def of_targets(self, value: Any) -> Any:
        """A value of the target of each connection: a function of its population and receptor."""
        numbers, rows = cells_of(self.post, self.columns()[POST])
        found = np.zeros(len(rows))
        for number in np.unique(numbers).tolist():
            here = numbers == number
            values = value(simulator.state.populations[number], self.receptor_type)
            found[here] = values[rows[here]]
        return found


def is_one(values: Any) -> bool:
    """Whether an array holds one number for all, known without a look at all of it."""
    return bool(values.ndim == 1 and values.strides == (0,))


def uniform(values: Any) -> Any:
    """One number where all are the same."""
    if np.ndim(values) == 0 or is_one(values):
        return float(np.asarray(values).flat[0])
    return float(values[0]) if np.all(values == values[0]) else values


def whole_delays(values: Any, further: int = 0) -> Any:
    """Delays [s] in whole steps, one at least, of delays [ms].

    Args:
        values: [ms].
        further: steps to add: cells of files act as soon as a spike arrives, ours a step later.
    """
    dt = simulator.state.dt
    steps = np.maximum(np.rint(np.asarray(uniform(values), float) / dt), 1.0) + further
    return uniform(steps * (dt * 1e-3))


def heard_later(times: float) -> tuple[float, float]:
    """After how many of the engine's delays, which are a step longer, a synapse hears its cell."""
    return times, (1.0 - times) * simulator.state.dt * 1e-3


def check_values(name: str, values: Any) -> None:
    """Refuses values that no connection can have.

    Raises:
        InvalidParameterValueError: If one is no finite number, or a delay [ms] is negative or
            nearer to 0 than to a step.
    """
    if is_one(values):
        values = values[:1]
    if values.dtype.kind == "f" and not np.all(np.isfinite(values)):
        raise errors.InvalidParameterValueError(f"{name} must be finite numbers")
    if name == "delay" and np.any(values < 0.0):
        raise errors.InvalidParameterValueError("delays must not be negative")
    if name == "delay" and np.any(np.rint(values / simulator.state.dt) < 1.0):
        raise errors.InvalidParameterValueError(
            f"a delay of {np.min(values):.6g} ms is shorter than the time step of "
            f"{simulator.state.dt} ms"
        )


def _different(values: Any) -> list[int]:
    """The different ones of many numbers, most often one."""
    if is_one(values) and len(values):
        return [int(values[0])]
    if len(values) and np.all(values == values[0]):
        return [int(values[0])]
    found: list[int] = np.unique(values).tolist()
    return found


def _joined(parts: list[tuple[Any, Any, dict[str, Any]]]) -> dict[str, Any]:
    """Connections that were made target by target, or many at once, as arrays."""
    counts = np.array([len(item[0]) for item in parts])
    made = {
        PRE: _numbers([item[0] for item in parts], counts),
        POST: _numbers([item[1] for item in parts], counts),
    }
    for name in parts[0][2]:
        made[name] = _column([item[2][name] for item in parts], counts)
    return made


def _numbers(given: list[Any], counts: Any) -> Any:
    """Numbers of cells: an array for each part, or one number."""
    if len(given) == 1 and np.ndim(given[0]) == 1:
        return np.asarray(given[0], np.int32)
    if all(np.ndim(item) == 0 for item in given):
        return np.repeat(np.array(given, np.int32), counts)
    return np.concatenate(_spread(given, counts)).astype(np.int32)


def _column(given: list[Any], counts: Any) -> Any:
    """Values of a parameter; one that all connections share takes no room."""
    if all(np.ndim(item) == 0 for item in given):
        values = np.array(given, float)
        if np.all(values == values[0]):
            return np.broadcast_to(values[0], int(counts.sum()))
        return np.repeat(values, counts)
    return np.concatenate(_spread(given, counts)).astype(float)


def _spread(given: list[Any], counts: Any) -> list[Any]:
    return [np.broadcast_to(item, count) for item, count in zip(given, counts, strict=True)]


def cells_of(end: Any, indices: Any) -> tuple[Any, Any]:
    """Numbers of the populations of some cells, and their numbers in them, shape (n,) each."""
    firsts = np.array([int(item.first_id) for item in simulator.state.populations])
    ids = np.asarray(end.all_cells).astype(np.int64)
    number = np.searchsorted(firsts, ids, side="right") - 1
    rows = (ids - firsts[number]).astype(np.int32)
    if len(ids) and np.all(number == number[0]):
        numbers = np.broadcast_to(number[0], len(indices))
        return numbers, (indices if _counts_up(rows) else rows[indices])
    return number[indices], rows[indices]


def parts_of(population: Any) -> list[Any]:
    """What a population is for the engine: itself, or its parts."""
    return [population] if population.parts is None else population.parts.items


def in_parts(cells: tuple[Any, Any]) -> tuple[Any, Any]:
    """Cells by the numbers of the engine's populations, of those by the numbers of PyNN's."""
    populations = simulator.state.populations
    counts = np.array([len(parts_of(item)) for item in populations])
    if np.all(counts == 1):
        return cells
    number, rows = cells
    first = np.cumsum(counts) - counts
    parts, found = first[number], np.array(rows)
    for item in np.flatnonzero(counts > 1).tolist():
        here = np.flatnonzero(number == item)
        own = populations[item].parts
        parts[here] += own.part_of[rows[here]]
        found[here] = own.index[rows[here]]
    return parts, found


def _unchanged(values: Any) -> Any:
    """The same array, which nobody can change through what is given, so that it is not copied."""
    found = np.asarray(values).view()
    found.flags.writeable = False
    return found


def _counts_up(rows: Any) -> bool:
    """Whether these are the numbers 0, 1, 2, ..."""
    return bool(rows[0] == 0 and rows[-1] == len(rows) - 1 and np.all(np.diff(rows) == 1))
