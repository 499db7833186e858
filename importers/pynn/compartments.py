"""Cells with morphology: PyNN's MultiCompartmentNeuron as a ``cell`` of NeuroML.

Before: a morphology, channels with their densities over it, receptors with their places. After: one
component of the model for each population; places along it are segments and fractions.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from pyNN import errors
from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import cells

import annarchy_ml as public
from annarchy_ml.diagnostics import UsageError
from annarchy_ml.importers.pynn.cable_cells import receptor_component
from annarchy_ml.importers.pynn.cable_division import Divided
from annarchy_ml.importers.pynn.cable_parts import ALONG, SEGMENT, SOURCE_SECTION, Part
from annarchy_ml.importers.pynn.cable_synapses import cable_synapse, decay_of
from annarchy_ml.importers.pynn.cable_values import Settings
from annarchy_ml.importers.pynn.morphology import MIDDLE, Spot, spots
from annarchy_ml.importers.pynn.wiring import heard_later, uniform, whole_delays

_DEFAULTS: dict[str, Any] = {"morphology": None, "cm": 1.0, "Ra": 35.4, "ionic_species": None}


class MultiCompartmentNeuron(Divided, cells.MultiCompartmentNeuron):
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
            if name not in _DEFAULTS:
                known = [*_DEFAULTS, *self.ion_channels, *self.post_synaptic_entities]
                raise errors.NonExistentParameterError(name, type(self).__name__, known)
        self.parameter_space = ParameterSpace({}, {}, shape=None, component=type(self))
        if parameters.get("morphology") is None:
            raise UsageError(f"{type(self).__name__} needs a morphology")
        self._describe({name: parameters.get(name, value) for name, value in _DEFAULTS.items()})

    def export(self, path: str | os.PathLike[str], name: str = "cell") -> None:
        """Writes a cell with its channels and receptors as NeuroML 2, in a network of one.

        Args:
            path: of the file; one that runs it is written beside it.
            name: of the population; the cell is called ``cell_cell``, a channel ``cell_na``.

        Raises:
            EnvironmentFault: If it cannot be written.
            UsageError: If there is no one cell, because some values differ between cells.
        """
        whole = self._whole
        differing = self.differing if whole is None else whole.cable.own_values.names
        if whole is None or differing:
            raise UsageError(
                f"{', '.join(differing)}: the values differ between cells, so there is no one cell "
                "to export",
                hint="make a type for each of them, and export these",
            )
        model = public.NetworkModel(f"{name}_network")
        self.add_part(model, replace(whole, name=name, owner=name, rows=np.arange(1)), ({}, 1))
        public.export(model, "neuroml", Path(path), dt=1e-3, duration=1e-3)

    def add_part(self, model: Any, part: Part, drawn: tuple[dict[str, Any], int]) -> Any:
        """Adds a part of a population, its channels and receptors to a model.

        Args:
            model: to which it is added.
            part: these cells.
            drawn: values that cells of the population have got; its size.
        """
        component = part.cable.component(model, part.name)
        view = model.population(part.name, component, len(part.rows))
        Settings(part.cable, view, *drawn).set()
        for name, item in part.receptors.items():
            receptor_component(model, item, part.receptor(name))
        return view

    def populate(self, builder: Any, population: Any) -> None:
        """Adds the cells to a model."""
        population.own_receptors.clear()
        first = population.starts.get("v", np.full(population.size, -65.0))
        for part in population.parts.items:
            view = self.add_part(builder.model, part, (population.drawn, population.size))
            builder.views[part.name] = view.at(*part.cable.source)
            view.set(v=np.asarray(first)[part.rows] * 1e-3)

    def parameters_changed(self, running: Any, population: Any) -> None:
        """Nothing: no parameters differ between cells."""

    def spread(self, which: tuple[Any, int, str], selector: Any, connections: Any) -> Any:
        """Connections to one cell, one for each of the chosen places of the receptor.

        Args:
            which: population and number of the cell, and name of the receptor.
            selector: of sections; None for all places.
            connections: sources, and parameters, one or of shape (n,).
        """
        population, row, receptor = which
        found = population.parts.part(row).chosen(receptor, selector)
        return population.parts.spread(row, connections, found)

    def join(self, which: tuple[Any, int, str], selector: Any, connections: Any) -> Any:
        """Gap junctions of one cell, one in the middle of each of the chosen sections.

        Args:
            which: population and number of the cell, and name of the receptor.
            selector: of sections; None for where spikes are sent.
            connections: sources, and parameters, one or of shape (n,).
        """
        population, row, _ = which
        shape = population.parts.part(row).cable.shape
        found = [Spot(shape.soma, MIDDLE, SOURCE_SECTION)]
        if selector not in (None, SOURCE_SECTION):
            found = spots(selector, shape)
        return population.parts.spread(row, connections, found)

    def receive(self, builder: Any, projection: Any, piece: Any, made: Any) -> None:
        """Adds a projection onto the cells to a model."""
        views, rule, given = made
        piece.further = 1
        builder.model.projection(
            piece.name,
            *views,
            rule,
            piece.part.receptor(projection.receptor_type),
            weight=uniform(given["weight"]),
            delay=whole_delays(given["delay"], further=1),
            double_weights=True,
            target_at=(given[SEGMENT].astype(np.int64), given[ALONG]),
        )

    def decays_of(self, population: Any, receptor: str) -> Any:
        """The time constants with which a receptor's answer to a spike goes away [ms]."""
        found = np.zeros(population.size)
        for part in population.parts.items:
            found[part.rows] = decay_of(part.receptors[receptor])
        return found

    def receive_dynamic(self, builder: Any, projection: Any, piece: Any, made: Any) -> None:
        """Adds a projection of synapses with equations of their own to a model."""
        views, rule, given = made
        kind = projection.synapse_type
        equations = kind.equations_of(given)
        first = {name: float(given[name][0]) for name in equations.parameters}
        receptor = piece.part.receptors[projection.receptor_type]
        key = (piece.part.name, projection.receptor_type)
        piece.target.own_receptors.setdefault(key, []).append(piece.name)
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
            heard_after=heard_later(piece.heard_after) if equations.post else 0.0,
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
        for number, which in population.parts.of(rows):
            part = population.parts.items[number]
            cells, own = builder.views[part.name], population.parts.index[rows[which]]
            if where is None:
                builder.inject_at(source, cells, own)
                continue
            for spot in where[number]:
                place = part.cable.place(spot.section, spot.along)
                builder.inject_at(source, cells.at(*place), own)


def _made(classes: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """Channels or receptors with their parameters."""
    found = {}
    for name, item in classes.items():
        own = parameters.pop(name, {})
        found[name] = item(**own) if isinstance(item, type) else item
    return found
