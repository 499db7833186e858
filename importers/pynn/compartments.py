"""Cells with morphology: PyNN's MultiCompartmentNeuron as a ``cell`` of NeuroML.

Before: a morphology, channels with their densities over it, receptors with their places. After: one
component of the model for each population; places along it are segments and fractions.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from pyNN import errors
from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import cells

import annarchy_ml as public
from annarchy_ml.diagnostics import UsageError
from annarchy_ml.importers.pynn import simulator
from annarchy_ml.importers.pynn.cable_access import Kept
from annarchy_ml.importers.pynn.cable_cells import CableCell, receptor_component
from annarchy_ml.importers.pynn.cable_synapses import cable_synapse, decay_of
from annarchy_ml.importers.pynn.cable_values import set_values
from annarchy_ml.importers.pynn.morphology import Spot, spots
from annarchy_ml.importers.pynn.shapes import shape_of
from annarchy_ml.importers.pynn.wiring import uniform, whole_delays

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

    def export(self, path: str | os.PathLike[str], name: str = "cell") -> None:
        """Writes a cell with its channels and receptors as NeuroML 2, in a network of one.

        Args:
            path: of the file; one that runs it is written beside it.
            name: of the population; the cell is called ``cell_cell``, a channel ``cell_na``.

        Raises:
            EnvironmentFault: If it cannot be written.
            UsageError: If there is no one cell, because some values differ between cells.
        """
        if self.cable.own_values.names:
            raise UsageError(
                f"{', '.join(self.cable.own_values.names)}: the values differ between cells, so "
                "there is no one cell to export",
                hint="sim.export writes a network with all its cells",
            )
        model = public.NetworkModel(f"{name}_network")
        self._add(model, name, 1)
        public.export(model, "neuroml", Path(path), dt=1e-3, duration=1e-3)

    def _add(self, model: Any, name: str, size: int) -> Any:
        """Adds a population, its channels and receptors to a model."""
        view = model.population(name, self.cable.component(model, name), size)
        set_values(self.cable, view, name, size)
        for receptor, item in self.post_synaptic_entities.items():
            receptor_component(model, item, f"{name}_{receptor}")
        return view

    def populate(self, builder: Any, population: Any) -> None:
        """Adds the cells to a model."""
        population.own_receptors.clear()
        view = self._add(builder.model, population.name, population.size)
        builder.views[population.name] = view.at(*self.cable.source)
        first = population.starts.get("v", np.full(population.size, -65.0))
        view.set(v=np.asarray(first) * 1e-3)

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

    def decay_of(self, receptor: str) -> float:
        """The time constant with which a receptor's answer to a spike goes away [ms]."""
        return decay_of(self.post_synaptic_entities[receptor])

    def receive_dynamic(self, builder: Any, projection: Any, piece: Any, made: Any) -> None:
        """Adds a projection of synapses with equations of their own to a model."""
        views, rule, given = made
        kind = projection.synapse_type
        equations = kind.equations_of(given)
        first = {name: float(given[name][0]) for name in equations.parameters}
        receptor = self.post_synaptic_entities[projection.receptor_type]
        own = piece.target.own_receptors.setdefault(projection.receptor_type, [])
        own.append(piece.name)
        piece.varying.extend(
            name for name in equations.parameters if np.ndim(uniform(given[name])) > 0
        )
        delays = whole_delays(given["delay"], further=1)
        builder.model.projection(
            piece.name,
            *views,
            rule,
            cable_synapse(builder.model, f"{piece.name}_", equations, receptor, first),
            weight=uniform(given["weight"]),
            delay=delays,
            double_weights=True,
            separate=projection.is_separate(bool(piece.varying)),
            heard_after=_heard_after(kind.heard_after(given)) if equations.post else 0.0,
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


def _heard_after(times: float) -> tuple[float, float]:
    """After how many of the engine's delays, which are a step longer, a synapse hears its cell."""
    return times, (1.0 - times) * simulator.state.dt * 1e-3


def _made(classes: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """Channels or receptors with their parameters."""
    found = {}
    for name, item in classes.items():
        own = parameters.pop(name, {})
        found[name] = item(**own) if isinstance(item, type) else item
    return found
