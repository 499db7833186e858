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
from annarchy_ml.importers.pynn.cable_access import Kept
from annarchy_ml.importers.pynn.cable_cells import CableCell, receptor_component
from annarchy_ml.importers.pynn.morphology import Spot, spots
from annarchy_ml.importers.pynn.shapes import shape_of
from annarchy_ml.importers.pynn.synapses import uniform, whole_delays

SEGMENT, ALONG = "postsynaptic_segment", "postsynaptic_fraction"
"""Columns of connections: where along their cells they end."""
_OWN = ("morphology", "cm", "Ra", "ionic_species")


class MultiCompartmentNeuron(Kept, cells.MultiCompartmentNeuron):
    """A cell with a morphology, ion channels and receptors along it.

    Classes of a script derive from it, and name their channels and receptors, by class.
    """

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


def _made(classes: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """Channels or receptors with their parameters."""
    found = {}
    for name, item in classes.items():
        own = parameters.pop(name, {})
        found[name] = item(**own) if isinstance(item, type) else item
    return found
