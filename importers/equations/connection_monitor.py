"""Monitors of synapses: of a projection, or of the synapses of one neuron."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.importers.equations.attributes import Dendrite
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.monitor import Monitor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.projection import Projection


class ConnectionMonitor(Monitor):
    """Records variables of synapses.

    What equations or spikes change is recorded by the engine; of other values it is noted when they
    are set.
    """

    def __new__(cls, obj: Any = None, *_args: Any, **_options: Any) -> Monitor:
        """One for this projection or dendrite."""
        return object.__new__(cls)

    def _look_at(self, obj: Any) -> None:
        self.object = obj
        self.projection: Projection = obj.projection if isinstance(obj, Dendrite) else obj
        self._noted: dict[str, list[tuple[int, NDArray[np.float64]]]] = {}

    def _check(self, name: str) -> None:
        known = self.projection.attributes
        if name not in known:
            hint = did_you_mean(name, known)
            what = f"the synapses of '{self.projection.name}' have no '{name}' to record"
            raise ANNarchyException(what + (f" ({hint})" if hint else ""))

    @property
    def _places(self) -> NDArray[np.int64]:
        """Which synapses, in the order of the projection's pairs: by post, then pre neuron."""
        if isinstance(self.object, Dendrite):
            return self.object._places
        pre, post, _, _ = self.projection.pairs()
        return np.lexsort((pre, post))

    def _record(self, name: str) -> int:
        running = self.net.running
        assert running is not None
        columns = running.columns(self.projection.name, name)
        if columns is None:
            self._noted[name] = [(running.step, self.projection.flat(name)[self._places])]
            return -1
        group, field, instances = columns
        return running.record_columns(group, field, instances[self._places])

    def note(self, projection: Projection, name: str) -> None:
        """Values were set that the engine does not record."""
        if projection is self.projection and name in self._noted and self.net.running is not None:
            values = projection.flat(name)[self._places]
            self._noted[name].append((self.net.running.step, values))

    def forget(self) -> None:
        """Nothing was recorded any more; what was not stopped goes on from step 0."""
        super().forget()
        for name, changes in self._noted.items():
            self._noted[name] = [(0, changes[-1][1])]

    def _rows(self, name: str) -> NDArray[np.float64]:
        """A row for each step since the beginning."""
        number, begun = self._recordings[name]
        running = self.net.running
        assert running is not None
        if number >= 0:
            return running.rows(number, len(self._places))[1:]
        steps = np.arange(begun, running.step)
        changes = self._noted[name]
        last = np.searchsorted([step for step, _ in changes], steps, side="right") - 1
        return np.array([values for _, values in changes])[last]

    def _values(self, name: str, keep: bool, reshape: bool) -> Any:
        if name not in self._recordings or self.net.running is None:
            return []
        rows = self._rows(name)
        begun = self._recordings[name][1]
        count = np.arange(begun, begun + len(rows))
        rows = rows[self._inside(count) & self._due(count - begun)]
        done = self._got.get(name, 0)
        if not keep:
            self._got[name] = len(rows)
        return self._shaped(name, rows[done:])

    def _shaped(self, name: str, rows: NDArray[np.float64]) -> Any:
        """Of a dendrite [time, synapses]; of a projection a list by time and post neuron."""
        kind = self.projection.locality(name)
        if kind == "global":
            return rows[:, 0]
        if isinstance(self.object, Dendrite):
            return rows if kind == "local" else rows[:, 0]
        post = self.projection.pairs()[1][self._places]
        first = np.flatnonzero(np.diff(post, prepend=-1))
        if kind == "semiglobal":
            return rows[:, first]
        return [[part.tolist() for part in np.split(row, first[1:])] for row in rows]


def made_for(obj: Any) -> Monitor:
    """A monitor that fits what it is to record."""
    from annarchy_ml.importers.equations.projection import Projection

    known = isinstance(obj, (Projection, Dendrite))
    return object.__new__(ConnectionMonitor if known else Monitor)
