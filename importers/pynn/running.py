"""The simulation of a network: values by population, recordings, time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.pynn.building import Builder
from annarchy_ml.importers.pynn.cells import factor_of
from annarchy_ml.importers.pynn.composed import engine_name
from annarchy_ml.importers.pynn.equations import SPIKE
from annarchy_ml.importers.pynn.wiring import parts_of

if TYPE_CHECKING:
    from annarchy_ml.importers.pynn.simulator import State


def started(state: State, before: Running | Idle | None = None) -> Running | Idle:
    """Builds, compiles and initializes the network that a script has described.

    Args:
        state: the network.
        before: what has run of it so far, and goes on with what has been added.
    """
    if not state.populations:
        return Idle(0 if before is None else before.step)
    if isinstance(before, Idle):
        before = before.running(state)
    links = [item.link_names() for item in state.projections]
    running = Running(state, Builder(state).build())
    running.initialize()
    if before is not None:
        for item in (*state.populations, *state.sources):
            item.keep(before)
        running.go_on_from(before, links)
    running.begin()
    return running


def _has_parts(population: Any) -> bool:
    """Whether its cells have a morphology."""
    return population.parts is not None


class Idle:
    """A network without cells, whose time passes."""

    def __init__(self, step: int) -> None:
        self.step = step

    def running(self, state: State) -> Running:
        """The same with a cell that does nothing, so that others can go on from its time."""
        made = Running(state, Builder(state).nothing())
        made.advance(self.step)
        return made

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
        live: its groups by name.
        timetables: their numbers, by population and state.
        known: names of what has run before, and goes on.
    """

    def __init__(self, state: State, model: Any) -> None:
        self.state = state
        self.timetables: dict[tuple[str, str], int] = {}
        self.known: frozenset[str] = frozenset()
        options = state.options
        self.simulation = model.compile(
            dt=state.dt * 1e-3,
            seed=options.get("seed"),
            method="auto" if any(map(_has_parts, state.populations)) else "reference",
            precision=options.get("precision", "double"),
            threads=options.get("threads"),
            device=options.get("device", "cpu"),
        )
        self.live = self.simulation.live

    @property
    def step(self) -> int:
        """Steps done."""
        return int(self.live.step)

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

    def go_on_from(self, before: Running, links: list[tuple[list[str], list[str]]]) -> None:
        """Goes on at the time and with the values of what has run so far."""
        names = ([name for item in links for name in item[kind]] for kind in (0, 1))
        self.live.go_on_from(before.live, *names)
        self.known = before.names
        self.live.hand_on(self.names - self.known)

    @property
    def names(self) -> frozenset[str]:
        """Names of what runs."""
        return frozenset(self.live.groups)

    def begin(self) -> None:
        """Makes everything ready for the next step, and records from now on."""
        for item in self.state.populations:
            if hasattr(item.celltype, "begin"):
                item.celltype.begin(self, item)
        for item in self.state.sources:
            item.begin(self)
        for item in self.state.populations:
            item.recorder.begin(self)

    def begin_again(self) -> None:
        """Back to time 0."""
        self.known = frozenset()
        self.simulation.reset()
        self.initialize()
        for item in self.state.populations:
            if hasattr(item.celltype, "begin"):
                item.celltype.begin(self, item)

    def put_state(self, population: Any, name: str, values: Any, rows: Any) -> None:
        """Gives cells other values of a state; names that the model has no state for are left."""
        if hasattr(population.celltype, "put_state"):
            population.celltype.put_state(self, population, (name, values, rows))
        elif self.live.is_divided(population.name):  # cells of files, in all of their compartments
            path = f"{population.name}/{name}"
            whole = self.simulation.get(path).reshape(population.size, -1)
            whole[rows] = np.asarray(values)[:, None] * factor_of(population, name)
            self.simulation.set(path, whole.ravel())
        else:
            found = self.live.field(population.name, engine_name(name))
            if found is not None:
                found[rows] = np.asarray(values) * factor_of(population, name)
        for part in parts_of(population):
            self.live.hand_on(self.live.attached(part.name))

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
        field, owner = engine_name(name), population.name
        found = self._instances(owner, cells)
        return self.record_fields([(owner, field, item) for item in found.tolist()], interval)

    def _instances(self, owner: str, cells: Any) -> Any:
        """The engine's instances of cells of a population or source, shape (n,): their somata."""
        return self.simulation.instances(owner, cells) if self.live.is_divided(owner) else cells

    def record_fields(self, sources: list[tuple[str, str, int]], interval: int) -> int:
        """Records fields of instances of groups from now on; gives the number of the recording."""
        return int(self.live.record(sources, interval))

    def record_spikes(self, population: Any, cells: Any) -> int:
        """Records the spikes of some cells from now on; gives the number of the recording."""
        group = population.name
        if population.parts is not None:  # these are of one part
            instances = population.celltype.instances(self, population, cells, None)
            group = population.parts.items[population.parts.part_of[cells[0]]].name
        else:
            instances = self._instances(group, cells)
        port = getattr(population.celltype, "spike_port", SPIKE)
        return int(self.live.record_events(group, port, instances))
