"""What PyNN asks of cells with morphology, and where the engine keeps their variables."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN import errors
from pyNN.parameters import ParameterSpace

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.importers.pynn.cable_cells import CableCell
from annarchy_ml.importers.pynn.cable_conductances import Conductances, Sums
from annarchy_ml.importers.pynn.cable_parts import SOURCE_SECTION, Part
from annarchy_ml.importers.pynn.morphology import Spot


class Shown:
    """What PyNN asks of a cell type.

    Attributes:
        ion_channels: by name.
        post_synaptic_entities: receptors by name.
    """

    ion_channels: Any
    post_synaptic_entities: Any
    parameter_space: ParameterSpace

    @property
    def native_parameters(self) -> ParameterSpace:
        """There are none that differ between cells."""
        return self.parameter_space

    def get_schema(self) -> dict[str, Any]:
        """Types of parameters that may differ between cells: there are none."""
        return {}

    def get_parameter_names(self) -> list[str]:
        """Names of the parameters that may differ between cells: there are none."""
        return []

    def has_parameter(self, name: str) -> bool:
        """Whether cells have a parameter of their own."""
        return False

    @property
    def default_initial_values(self) -> dict[str, float]:
        """Channels begin in the steady state of the first potential."""
        return {"v": -65.0}

    @property
    def factors(self) -> dict[str, float]:
        """How many SI units the units of variables are, where these differ."""
        found = {"v": 1e-3}
        for name, receptor in self.post_synaptic_entities.items():
            found.update({f"{name}.{own}": 1e-6 for own in receptor.recordable if own == "gsyn"})
        return found

    @property
    def receptor_types(self) -> list[str]:
        """Names of the receptors; cells without any can be joined by gap junctions."""
        return list(self.post_synaptic_entities) or [f"{SOURCE_SECTION}.gap"]

    @property
    def conductance_based(self) -> bool:
        """Whether weights are conductances."""
        receptors = self.post_synaptic_entities.values()
        return all(item.conductance_based for item in receptors)

    @property
    def recordable(self) -> list[str]:
        """Names of what can be recorded."""
        return ["spikes", *self.units]

    @property
    def units(self) -> dict[str, str]:
        """Units of what can be recorded."""
        found = {"v": "mV"}
        for name, channel in self.ion_channels.items():
            found.update({f"{name}.{state}": "dimensionless" for state in channel.states})
        for name, receptor in self.post_synaptic_entities.items():
            found.update({f"{name}.{own}": receptor.units[own] for own in receptor.recordable})
        return found

    def can_record(self, variable: str, location: Any = None) -> bool:
        """Whether a variable can be recorded; all but spikes and v are at a location."""
        if location is None:
            return variable in ("spikes", "v")
        return variable in self.units

    def describe(self, template: str = "modeltype_default.txt", engine: str = "default") -> Any:
        """A text about the type."""
        text = str(getattr(self, "label", type(self).__name__))
        return {"name": type(self).__name__} if template is None else text


class Kept(Shown):
    """Where the engine keeps what cells have along them."""

    def instances(self, running: Any, population: Any, rows: Any, spot: Spot | None) -> Any:
        """The engine's instances at a place of some cells of one part, shape (n,).

        Args:
            running: the simulation.
            population: of the cells.
            rows: their numbers.
            spot: the place; None for where spikes are sent.
        """
        part, own = _one_part(population, rows)
        place = part.cable.source if spot is None else part.cable.place(spot.section, spot.along)
        return running.simulation.instances(part.name, own, place)

    def put_state(self, running: Any, population: Any, change: tuple[str, Any, Any]) -> None:
        """Gives all compartments of cells that have it other values of a state.

        Args:
            running: the simulation.
            population: of the cells.
            change: name of the state, a value for each cell, numbers of the cells.
        """
        name, values, rows = change
        for number, which in population.parts.of(rows):
            part = population.parts.items[number]
            inner = "v" if name == "v" else part.cable.path_of(name, part.name)
            path = f"{part.name}/{inner}"
            found = running.simulation.get(path).reshape(len(part.rows), -1)
            given = np.asarray(values)[which][:, None] * (1e-3 if name == "v" else 1.0)
            found[population.parts.index[rows[which]]] = given
            running.simulation.set(path, found.ravel())

    def columns(self, running: Any, variable: Any, rows: Any, where: Any) -> Sums:
        """Where the engine keeps a variable of some cells of one part.

        Args:
            running: the simulation.
            variable: what is recorded.
            rows: numbers of the cells.
            where: (population, places); one column for each place of a cell, cell by cell.
        """
        population, places = where
        part = _one_part(population, rows)[0]
        at = [self.instances(running, population, rows, spot) for spot in places]
        found = np.stack(at, axis=1).reshape(-1).tolist()
        owner, _, own = variable.name.partition(".")
        if owner in self.post_synaptic_entities:
            listed = population.own_receptors.get((part.name, owner), ())
            given = Conductances(running.live, part, owner, listed)
            return Sums(given.at(instance) for instance in found)
        path = part.cable.path_of(variable.name, part.name) if own else "v"
        return Sums([(1.0, part.name, path, instance)] for instance in found)

    def check_recorded(self, name: str, cable: CableCell, places: list[Spot]) -> None:
        """Refuses to record what is not there.

        Args:
            name: of the variable.
            cable: of the cells.
            places: along them.

        Raises:
            RecordingError: If there is no such variable.
            UsageError: If a channel is not at one of the places.
        """
        if not self.can_record(name, places):
            raise errors.RecordingError(name, self)
        channel = name.partition(".")[0]
        for spot in places if channel in self.ion_channels else ():
            if not cable.has(channel, spot.section):
                raise UsageError(
                    f"'{name}' cannot be recorded at '{spot.label}': there is no '{channel}' in "
                    f"'{cable.name_of(spot.section)}'"
                )


def _one_part(population: Any, rows: Any) -> tuple[Part, Any]:
    """The part of cells that are all of one, and their numbers in it."""
    parts = population.parts
    return parts.items[parts.part_of[rows[0]]], parts.index[rows]
