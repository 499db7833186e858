"""The simulation of a network: values by population, recordings, time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.pynn.building import Builder
from annarchy_ml.importers.pynn.cells import factor_of
from annarchy_ml.importers.pynn.composed import engine_name
from annarchy_ml.importers.pynn.equations import SPIKE
from annarchy_ml.session.looking import looked_up

if TYPE_CHECKING:
    from annarchy_ml.importers.pynn.simulator import State


def started(state: State) -> Running | Idle:
    """Builds, compiles and initializes the network that a script has described."""
    if not state.populations:
        return Idle()
    running = Running(state, Builder(state).build())
    for item in state.populations:
        if hasattr(item.celltype, "begin"):
            item.celltype.begin(running, item)
    for item in state.sources:
        item.begin(running)
    running.initialize()
    for item in state.populations:
        item.recorder.begin(running)
    return running


def _has_parts(population: Any) -> bool:
    """Whether its cells have a morphology."""
    return hasattr(population.celltype, "cable")


class Idle:
    """A network without cells, whose time passes."""

    step = 0

    def advance(self, steps: int) -> None:
        """Lets so many steps pass."""
        self.step += steps

    def begin_again(self) -> None:
        """Back to time 0."""
        self.step = 0


class Running:
    """A compiled network.

    Attributes:
        simulation: of the engine.
        timetables: their numbers, by population and state.
    """

    def __init__(self, state: State, model: Any) -> None:
        self.state = state
        self.timetables: dict[tuple[str, str], int] = {}
        options = state.options
        self.simulation = model.compile(
            dt=state.dt * 1e-3,
            seed=options.get("seed"),
            method="auto" if any(map(_has_parts, state.populations)) else "reference",
            precision=options.get("precision", "double"),
            threads=options.get("threads"),
            device=options.get("device", "cpu"),
        )
        plan = self.simulation.plan
        self._position = {item.name: number for number, item in enumerate(plan.groups)}

    @property
    def network(self) -> Any:
        """The engine's network."""
        return self.simulation.runtime.network

    @property
    def step(self) -> int:
        """Steps done."""
        return int(self.network.step)

    def advance(self, steps: int) -> None:
        """Runs so many steps."""
        self.simulation.step(steps)

    def initialize(self) -> None:
        """Gives states and weights their initial values."""
        for item in self.state.populations:
            for name, values in item.starts.items():
                self.put_state(item, name, values, item.rows)
        for item in self.state.sources:
            item.initialize(self)
        for item in self.state.projections:
            item.initialize_in(self)

    def begin_again(self) -> None:
        """Back to time 0."""
        self.simulation.reset()
        self.initialize()
        for item in self.state.populations:
            item.recorder.began_again()
            if hasattr(item.celltype, "begin"):
                item.celltype.begin(self, item)

    def field(self, name: str, field: str) -> Any:
        """A view of a field of a group; None if it has none of this name."""
        position = self._position[name]
        kernel = self.simulation.runtime.kernel_of(position)
        if not any(item.name == field for item in kernel.fields):
            return None
        return self.simulation.runtime.field(position, field)

    def group(self, name: str) -> Any:
        """The instances of a population as the compiler knows them."""
        links = looked_up(self.simulation).links
        assert links is not None
        return next(item for item in links.network.groups if item.name == name)

    def put_state(self, population: Any, name: str, values: Any, rows: Any) -> None:
        """Gives cells other values of a state; names that the model has no state for are left."""
        if hasattr(population.celltype, "put_state"):
            population.celltype.put_state(self, population, (name, values, rows))
            return
        found = self.field(population.name, engine_name(name))
        if found is not None:
            found[rows] = np.asarray(values) * factor_of(population, name)

    def put_parameters(self, population: Any, names: list[str]) -> None:
        """Gives cells the parameters that their population has by now."""
        if hasattr(population.celltype, "parameters_changed"):
            population.celltype.parameters_changed(self, population)
            return
        for name, values in population.numbers().items():
            if any(name == item or name.startswith(f"{item}_") for item in names):
                self.set(population.name, name, values)

    def set(self, owner: str, name: str, values: Any) -> None:
        """Gives a parameter other values: one where they are all the same."""
        given = np.asarray(values, float)
        same = given.ndim == 0 or bool(np.all(given == given.flat[0]))
        self.simulation.set(f"{owner}/{name}", float(given.flat[0]) if same else given)

    def put(self, owner: str, name: str, values: Any) -> None:
        """Gives states of synapses other values, in the order of the engine's connections."""
        self.simulation.set(f"{owner}/{name}", values)

    def record(self, population: Any, name: str, cells: Any, interval: int) -> int:
        """Records a state of some cells from now on; gives the number of the recording."""
        group = self._position[population.name]
        field = engine_name(name)
        sources = [(group, field, cell) for cell in cells.tolist()]
        return self.record_fields(sources, interval)

    def record_fields(self, sources: list[tuple[int, str, int]], interval: int) -> int:
        """Records fields of instances of groups from now on; gives the number of the recording."""
        return int(self.network.record(sources, interval))

    def hosts(self, name: str) -> tuple[int, list[int]] | None:
        """The number of a group of synapses, and the instances they are on; None if none is."""
        if name not in self._position:
            return None
        found = self.simulation.plan.groups[self._position[name]].host_index
        return self._position[name], np.asarray(found).tolist()

    def position(self, name: str) -> int:
        """The number of a group in the plan."""
        return self._position[name]

    def count_rows(self, recording: int, columns: int) -> int:
        """Samples recorded so far."""
        return int(np.asarray(self.network.rows(recording)).size // (columns + 1))

    def rows(self, recording: int, columns: int) -> Any:
        """Samples, shape (n_samples, n_cells)."""
        found = np.asarray(self.network.rows(recording))
        return found.reshape(-1, columns + 1)[:, 1:]

    def record_spikes(self, population: Any, cells: Any) -> int:
        """Records the spikes of some cells from now on; gives the number of the recording."""
        group, instances = self._position[population.name], cells
        if hasattr(population.celltype, "instances"):
            instances = population.celltype.instances(self, population, cells, None)
        return int(self.network.record_group_events(group, SPIKE, instances))

    def spikes(self, recording: int) -> tuple[Any, Any]:
        """Places of cells among the recorded ones, and steps, of all spikes."""
        times, which = self.network.events(recording)
        steps = np.rint(np.asarray(times) / self.simulation.plan.dt).astype(np.int64)
        return np.asarray(which).astype(np.int64), steps

    def add_timetable(self, name: str, field: str, rows: tuple[Any, Any, Any]) -> int:
        """Fills a state at certain steps; gives the number of the timetable.

        Args:
            name: of the group.
            field: its state.
            rows: steps, values of shape (n, size), and (row_ptr, cells) or None.
        """
        steps, values, cells = rows
        return int(self.network.add_timetable((self._position[name], field), steps, values, cells))

    def set_timetable(self, number: int, rows: tuple[Any, Any, Any]) -> None:
        """Other rows for a timetable."""
        self.network.set_timetable(number, *rows)
