"""Cells with morphology: PyNN's MultiCompartmentNeuron as a ``cell`` of NeuroML.

Before: a morphology, channels with their densities over it, receptors with their places. After: one
component of the model for each population; places along it are segments and fractions.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from pyNN import errors
from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import cells

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.importers.pynn.cable_cells import CableCell, receptor_component
from annarchy_ml.importers.pynn.morphology import Spot, spots
from annarchy_ml.importers.pynn.shapes import shape_of
from annarchy_ml.importers.pynn.synapses import uniform, whole_delays
from annarchy_ml.model.cable_places import by_cell, placed
from annarchy_ml.model.network import At

SEGMENT, ALONG = "postsynaptic_segment", "postsynaptic_fraction"
"""Columns of connections: where along their cells they end."""
_OWN = ("morphology", "cm", "Ra", "ionic_species")


class MultiCompartmentNeuron(cells.MultiCompartmentNeuron):
    """A cell with a morphology, ion channels and receptors along it.

    Attributes:
        ion_channels: channels by name; classes of those of a script.
        post_synaptic_entities: receptors by name.
        cable: what all cells of the type are.
    """

    __doc__ = cells.MultiCompartmentNeuron.__doc__
    translations: ClassVar[Any] = {}
    ion_channels: Any = MappingProxyType({})
    post_synaptic_entities: Any = MappingProxyType({})
    spike_source = None

    def __init__(self, **parameters: Any) -> None:
        self.ion_channels = _made(type(self).ion_channels, parameters)
        self.post_synaptic_entities = _made(type(self).post_synaptic_entities, parameters)
        for name in parameters:
            if name not in _OWN:
                known = [*_OWN, *self.ion_channels, *self.post_synaptic_entities]
                raise errors.NonExistentParameterError(name, type(self).__name__, known)
        self.parameter_space = ParameterSpace({}, {}, shape=None, component=type(self))
        if parameters.get("morphology") is None:
            raise UsageError(f"{type(self).__name__} needs a morphology")
        self.cable = CableCell(
            shape_of(parameters["morphology"]),
            parameters.get("cm", 1.0),
            parameters.get("Ra", 35.4),
            parameters.get("ionic_species") or {},
            self.ion_channels,
        )
        self._receptor_spots = {name: self._placed(name) for name in self.post_synaptic_entities}

    def _placed(self, name: str) -> list[Spot]:
        """Where a receptor is."""
        given = self.post_synaptic_entities[name].parameter_space["locations"].base_value
        if isinstance(given, (int, float)):
            raise UsageError(
                f"the receptor '{name}' needs 'locations'",
                hint="such as sim.morphology.centre(sim.morphology.dendrites())",
            )
        return spots(given, self.cable.shape, name)

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
        """Names of the receptors."""
        return list(self.post_synaptic_entities)

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
        shape = self.cable.shape
        text = f"{getattr(self, 'label', type(self).__name__)}: {len(shape.sections)} sections"
        return {"name": type(self).__name__} if template is None else text

    def populate(self, builder: Any, population: Any) -> None:
        """Adds the cells to a model."""
        model = builder.model
        component = self.cable.component(model, population.name)
        view = model.population(population.name, component, population.size)
        builder.views[population.name] = view.at(*self.cable.source)
        for name, (segments, values) in self.cable.densities.items():
            view.over(segments).set(**{name: values})
        first = population.starts.get("v", np.full(population.size, -65.0))
        view.set(v=np.asarray(first) * 1e-3)
        for name, receptor in self.post_synaptic_entities.items():
            receptor_component(model, receptor, f"{population.name}_{name}")

    def parameters_changed(self, running: Any, population: Any) -> None:
        """Nothing: no parameters differ between cells."""

    def spread(self, receptor: str, selector: Any, connections: tuple[Any, dict[str, Any]]) -> Any:
        """Connections to one cell, one for each of the chosen places of the receptor.

        Args:
            receptor: its name.
            selector: of sections; None for all places.
            connections: sources, and parameters, one or of shape (n,).
        """
        found = self._chosen(receptor, selector)
        sources, parameters = connections
        count, places = len(np.atleast_1d(sources)), len(found)
        made = {
            name: value if np.ndim(value) == 0 else np.repeat(value, places)
            for name, value in parameters.items()
        }
        at = np.array([self.cable.place(spot.section, spot.along) for spot in found])
        made[SEGMENT] = np.tile(at[:, 0], count)
        made[ALONG] = np.tile(at[:, 1], count)
        return np.repeat(np.atleast_1d(sources), places), made

    def _chosen(self, receptor: str, selector: Any) -> list[Spot]:
        """The places of a receptor in the chosen sections; of each section the first one."""
        own = self._receptor_spots[receptor]
        if selector is None or selector == "all":
            return own
        wanted = {spot.section for spot in self.spots(selector)}
        first: dict[int, Spot] = {}
        for spot in own:
            first.setdefault(spot.section, spot)
        found = [spot for section, spot in first.items() if section in wanted]
        if not found:
            raise errors.ConnectionError(
                f"pyNN.annarchy: no '{receptor}' is in the chosen sections; it is in: "
                f"{', '.join(sorted(self.cable.name_of(section) for section in first))}"
            )
        return found

    def receive(self, builder: Any, projection: Any, piece: Any, made: Any) -> None:
        """Adds a projection onto the cells to a model."""
        views, rule, given = made
        builder.model.projection(
            piece.name,
            *views,
            rule,
            f"{piece.target.name}_{projection.receptor_type}",
            weight=uniform(given["weight"]),
            delay=whole_delays(given["delay"], further=1),
            double_weights=True,
            target_at=(given[SEGMENT].astype(np.int64), given[ALONG]),
        )

    def inject(self, builder: Any, source: Any, target: Any) -> None:
        """Lets a current source act at a place of some cells.

        Args:
            builder: of the model.
            source: the current source.
            target: population, numbers of its cells, and where.
        """
        population, rows, where = target
        cells = builder.views[population.name]
        if where is None:
            builder.inject_at(source, cells, rows)
            return
        for spot in where:
            place = self.cable.place(spot.section, spot.along)
            builder.inject_at(source, cells.at(*place), rows)

    def instances(self, running: Any, population: Any, rows: Any, spot: Spot | None) -> Any:
        """The engine's instances at a place of some cells, shape (n,).

        Args:
            running: the simulation.
            population: of the cells.
            rows: their numbers.
            spot: the place; None for where spikes are sent.
        """
        place = self.cable.source if spot is None else self.cable.place(spot.section, spot.along)
        return placed(running.group(population.name), rows, At(*place))

    def put_state(self, running: Any, population: Any, change: tuple[str, Any, Any]) -> None:
        """Gives all compartments of cells that have it other values of a state.

        Args:
            running: the simulation.
            population: of the cells.
            change: name of the state, a value for each cell, numbers of the cells.
        """
        name, values, rows = change
        path = "v" if name == "v" else self.cable.path_of(name, population.name)
        group = running.group(population.name)
        every = by_cell(group.cable).reshape(population.size, -1)[rows]
        found = running.field(population.name, path)
        found[every] = np.asarray(values)[:, None] * (1e-3 if name == "v" else 1.0)

    def spots(self, given: Any) -> list[Spot]:
        """The places that a location of a script means."""
        return spots(given, self.cable.shape)

    def columns(self, running: Any, variable: Any, rows: Any, where: Any) -> list[Any]:
        """Where the engine keeps a variable of some cells: (group, field, instance) of each.

        Args:
            running: the simulation.
            variable: what is recorded.
            rows: numbers of the cells.
            where: (population, places); one column for each place of a cell, cell by cell.
        """
        population, places = where
        at = [self.instances(running, population, rows, spot) for spot in places]
        found = np.stack(at, axis=1).reshape(-1).tolist()
        owner, _, own = variable.name.partition(".")
        if owner in self.post_synaptic_entities:
            return self._of_receptor(running, (population, owner, own), found)
        path = "v"
        if own:
            path = self.cable.path_of(variable.name, population.name)
        group = running.position(population.name)
        return [(group, path, instance) for instance in found]

    def _of_receptor(
        self, running: Any, which: tuple[Any, str, str], instances: list[int]
    ) -> list[Any]:
        """Where sums of synapses are kept.

        Raises:
            RecordingError: If nothing is connected there.
        """
        population, name, own = which
        found = running.hosts(f"{population.name}/synapses:{population.name}_{name}")
        fields = {"gsyn": "g", "isyn": "I"}
        if found is None or not set(instances) <= set(found[1]):
            raise UsageError(
                f"'{name}.{own}' cannot be recorded where nothing is connected to '{name}'"
            )
        position, hosts = found
        return [(position, fields[own], hosts.index(instance)) for instance in instances]

    def check_recorded(self, name: str, places: list[Spot]) -> None:
        """Refuses to record what is not there.

        Raises:
            RecordingError: If there is no such variable.
            UsageError: If a channel is not at one of the places.
        """
        if not self.can_record(name, places):
            raise errors.RecordingError(name, self)
        channel = name.partition(".")[0]
        for spot in places if channel in self.ion_channels else ():
            if not self.cable.has(channel, spot.section):
                raise UsageError(
                    f"'{name}' cannot be recorded at '{spot.label}': there is no '{channel}' in "
                    f"'{self.cable.name_of(spot.section)}'"
                )


def _made(classes: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """Channels or receptors with their parameters."""
    found = {}
    for name, item in classes.items():
        own = parameters.pop(name, {})
        found[name] = item(**own) if isinstance(item, type) else item
    return found
