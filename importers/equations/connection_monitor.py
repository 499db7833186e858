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

    def _look_at(self, obj: Any) -> None:
        self.object = obj
        self.projection: Projection = obj.projection if isinstance(obj, Dendrite) else obj
        self._noted: dict[str, list[tuple[int, NDArray[np.float64]]]] = {}
        self._firsts: dict[str, NDArray[np.int64]] = {}
        self._widths: dict[str, int] = {}
        self._past: dict[str, list[tuple[int, NDArray[np.float64], NDArray[np.int64]]]] = {}

    def _check(self, name: str) -> None:
        known = self.projection.attributes
        if name not in known:
            hint = did_you_mean(name, known)
            what = f"the synapses of '{self.projection.name}' have no '{name}' to record"
            raise ANNarchyException(what + (f" ({hint})" if hint else ""))

    def _record(self, name: str) -> int:
        running = self.net.needed()
        places = self._places()
        self._firsts[name], self._widths[name] = self._beginnings(places), len(places)
        columns = running.columns(self.projection.name, name)
        if columns is None:
            self._noted[name] = [(running.step, self.projection.flat(name)[places])]
            return -1
        group, field, instances = columns
        return running.record_columns(group, field, instances[places])

    def _places(self) -> NDArray[np.int64]:
        """Which synapses, in the order of the projection's pairs: by post, then pre neuron."""
        if isinstance(self.object, Dendrite):
            return self.object._places
        pre, post, _, _ = self.projection.pairs()
        return np.lexsort((pre, post))

    def _beginnings(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the synapses of each post neuron begin among these."""
        return np.flatnonzero(np.diff(self.projection.pairs()[1][places], prepend=-1))

    def note(self, projection: Projection, name: str) -> None:
        """Values were set that the engine does not record."""
        if projection is self.projection and name in self._noted and self.net.running is not None:
            values = projection.flat(name)[self._places()]
            self._noted[name].append((self.net.running.step, values))

    def rewired(self, projection: Any) -> None:
        """Synapses have come or gone: what was recorded stays, the others are recorded anew."""
        if projection is not self.projection or self.net.running is None:
            return
        for name, (_, begun) in list(self._recordings.items()):
            self._past.setdefault(name, []).append((begun, self._rows(name), self._firsts[name]))
            self._noted.pop(name, None)
            self._recordings[name] = (self._record(name), self.net.running.step)

    def forget(self) -> None:
        """Nothing was recorded any more; what was not stopped goes on from step 0."""
        super().forget()
        self._past.clear()
        for name, changes in self._noted.items():
            self._noted[name] = [(0, changes[-1][1])]

    def _rows(self, name: str) -> NDArray[np.float64]:
        """A row for each step since these synapses were there."""
        number, begun = self._recordings[name]
        running = self.net.needed()
        if number >= 0:
            return running.rows(number, self._widths[name])[1:]
        steps = np.arange(begun, running.step)
        changes = self._noted[name]
        last = np.searchsorted([step for step, _ in changes], steps, side="right") - 1
        return np.array([values for _, values in changes])[last]

    def _values(self, name: str, keep: bool, reshape: bool) -> Any:
        if name not in self._recordings or self.net.running is None:
            return []
        begun = self._recordings[name][1]
        parts = [*self._past.get(name, []), (begun, self._rows(name), self._firsts[name])]
        found: list[Any] = []
        since = parts[0][0]
        for first, rows, firsts in parts:
            count = np.arange(first, first + len(rows))
            chosen = rows[self._inside(count) & self._due(count, since)]
            found.extend(self._shaped(name, row, firsts) for row in chosen)
        done = self._got.get(name, 0)
        if not keep:
            self._got[name] = len(found)
        return self._joined(name, found[done:])

    def _shaped(self, name: str, row: NDArray[np.float64], firsts: NDArray[np.int64]) -> Any:
        """One row: of a projection values by post neuron."""
        kind = self.projection.locality(name)
        if kind == "global" or (kind == "semiglobal" and isinstance(self.object, Dendrite)):
            return row[0]
        if isinstance(self.object, Dendrite):
            return row
        if kind == "semiglobal":
            return row[firsts]
        return [part.tolist() for part in np.split(row, firsts[1:])]

    def _joined(self, name: str, rows: list[Any]) -> Any:
        """All rows: an array, where they are as long as each other; a list by post neuron not."""
        nested = not isinstance(self.object, Dendrite) and self.projection.locality(name) == "local"
        if nested or len({np.size(row) for row in rows}) > 1:
            return rows
        return np.array(rows)


def made_for(obj: Any) -> Monitor:
    """A monitor that fits what it is to record."""
    from annarchy_ml.importers.equations.projection import Projection

    known = isinstance(obj, (Projection, Dendrite))
    made: Monitor = object.__new__(ConnectionMonitor if known else Monitor)
    return made
