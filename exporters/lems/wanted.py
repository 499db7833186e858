"""What an export is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.exporters.lems.timetables import Rows, timed_type
from annarchy_ml.exporters.lems.types import Clock
from annarchy_ml.model.component import ComponentType
from annarchy_ml.model.document import Document
from annarchy_ml.model.network import Network, Population

if TYPE_CHECKING:
    from annarchy_ml.kernels.connectivity import Connections, Connectivity, Span
    from annarchy_ml.kernels.connectivity import Rows as CoupledRows


class Expand(Protocol):
    """Carries out rules, see `Connectivity`.

    Both take (begin, end) of sources and of targets, whether these are cells of one population, and
    the number of the projection or coupling.
    """

    def __call__(
        self, rule: Connectivity, ends: tuple[Span, Span], same: bool, number: int, /
    ) -> Connections:
        """The connections of a projection."""

    def rows(
        self, rule: Connectivity, ends: tuple[Span, Span], same: bool, number: int, /
    ) -> CoupledRows:
        """The connections of a coupling."""


@dataclass(slots=True)
class Wanted:
    """A network to be written.

    Attributes:
        document: its types and components.
        duration: of the simulation, in the unit of the clock.
        expand: carries out the rules of projections and couplings.
        trains: steps of the spikes of each neuron, of populations that are such sources.
        rows: timetables of the values of populations.
        synapses: what is recorded of the synapses of projections.
        exact: whether a step has to give the same numbers.
    """

    document: Document
    network: Network
    clock: Clock
    duration: float
    expand: Expand
    trains: dict[str, list[NDArray[np.int64]]] = field(default_factory=dict)
    rows: dict[str, Rows] = field(default_factory=dict)
    synapses: dict[str, list[str]] = field(default_factory=dict)
    exact: bool = True

    def type_of(self, population: Population) -> ComponentType:
        """The type of the neurons of a population."""
        made = self.document.types[population.component.type]
        rows = self.rows.get(population.name)
        if rows is None:
            return made
        return timed_type(made, population, rows, self.clock.dt)
