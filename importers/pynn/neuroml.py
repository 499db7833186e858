"""Cell types from NeuroML and LEMS files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pyNN.models import BaseCellType

from annarchy_ml.importers.pynn.file_synapses import (
    check_linear,
    decay_of,
    receive,
    receive_dynamic,
)
from annarchy_ml.importers.pynn.files import opened
from annarchy_ml.importers.pynn.injections import Intake, intake_of
from annarchy_ml.units import PYNN_UNITS, Unit, pynn_unit

_CELLS = "cells"
_BASE_UNITS = ("kg", "m", "s", "A", "K", "mol", "cd")


class NeuroMLCellType(BaseCellType):
    """A cell of a file; parameters and variables are called as there, in PyNN's units.

    Attributes:
        file, component: where it stands.
        synapses: components of the file, by receptor.
        decays: time constants of the synapses [ms], by receptor; None where they have none.
        factors: how many SI units the unit of a parameter or variable is, by name.
        intake: what the cells take as input.
        spike_port: through which they send spikes: the first one, as for connections.
    """

    file: ClassVar[str] = ""
    component: ClassVar[str] = ""
    synapses: ClassVar[Mapping[str, str]] = {}
    decays: ClassVar[Mapping[str, float | None]] = {}
    factors: ClassVar[Mapping[str, float]] = {}
    intake: ClassVar[Intake | None] = None
    spike_port: ClassVar[str] = ""
    conductance_based = True
    injectable = False

    @property
    def no_currents(self) -> str:
        """Why no currents can be injected."""
        return (
            f" '{self.component}' of the file {self.file} takes no currents: it has no Attachments "
            "of a type that exposes one alone, as basePointCurrent does."
        )

    def populate(self, builder: Any, population: Any) -> None:
        """Adds the cells to a model."""
        builder.include(self.file)
        builder.add(population.name, self.component, population.size)
        view = builder.views[population.name]
        for name, values in population.values.items():
            default = self.default_parameters[name]
            if np.any(values != default):
                view.set(**{name: np.asarray(values, float) * self.factors[name]})

    def receive(self, builder: Any, projection: Any, piece: Any, made: Any) -> None:
        """Adds a projection onto the cells to a model."""
        receive(builder, projection, piece, made, self.synapses[projection.receptor_type])

    def receive_dynamic(self, builder: Any, projection: Any, piece: Any, made: Any) -> None:
        """Adds a projection of synapses that PyNN's rules change to a model."""
        own = self.synapses[projection.receptor_type]
        receive_dynamic(builder, projection, piece, made, own)

    def decays_of(self, population: Any, receptor: str) -> Any:
        """The time constant with which a receptor's answer to a spike goes away [ms], by cell.

        Raises:
            NotImplementedError: If its equations do not tell.
        """
        decay = check_linear(self.synapses[receptor], self.decays[receptor])
        return np.full(population.size, decay)

    def inject(self, builder: Any, source: Any, target: Any) -> None:
        """Lets a current source act on some cells.

        Args:
            builder: of the model.
            source: the current source.
            target: population, numbers of its cells, and None.
        """
        population, rows, _ = target
        builder.inject_at(source, builder.views[population.name], rows, self.intake)

    def parameters_changed(self, running: Any, population: Any) -> None:
        """Gives a simulation the parameters that the cells have by now."""
        for name, values in population.values.items():
            running.set(population.name, name, values * self.factors[name])


def neuroml_cell_type(
    file: str | os.PathLike[str], component: str, receptors: Mapping[str, str] | None = None
) -> type[NeuroMLCellType]:
    """A cell type from a component of a NeuroML or LEMS file.

    Args:
        file: its path.
        component: id of the cell.
        receptors: ids of synapses in the file, by the name of a receptor; weights are factors of
            these, without unit.

    Raises:
        ModelError: With every fault of the file.
        UsageError: If there is no such file or component.
    """
    synapses = dict(receptors or {})
    path, model = opened("neuroml_cell_type", file, (component, *synapses.values()))
    cells = model.population(_CELLS, component, 1)
    intake = intake_of(model, cells.target.population.component)
    values = model.tables.values.of(cells.target.population.component)
    parameters, factors, units, recordable = _shown(model, values)
    if "spikes" in recordable:
        model.record_spikes(cells)
    members = {
        "__doc__": f"{component} of {os.path.basename(path)}",
        "file": path,
        "component": component,
        "synapses": synapses,
        "decays": {
            receptor: decay_of(model, model.tables.components.by_id[name])
            for receptor, name in synapses.items()
        },
        "spike_port": model.network.spikes[0].port if model.network.spikes else "",
        "intake": intake,
        "injectable": intake is not None,
        "factors": factors,
        "default_parameters": parameters,
        "default_initial_values": {},
        "receptor_types": tuple(synapses),
        "recordable": recordable,
        "units": units,
    }
    return type(component, (NeuroMLCellType,), members)


def _shown(
    model: Any, values: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float], dict[str, str], list[str]]:
    """Parameters, factors and units by name, and what can be recorded.

    Args:
        model: with a population of one cell.
        values: of the component [SI].
    """
    parameters: dict[str, float] = {}
    factors: dict[str, float] = {}
    units: dict[str, str] = {}
    recordable: list[str] = []
    for item in model.paths():
        name = item.path.removeprefix(f"{_CELLS}[0]").removeprefix("/")
        if item.kind == "events" and "spikes" not in recordable:
            recordable.append("spikes")
        if item.kind not in ("state", "parameter") or not name.isidentifier():
            continue
        dimension = model.tables.values.quantities.dimension(item.dimension)
        unit = None if dimension is None else pynn_unit(dimension)
        if unit is not None and unit.offset:
            unit = Unit("K", unit.dimension)  # values keep their zero
        factors[name] = 1.0 if unit is None else unit.factor
        units[name] = "dimensionless" if unit is None else _quantity(unit)
        if item.kind == "state":
            recordable.append(name)
        elif name in values:
            parameters[name] = values[name] / factors[name]
    return parameters, factors, units, recordable


def _quantity(unit: Unit) -> str:
    """A unit as quantities writes it."""
    if unit in PYNN_UNITS.values():
        return unit.symbol
    powers = zip(_BASE_UNITS, unit.dimension.exponents, strict=True)
    return "*".join(f"{base}**({power})" for base, power in powers if power) or "dimensionless"
