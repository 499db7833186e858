"""What a monitor has recorded, for files and for Neo."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.files.formats import Filename, write
from annarchy_ml.importers.equations.types import AXON_SPIKE, SPIKE

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.network import Network
    from annarchy_ml.importers.equations.population import Population


def _kept(values: Any) -> Any:
    """What was recorded as files take it: spikes as steps by rank, all else as arrays.

    Raises:
        ANNarchyException: If the synapses that were recorded are not as many for each neuron.
    """
    if isinstance(values, dict):
        return {str(rank): np.asarray(found, np.int64) for rank, found in values.items()}
    try:
        return np.asarray(values, float)
    except ValueError as fault:
        raise ANNarchyException("rows of different lengths have no place in a file") from fault


class NeoTools(ABC):
    """A monitor, as Neo asks it."""

    net: Network
    name: str
    population: Population
    variables: list[str]
    cells: Any
    segments: list[tuple[int, int | None]]

    @property
    @abstractmethod
    def period(self) -> float:
        """Time between rows [ms]."""

    @abstractmethod
    def get(
        self,
        variables: Any = None,
        keep: bool = False,
        reshape: bool = True,
        force_dict: bool = False,
    ) -> Any:
        """What was recorded."""

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def save(
        self, filename: Filename, variables: Any = None, keep: bool = False, reshape: bool = True
    ) -> None:
        """Writes what `get` gives into a file: ``.npz``, ``.mat``, or a pickle."""
        found = self.get(variables, keep, reshape, force_dict=True)
        write(filename, {name: _kept(values) for name, values in found.items()})

    def to_neo(self) -> Any:
        """What was recorded and not forgotten, as a `neo.Block`."""
        values = {name: self.get(name, keep=True, reshape=False) for name in self.variables}
        events = [values.pop(name) for name in (SPIKE, AXON_SPIKE) if name in values]
        if len(events) > 1:
            raise ANNarchyException("a block holds one kind of spikes, not both: use two monitors")
        steps = events[0] if events else None
        period = self.period
        begin = self.segments[0][0] * self.net.dt if self.segments else 0.0
        now = 0.0 if self.net.running is None else self.net.running.step * self.net.dt
        name, times = self.name or self.population.name, (begin, max(begin, now), period)
        told = {"population": self.population.name, "dt": self.net.dt, **self._provenance()}
        return self.net._as_block(name, values, steps, times, self.cells, told)

    def _provenance(self) -> dict[str, Any]:
        running = self.net.running
        if running is None:
            return {}
        made: dict[str, Any] = running.simulation.live.provenance()
        return made
