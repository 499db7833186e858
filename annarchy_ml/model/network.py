"""A network as a user builds it from Python: populations, projections, inputs, what to record.

Pure data. Nothing is stored per cell or connection but arrays that the user gave.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from annarchy_ml.kernels.connectivity import Distribution
from annarchy_ml.model.component import Component

MIDDLE = 0.5
"""The fraction along a segment that is meant where none is given."""

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.expr.nodes import Expr
    from annarchy_ml.kernels.connectivity import Connectivity

    Given: TypeAlias = float | Distribution | NDArray[np.float64]
    """One for all, one drawn for each, or one given for each instance; in SI units."""


@dataclass(frozen=True, slots=True, eq=False)
class At:
    """Where along cells of several compartments something is: one place, or one for each cell.

    Attributes:
        segments: numbers of segments, one or shape (n,).
        alongs: fractions along them, one or shape (n,).
    """

    segments: int | NDArray[np.int64]
    alongs: float | NDArray[np.float64]

    @property
    def is_single(self) -> bool:
        """Whether it is one place."""
        return isinstance(self.segments, int) and isinstance(self.alongs, float)

    def chosen(self, which: NDArray[np.int64]) -> At:
        """The places of some of the cells."""
        made = self
        if not isinstance(self.segments, int):
            made = replace(made, segments=self.segments[which])
        if not isinstance(self.alongs, float):
            made = replace(made, alongs=self.alongs[which])
        return made

    def steps(self, count: int) -> list[str]:
        """How paths lead to the places of so many cells: ``3/``, or ``3@0.9/`` off the middle."""
        segments, alongs = self.arrays(count)
        return [
            f"{segment}/" if along == MIDDLE else f"{segment}@{along:.12g}/"
            for segment, along in zip(segments.tolist(), alongs.tolist(), strict=True)
        ]

    def arrays(self, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Segments and fractions of so many cells."""
        segments = np.broadcast_to(np.asarray(self.segments, np.int64), (count,))
        return segments, np.broadcast_to(np.asarray(self.alongs, float), (count,))


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A parameter, or the start value of a state, of some instances.

    Attributes:
        name: after a path, of a part of each instance: ``bio/membraneProperties/na/condDensity``.
        cells: shape (n,), which instances; None for all.
        is_state: whether it replaces what ``OnStart`` says.
        at: of cells of several compartments, in which of them; None for all.
        over: segments, shape (k,), in whose compartments; then an array has a value for each.
    """

    name: str
    value: Given
    cells: NDArray[np.int64] | None
    is_state: bool
    at: At | None = None
    over: NDArray[np.int64] | None = None


@dataclass(slots=True, eq=False)
class Population:
    """So many instances of one component."""

    name: str
    component: Component
    size: int
    settings: list[Setting] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Some or all cells of a population.

    Attributes:
        cells: shape (n,), as the user listed them.
        span: (begin, end) where they lie side by side in ascending order; None otherwise.
        at: a place along each of them; None for none in particular.
    """

    population: Population
    cells: NDArray[np.int64]
    span: tuple[int, int] | None
    at: At | None = None

    def at_of(self, cells: NDArray[np.int64]) -> At | None:
        """The places of some of the cells, which lie side by side, by their numbers."""
        if self.at is None or self.at.is_single or self.span is None:
            return self.at
        return self.at.chosen(np.asarray(cells) - self.span[0])


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Event connections between two populations.

    Attributes:
        source, target: cells that lie side by side.
        synapse: attached to each target; None where events go straight to a port of the cells.
        out: the out-port of the sources.
        into: the in-port of the cells (or of the synapse).
        separate: whether every connection keeps a synapse of its own.
        heard_after: the synapse hears its cell after this many times the delay of its connection,
            and so many seconds more.
        source_at, target_at: of listed connections, a place along the cells of each one; None
            where their ends say it.
    """

    name: str
    source: Cells
    target: Cells
    synapse: Component | None
    out: str
    into: str
    connectivity: Connectivity
    separate: bool = False
    heard_after: tuple[float, float] = (0.0, 0.0)
    source_at: At | None = None
    target_at: At | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Coupling:
    """Values of sources that targets add up in every step.

    Attributes:
        source, target: cells that lie side by side.
        into: the property of the targets that is filled.
        psp: what a connection gives, in the names ``w``, ``pre.x`` and ``post.x``.
        operation: how what the connections of a cell give is combined.
        synapse: what each connection has of its own; then ``psp`` names what it exposes.
    """

    name: str
    source: Cells
    target: Cells
    into: str
    psp: Expr
    operation: str
    connectivity: Connectivity
    synapse: Component | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Junction:
    """Pairs of cells, each of which sees the other one: gap junctions and graded synapses.

    Attributes:
        source, target: cells that lie side by side.
        at_source, at_target: what is attached to them, one to each cell of a pair.
        connectivity: which pairs; their weights.
    """

    name: str
    source: Cells
    target: Cells
    at_source: Component
    at_target: Component
    connectivity: Connectivity


@dataclass(slots=True, eq=False)
class Input:
    """One instance of an input component for each of some cells."""

    name: str
    target: Cells
    component: Component
    settings: list[Setting] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A variable of some cells to record; ``path`` is what follows the cell in a path."""

    target: Cells
    path: str

    def steps(self) -> list[str]:
        """How paths lead from each of the cells to its place."""
        count = len(self.target.cells)
        return [""] * count if self.target.at is None else self.target.at.steps(count)


@dataclass(frozen=True, slots=True, eq=False)
class Spikes:
    """Events of some cells to record."""

    target: Cells
    port: str


@dataclass(slots=True, eq=False)
class Network:
    """All of it, in the order in which the user made it."""

    component: Component
    populations: list[Population] = field(default_factory=list)
    links: list[Projection | Coupling | Junction | Input] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    spikes: list[Spikes] = field(default_factory=list)

    @property
    def names(self) -> dict[str, str]:
        """What a path may begin with, and what that is."""
        found = {item.name: "the population" for item in self.populations}
        for item in self.links:
            kinds = {Input: "the input", Coupling: "the coupling", Junction: "the junctions"}
            found[item.name] = kinds.get(type(item), "the projection")
        return found
