"""Cell types from NeuroML and LEMS files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pyNN.models import BaseCellType

import annarchy_ml as public
from annarchy_ml.diagnostics import UsageError
from annarchy_ml.units import pynn_unit

_CELLS = "cells"


class NeuroMLCellType(BaseCellType):
    """A cell of a file; parameters and variables are called as there, in PyNN's units.

    Attributes:
        file, component: where it stands.
        synapses: components of the file, by receptor.
        factors: how many SI units the unit of a parameter or variable is, by name.
    """

    file: ClassVar[str] = ""
    component: ClassVar[str] = ""
    synapses: ClassVar[Mapping[str, str]] = {}
    factors: ClassVar[Mapping[str, float]] = {}
    conductance_based = True
    injectable = False

    def populate(self, builder: Any, population: Any) -> None:
        """Adds the cells to a model."""
        builder.include(self.file)
        builder.add(population.name, self.component, population.size)
        view = builder.views[population.name]
        for name, values in population.values.items():
            default = self.default_parameters[name]
            if np.any(values != default):
                view.set(**{name: np.asarray(values, float) * self.factors[name]})

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
        UsageError: If there is no such component.
    """
    path = os.path.abspath(file)
    model = public.NetworkModel("looked_at")
    model.include(path)
    synapses = dict(receptors or {})
    for name in synapses.values():
        if name not in model.tables.components.by_id:
            raise UsageError(f"neuroml_cell_type: '{path}' has no component '{name}'")
    cells = model.population(_CELLS, component, 1)
    values = model.tables.values.of(cells.target.population.component)
    parameters: dict[str, float] = {}
    factors: dict[str, float] = {}
    units: dict[str, str] = {}
    recordable: list[str] = []
    for item in model.paths():
        name = item.path.removeprefix(f"{_CELLS}[0]").removeprefix("/")
        if item.kind == "events":
            recordable.append("spikes")
        if item.kind not in ("state", "parameter") or not name.isidentifier():
            continue
        dimension = model.tables.values.quantities.dimension(item.dimension)
        unit = None if dimension is None else pynn_unit(dimension)
        factors[name] = 1.0 if unit is None else unit.factor
        units[name] = "dimensionless" if unit is None else unit.symbol or "dimensionless"
        if item.kind == "state":
            recordable.append(name)
        elif name in values:
            parameters[name] = values[name] / factors[name]
    members = {
        "__doc__": f"{component} of {os.path.basename(path)}",
        "file": path,
        "component": component,
        "synapses": synapses,
        "factors": factors,
        "default_parameters": parameters,
        "default_initial_values": {},
        "receptor_types": tuple(synapses),
        "recordable": recordable,
        "units": units,
    }
    return type(component, (NeuroMLCellType,), members)
