"""What stands in a NeuroML file: components, and a network in which every connection is listed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from annarchy_ml.model.component import Component

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]


class Ends(NamedTuple):
    """Where connections or inputs are.

    Attributes:
        population: its name.
        cells: shape (n,).
        segments: shape (n,); None for cells without segments.
        alongs: fractions along them, shape (n,).
    """

    population: str
    cells: Integers
    segments: Integers | None
    alongs: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class ListedProjection:
    """Event connections: a synapse, both ends, factors of the synapse, delays [s]."""

    name: str
    synapse: str
    pre: Ends
    post: Ends
    weights: Floats
    delays: Floats


@dataclass(frozen=True, slots=True, eq=False)
class ListedJunctions:
    """Pairs of cells that see each other: what is on both ends, and factors of it."""

    name: str
    components: tuple[str, str]
    pre: Ends
    post: Ends
    weights: Floats


@dataclass(frozen=True, slots=True, eq=False)
class ListedInputs:
    """Instances of an input component."""

    name: str
    component: str
    target: Ends


@dataclass(slots=True, eq=False)
class Contents:
    """What stands in a file.

    Attributes:
        name: of the network.
        temperature: as text, or empty.
        components: all that it uses.
        populations: name, component and size of each.
        traces: paths to record; without the cells.
        spikes: population, cells and port of recorded events.
    """

    name: str
    temperature: str = ""
    components: list[Component] = field(default_factory=list)
    populations: list[tuple[str, str, int]] = field(default_factory=list)
    projections: list[ListedProjection] = field(default_factory=list)
    junctions: list[ListedJunctions] = field(default_factory=list)
    inputs: list[ListedInputs] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    spikes: list[tuple[str, list[int], str]] = field(default_factory=list)
