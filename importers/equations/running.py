"""A compiled network: its values by population, runs, recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from annarchy_ml.importers.equations.neuron_types import STOPPED
from annarchy_ml.importers.equations.stops import told_in_ms
from annarchy_ml.importers.equations.types import engine_name
from annarchy_ml.importers.equations.wired import Wired

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.values import Values

    Until = tuple[list[tuple[int, str]], bool]
    """Fields of which all or one must have something else than 0."""


class TimedRows(NamedTuple):
    """What happens at certain steps.

    Attributes:
        steps: shape (n,), ascending.
        values: shape (n, size): what the neurons get; empty with `cells`.
        cells: where rows begin, shape (n + 1,), and the neurons of each, which get 1; or None.
        period: steps after which all begins again; 0: never.
    """

    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    cells: tuple[NDArray[np.int64], NDArray[np.int32]] | None
    period: int


class Running(Wired):
    """A simulation as scripts see it: times in steps, values by population and attribute.

    Attributes:
        sharing: cuts a run into numbers of steps, and does what is to be done before each.
        drawn: steps whose random numbers were drawn before the last reset, and do not come again.
    """

    drawn = 0
    _later = 0

    sharing: Callable[[int], Iterable[int]] = staticmethod(lambda count: [count])

    @property
    def step(self) -> int:
        """Steps done."""
        return int(self.simulation.runtime.network.step)

    def show_later(self, count: int) -> None:
        """Equations see a time so many steps later than what was run."""
        if count != self._later:
            self.simulation.runtime.network.show_later(count)
        self._later = count

    def advance(self, count: int) -> None:
        """Runs so many steps."""
        self._run(count, None)

    def _run(self, count: int, until: Until | None) -> int:
        """Runs so many steps, or until conditions hold; gives how many it did."""
        with told_in_ms():
            return self._run_pieces(count, until)

    def _run_pieces(self, count: int, until: Until | None) -> int:
        done = 0
        for piece, due in self.growth.pieces(self.step, count):
            for part in self.sharing(piece):
                if until is None:
                    done += self.simulation.step(part)
                    continue
                done += self.simulation.step(part, until)
                if self._holds(*until):
                    return done
            for item in due:
                self.growth.carry_out(item, self.step)
        return done

    def _holds(self, fields: list[tuple[int, str]], all_of_them: bool) -> bool:
        """Whether the last step has left something else than 0 in fields."""
        found = [self.simulation.runtime.field(*item).flat[0] != 0.0 for item in fields]
        return all(found) if all_of_them else any(found)

    def advance_until(self, count: int, populations: list[str], all_of_them: bool) -> int:
        """Runs until the stop conditions of populations hold, or so many steps.

        Args:
            count: of steps at most.
            populations: names of those whose conditions count.
            all_of_them: whether all of them must hold, or one.

        Returns:
            The number of steps done.
        """
        fields = [(self._position[name], STOPPED) for name in populations]
        return self._run(count, (fields, all_of_them))

    def step_neurons(self, population: str, on: bool) -> None:
        """Whether the neurons of a population are stepped."""
        self.simulation.runtime.switch(self._position[population], on)

    def forget_spikes(self, population: str) -> None:
        """Spikes of a population that are under way never arrive."""
        self.simulation.runtime.network.forget_events(self._position[population])

    def reduce(self, population: str, kind: str, of: str, into: str) -> None:
        """Computes a value over all neurons in every step, which each of them gets."""
        group = self._position[population]
        self.simulation.look_at(group, of)
        self.simulation.runtime.network.add_pool((group, of), (group, into), kind)

    def add_timetable(self, population: str, name: str, rows: TimedRows) -> int:
        """Gives a state of neurons values at certain steps; gives the number of the timetable."""
        network, group = self.simulation.runtime.network, self._position[population]
        return network.add_timetable(
            (group, name), rows.steps, rows.values, rows.cells, rows.period
        )

    def set_timetable(self, number: int, rows: TimedRows, origin: int) -> None:
        """Other values from now on, whose steps count from another one."""
        network = self.simulation.runtime.network
        network.set_timetable(number, rows.steps, rows.values, rows.cells, rows.period, origin)

    def begin_again(
        self,
        populations: list[str],
        projections: list[str],
        weights: list[str],
        reseed: bool,
    ) -> None:
        """Back to time 0 with the start values, but for some.

        Args:
            populations: names of those whose neurons keep their values.
            projections: names of those whose synapses keep all but their weights.
            weights: names of those whose synapses keep their weights.
            reseed: whether random numbers start anew, instead of going on.
        """
        simulation = self.simulation
        self.drawn = 0 if reseed else self.drawn + self.step
        self.first_connections(but=weights)
        kept: list[tuple[int, str, NDArray[Any]]] = []
        for position in range(len(simulation.plan.groups)):
            name = self.owner(position)
            for item in simulation.runtime.kernel_of(position).fields:
                others = name in populations or (name in projections and item.name != "w")
                if others or (name in weights and item.name == "w"):
                    values = simulation.runtime.field(position, item.name).copy()
                    kept.append((position, item.name, values))
        simulation.reset()
        self._later = 0
        if self.drawn:
            simulation.runtime.network.draw_later(self.drawn)
        for position, name, values in kept:
            simulation.runtime.field(position, name)[...] = values

    def values(self, population: str, name: str) -> NDArray[np.float64]:
        """Values of all neurons, shape (size,)."""
        return np.array(self.simulation.get(f"{population}/{name}"))

    def put(self, population: str, name: str, values: Values) -> None:
        """Gives the neurons other values."""
        self.simulation.set(f"{population}/{name}", values)

    def constant_changed(self, name: str, value: float, owners: frozenset[str]) -> None:
        """A constant has another value from the next step on.

        Args:
            name: of the constant.
            value: its new value.
            owners: populations and projections with a parameter of this name of their own.
        """
        for position, group in enumerate(self.simulation.plan.groups):
            owner = self.owner(position)
            if engine_name(name) not in group.values or owner in owners:
                continue
            if owner in self.coupled:
                self.put_synapses(owner, name, value)
            else:
                self.put(group.name, engine_name(name), value)

    def sizes(self, projections: list[str]) -> dict[str, int]:
        """Bytes of populations and projections by name, and of all with what is recorded."""
        simulation = self.simulation
        found: dict[str, int] = {}
        for position in range(len(simulation.plan.groups)):
            owner = self.owner(position)
            fields = simulation.runtime.kernel_of(position).fields
            kept = sum(simulation.runtime.field(position, item.name).nbytes for item in fields)
            found[owner] = found.get(owner, 0) + kept
        for name in projections:
            coupled = name in self.coupled
            kept = simulation.coupling(name).bytes if coupled else simulation.bytes_of(name)
            found[name] = found.get(name, 0) + kept
        return {**found, "all": simulation.runtime.network.memory_bytes}

    def has(self, population: str, name: str) -> bool:
        """Whether the running model reads an attribute of the neurons of a population."""
        position = self._position[population]
        return any(item.name == name for item in self.simulation.runtime.kernel_of(position).fields)

    def record(self, population: str, name: str, cells: NDArray[np.int64]) -> int:
        """Records a variable of some neurons from now on; gives the number of the recording."""
        group = self._position[population]
        self.simulation.look_at(group, name)
        sources = [(group, name, cell) for cell in cells.tolist()]
        return self.simulation.runtime.network.record(sources)

    def rows(self, recording: int, columns: int) -> NDArray[np.float64]:
        """What was recorded, one row per step; the first row is that of the beginning."""
        found = np.array(self.simulation.runtime.network.rows(recording))
        return found.reshape(-1, columns + 1)[:, 1:]

    def record_spikes(self, population: str, port: str, cells: NDArray[np.int64]) -> int:
        """Records the spikes of some neurons from now on; gives the number of the recording."""
        network = self.simulation.runtime.network
        return network.record_group_events(self._position[population], port, cells)

    def spikes(self, recording: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Steps of all spikes, and positions of the neurons among the recorded ones."""
        times, which = self.simulation.runtime.network.events(recording)
        count = np.rint(np.asarray(times) / self.simulation.plan.dt).astype(np.int64)
        return count - 1, np.asarray(which).astype(np.int64)
