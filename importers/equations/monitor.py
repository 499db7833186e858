"""Monitors: what is recorded of populations, and statistics of spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.neo_tools import NeoTools
from annarchy_ml.importers.equations.population import Population, PopulationView
from annarchy_ml.importers.equations.projection import population_of
from annarchy_ml.importers.equations.segments import Segments
from annarchy_ml.importers.equations.spike_tools import SpikeTools
from annarchy_ml.importers.equations.types import (
    AXON_SPIKE,
    SPIKE,
    engine_name,
    engine_sum,
    seen,
)
from annarchy_ml.importers.equations.values import time_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network

Spikes = dict[int, list[int]]
EVENTS = (SPIKE, AXON_SPIKE)


class Monitor(Segments, NeoTools, SpikeTools):
    """Records variables of a population or a view.

    Attributes:
        variables: names of what is recorded.
        segments: (first step, last step or None) of each stretch of recording.
    """

    def __init__(
        self,
        obj: Any,
        variables: Any = (),
        period: float | None = None,
        period_offset: float | None = None,
        start: bool = True,
        name: str = "",
        net: Network | None = None,
    ) -> None:
        self.net, self.name = net or obj.net, name
        self._look_at(obj)
        self.variables = [variables] if isinstance(variables, str) else list(variables)
        self.segments: list[tuple[int, int | None]] = []
        self._set_period(
            None if period is None else time_of(period, "the period"),
            None if period_offset is None else time_of(period_offset, "the period_offset"),
        )
        for item in self.variables:
            self._check(item)
        self._recordings: dict[str, tuple[int, int]] = {}
        self._got: dict[str, int] = {}
        self._earlier: dict[str, Any] = {}
        self.ended: list[tuple[int, int]] = []
        self._carried, self._started = False, start
        self.net._watch(self)

    def __new__(cls, obj: Any = None, *_args: Any, **_options: Any) -> Monitor:
        """Of synapses it is one of its own kind."""
        if cls is Monitor and not isinstance(obj, (Population, PopulationView)):
            from annarchy_ml.importers.equations.connection_monitor import made_for

            return made_for(obj)
        return super().__new__(cls)

    def _look_at(self, obj: Any) -> None:
        self.object = self.net._own_cells(obj, "what a monitor records")
        self.population: Population = population_of(self.object)
        self.cells = np.asarray(self.object.ranks)

    def _check(self, name: str) -> None:
        neuron = self.population.neuron_type
        if name in EVENTS and (neuron.spike if name == SPIKE else neuron.axon_spike) is not None:
            return
        sums = [engine_sum(item) for item in self._targets()]
        known = (*self.population._names(), *([] if self.population.neuron_type.spiking else sums))
        if name not in known:
            hint = did_you_mean(name, (*known, SPIKE))
            what = f"'{self.population.name}' has no '{name}' to record"
            raise ANNarchyException(what + (f" ({hint})" if hint else ""))

    def attach(self) -> None:
        """Begins to record, as soon as the network is compiled."""
        running = self.net.running
        if running is None or not self._started:
            return
        for item in self.variables:
            if item not in self._recordings:
                self._recordings[item] = (self._record(item), running.step)
        if not self.segments:
            self.segments.append((running.step, None))

    def _record(self, name: str) -> int:
        """Begins to record a variable; gives the number of the recording."""
        running = self.net.needed()
        if name in EVENTS:
            return running.record_spikes(self.population.name, name, self.cells)
        return running.record(self.population.name, self._field(name), self.cells)

    def _field(self, name: str) -> str:
        """Conductances are recorded as the neurons see them."""
        if name.startswith("g_") and name[2:] in self._targets():
            return seen(name[2:])
        return engine_name(name)

    def _targets(self) -> tuple[str, ...]:
        return (*self.population.neuron_type.targets, *self.population.targets)

    def note(self, projection: Any, name: str) -> None:
        """Values of synapses were set, which monitors of neurons do not see."""

    def rewired(self, projection: Any) -> None:
        """Synapses have come or gone, which monitors of neurons do not see."""

    def detach(self) -> None:
        """Nothing is recorded yet: its network is a copy of another one."""
        self.segments, self._recordings, self._got, self._earlier = [], {}, {}, {}
        self._paces = [(0, *self._paces[-1][1:])]
        self.ended = []

    def start(self, variables: Any = None, period: Any = None) -> None:
        """Begins to record.

        Args:
            variables: further ones to be recorded.
            period: another one [ms].
        """
        given = [variables] if isinstance(variables, str) else list(variables or ())
        for item in given:
            self._check(item)
            if item not in self.variables:
                self.variables.append(item)
        if period is not None:
            self.period = period
        self._started = True
        self.attach()
        self.resume()

    def reset(self) -> None:
        """Forgets what was recorded so far."""
        for item in self.variables:
            self.get(item)
        running = self.net.running
        if running is not None and self.segments:
            stopped = self.segments[-1][1] is not None
            self.segments = [(running.step, running.step if stopped else None)]
            self.ended.clear()
            self._got.clear()

    def get(
        self,
        variables: Any = None,
        keep: bool = False,
        reshape: bool = True,
        force_dict: bool = False,
    ) -> Any:
        """What was recorded since the last call, which then is forgotten unless ``keep``.

        Args:
            variables: a name, several, or None for all as a dictionary.
            keep: whether the next call gives it again.
            reshape: whether values have the geometry of the population.
            force_dict: whether one name gives a dictionary, too.

        Returns:
            For ``spike`` a dictionary of steps by rank, else an array [time, neurons].
        """
        if isinstance(variables, str):
            found = self._one(variables, keep, reshape)
            return {variables: found} if force_dict else found
        names = self.variables if variables is None else variables
        return {name: self._one(name, keep, reshape) for name in names}

    def _one(self, name: str, keep: bool, reshape: bool) -> Any:
        if name not in self.variables:
            raise ANNarchyException(f"the monitor does not record '{name}'")
        events = name in EVENTS
        found = self._events(name, keep) if events else self._values(name, keep, reshape)
        if name not in self._earlier:
            return found
        return joined(self._earlier[name] if keep else self._earlier.pop(name), found)

    def _spikes(self, keep: bool) -> Spikes:
        return self._events(SPIKE, keep)

    def _events(self, name: str, keep: bool) -> Spikes:
        found: Spikes = {int(rank): [] for rank in self.cells}
        if name not in self._recordings or self.net.running is None:
            return found
        count, which = self.net.running.spikes(self._recordings[name][0])
        inside = self._inside(count)
        count, which = count[inside], which[inside]
        done = self._got.get(name, 0)
        for step, place in zip(count[done:].tolist(), which[done:].tolist(), strict=True):
            found[int(self.cells[place])].append(step)
        if not keep:
            self._got[name] = len(count)
        return found

    def _values(self, name: str, keep: bool, reshape: bool) -> NDArray[np.float64]:
        shape = self._shape() if reshape else (len(self.cells),)
        if name not in self._recordings or self.net.running is None:
            return np.zeros((0, *shape))
        rows = self.net.running.rows(self._recordings[name][0], len(self.cells))[1:]
        begun = self._recordings[name][1]
        count = np.arange(begun, begun + len(rows))
        rows = rows[self._inside(count) & self._due(count, begun)]
        done = self._got.get(name, 0)
        if not keep:
            self._got[name] = len(rows)
        return rows[done:].reshape(-1, *shape)

    def _shape(self) -> tuple[int, ...]:
        whole = isinstance(self.object, Population)
        return self.population.geometry if whole else (len(self.cells),)


def joined(earlier: Any, later: Any) -> Any:
    """What was recorded before a reset, and since."""
    if isinstance(later, dict):
        return {rank: [*earlier[rank], *found] for rank, found in later.items()}
    if isinstance(earlier, list) or isinstance(later, list):
        return [*earlier, *later]
    return np.concatenate([earlier.reshape(-1, *later.shape[1:]), later])
