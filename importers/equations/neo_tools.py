"""What a monitor has recorded, for Neo."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.types import AXON_SPIKE, SPIKE

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.network import Network
    from annarchy_ml.importers.equations.population import Population


class NeoTools(ABC):
    """A monitor, as Neo asks it."""

    net: Network
    name: str
    period: float | None
    population: Population
    variables: list[str]
    segments: list[tuple[int, int | None]]

    @abstractmethod
    def get(self, variables: Any = None, keep: bool = False, reshape: bool = True) -> Any:
        """What was recorded."""

    def to_neo(self) -> Any:
        """What was recorded and not forgotten, as a `neo.Block`."""
        values = {name: self.get(name, keep=True, reshape=False) for name in self.variables}
        events = [values.pop(name) for name in (SPIKE, AXON_SPIKE) if name in values]
        if len(events) > 1:
            raise ANNarchyException("a block holds one kind of spikes, not both: use two monitors")
        spikes = events[0] if events else None
        period = self.net.dt if self.period is None else self.period
        begin = self.segments[0][0] * self.net.dt if self.segments else 0.0
        now = 0.0 if self.net.running is None else self.net.running.step * self.net.dt
        trains = None
        if spikes is not None:
            trains = {rank: np.asarray(item) * self.net.dt for rank, item in spikes.items()}
        name = self.name or self.population.name
        return self.net._as_block(name, values, trains, (begin, max(begin, now), period))
