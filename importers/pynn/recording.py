"""What is recorded of a population: traces and spikes, kept by the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import quantities as pq
from pyNN import recording

from annarchy_ml import api
from annarchy_ml.importers.pynn import simulator
from annarchy_ml.importers.pynn.cells import factor_of

SPIKES = "spikes"


@dataclass(slots=True)
class Trace:
    """A variable of some cells that the engine records.

    Attributes:
        rows: numbers of the cells in their population, shape (n,).
        number: of the engine's recording; None until there is a simulation.
        past: what was recorded by simulations that have ended: samples of shape (n_samples, n), or
            (cells, steps) of spikes.
        places: columns of each cell.
        sums: which columns are sums of what the engine records; None where they are what it does.
        phase: which row of the engine is the first sample; above 0 where none was due at first.
        every: which rows after that are samples: 1 for all.
    """

    rows: Any
    number: int | None = None
    past: list[Any] = field(default_factory=list)
    places: int = 1
    sums: Any = None
    phase: int = 0
    every: int = 1

    def samples(self, live: Any) -> Any:
        """What the engine has recorded, shape (n_samples, n)."""
        count = len(self.rows) * self.places if self.sums is None else len(self.sums.sources)
        rows = live.rows(self.number, count)[self.phase :: self.every]
        return rows if self.sums is None else self.sums.of(rows)

    def begin(self, since: int, interval: int) -> int:
        """Before a recording begins, so many steps after a sample; gives the engine's interval."""
        self.phase, self.every = (interval - since, interval) if since else (0, 1)
        return 1 if since else interval

    def joined(self, rows: Any) -> Any:
        """The samples of a simulation behind those of the ones before it, which have the first."""
        new = rows if self.phase else rows[1:]
        return np.concatenate([*self.past, new]) if self.past else rows


class Recorder(recording.Recorder):
    """Records one population."""

    _simulator = simulator

    def __init__(self, population: Any, file: Any = None) -> None:
        recording.Recorder.__init__(self, population, file)
        self.traces: dict[Any, list[Trace]] = {}

    @property
    def metadata(self) -> dict[str, Any]:
        """What PyNN tells of a population, and how it was recorded, with what NWB asks for."""
        known: dict[str, Any] = super().metadata
        return simulator.state.provenance() | known

    def _record(self, variable: Any, new_ids: Any, sampling_interval: Any = None) -> None:
        if sampling_interval is not None and variable.name != SPIKES:
            steps = sampling_interval / simulator.state.dt
            if abs(steps - round(steps)) > 1e-9 or round(steps) < 1:
                raise ValueError(
                    f"sampling_interval {sampling_interval} is no multiple of the time step "
                    f"{simulator.state.dt}"
                )
            self.sampling_interval = sampling_interval
        if not new_ids:
            return
        rows = np.sort(np.fromiter(new_ids, int, len(new_ids))) - int(self.population.first_id)
        made = Trace(rows, places=self._places(variable))
        if not self.traces:
            self._recording_start_time = simulator.state.t * pq.ms
        self.traces.setdefault(variable, []).append(made)
        running = simulator.state.simulation
        if running is not None:
            self._begin(running, variable, made)

    def _places(self, variable: Any) -> int:
        """How many places of each cell are recorded."""
        return 1

    def _steps_since_sample(self) -> int:
        """Steps from the last sample until now."""
        begun = round(float(self._recording_start_time) / simulator.state.dt)
        interval: int = round(self.sampling_interval / simulator.state.dt)
        return (simulator.state.step - begun) % max(interval, 1)

    def begin(self, running: Any) -> None:
        """Records in a simulation that has just been made."""
        for variable, traces in self.traces.items():
            for item in traces:
                self._begin(running, variable, item)

    def keep(self, running: Any) -> None:
        """Keeps what was recorded in a simulation that ends here, with the present samples."""
        for variable, traces in self.traces.items():
            for item in traces:
                if item.number is None:
                    continue
                if variable.name == SPIKES:
                    item.past.append(tuple(map(np.array, running.live.events(item.number))))
                else:
                    rows = item.samples(running.live)
                    item.past = [np.array(item.joined(rows))]
                item.number = None

    def forget_past(self) -> None:
        """Forgets what was recorded by simulations that have ended."""
        for traces in self.traces.values():
            for item in traces:
                item.past.clear()
                item.phase = 0  # the next sample is that of now

    def _begin(self, running: Any, variable: Any, item: Trace) -> None:
        if variable.name != SPIKES:
            interval = round(self.sampling_interval / simulator.state.dt)
            interval = item.begin(self._steps_since_sample(), interval)
            item.number = self._started(running, variable, item, interval)
        elif not hasattr(self.population.celltype, "trains"):
            item.number = running.record_spikes(self.population, item.rows)

    def _started(self, running: Any, variable: Any, item: Trace, interval: int) -> int:
        """The number of the engine's recording of a variable that begins now."""
        number: int = running.record(self.population, variable.name, item.rows, interval)
        return number

    def _get_current_segment(
        self, filter_ids: Any = None, variables: Any = "all", clear: bool = False
    ) -> Any:
        """What was recorded since the last reset; a spike train is made when it is looked at."""
        segment = super()._get_current_segment(filter_ids, variables, clear)
        segment.spiketrains = api.lazy_trains(segment.spiketrains)
        return segment

    def _get_spiketimes(self, ids: Any, clear: bool = False) -> Any:
        """(ids, times [ms]) of all spikes; of one cell its times."""
        many = hasattr(ids, "__len__")
        wanted = np.atleast_1d(np.asarray(ids, int)) - int(self.population.first_id)
        cells, times = self._spikes()
        kept = np.isin(cells, wanted)
        if not many:
            return times[kept]
        return cells[kept] + int(self.population.first_id), times[kept]

    def _spikes(self) -> tuple[Any, Any]:
        """Cells and times [ms] of spikes since the last clearing."""
        since = float(self._recording_start_time)
        celltype = self.population.celltype
        if hasattr(celltype, "trains"):
            known: tuple[Any, Any] = celltype.trains(self.population, since, simulator.state.t)
            return known
        found: list[tuple[Any, Any]] = []
        for traces in (self.traces.get(key, []) for key in self.traces if key.name == SPIKES):
            for item in traces:
                now = simulator.state.ready().live.events(item.number)
                found.extend((item.rows[cells], steps) for cells, steps in (*item.past, now))
        if not found:
            return np.zeros(0, int), np.zeros(0)
        cells, steps = (np.concatenate(part) for part in zip(*found, strict=True))
        return cells, steps * simulator.state.dt

    def _get_all_signals(self, variable: Any, ids: Any, clear: bool = False) -> tuple[Any, Any]:
        """Samples of shape (n_samples, n_cells), and no times: they are regular."""
        wanted = np.fromiter(ids, int, len(ids)) - int(self.population.first_id)
        traces = self.traces.get(variable, [])
        running = simulator.state.ready()
        columns: dict[int, Any] = {}
        for item in traces:
            rows = item.joined(item.samples(running.live))
            rows = rows / factor_of(self.population, variable.name)
            own = np.split(rows, len(item.rows), axis=1)
            columns.update(zip(item.rows.tolist(), own, strict=True))
        length = self._samples()
        if len(traces) == 1 and len(rows) == length and np.array_equal(traces[0].rows, wanted):
            return rows, None
        places = traces[0].places if traces else 1
        signals = np.full((length, len(wanted), places), np.nan)
        for place, cell in enumerate(wanted.tolist()):
            signals[length - len(columns[cell]) :, place] = columns[cell]
        return signals.reshape(length, -1), None

    def _samples(self) -> int:
        """Samples since the recording began; signals that began later have NaN in front."""
        begun = round(float(self._recording_start_time) / simulator.state.dt)
        interval: int = round(self.sampling_interval / simulator.state.dt)
        return (simulator.state.step - begun) // interval + 1

    def _local_count(self, variable: Any, filter_ids: Any = None) -> dict[int, int]:
        ids = sorted(self.filter_recorded(variable, filter_ids))
        found, _ = self._get_spiketimes(ids)
        counts = np.bincount(found - int(self.population.first_id), minlength=self.population.size)
        first = int(self.population.first_id)
        return {int(item): int(counts[int(item) - first]) for item in ids}

    def _clear_simulator(self) -> None:
        """Frees what was recorded; signals go on with their present samples."""
        self.forget_past()
        running = simulator.state.simulation
        if running is None:
            return
        begun = [
            (variable.name, item.number)
            for variable, traces in self.traces.items()
            for item in traces
            if item.number is not None
        ]
        running.live.drop_rows([number for name, number in begun if name != SPIKES])
        for name, number in begun:
            if name == SPIKES:
                running.live.drop_events(number)

    def _reset(self) -> None:
        self.traces = {}
