"""Synapses of NeuroML and LEMS files as receptors of PyNN's cells.

Before: a component of a file, which gives a current and may read the potential ``v``. After: the
same component on a cell whose own ``v`` is a number in mV, with the potential that the cell shows
under another name; the cell sums the currents and divides them by 1 nA.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from pyNN.models import BasePostSynapticResponse

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.expr import Symbol
from annarchy_ml.importers.pynn.equations import POTENTIAL, TAKEN_BASE
from annarchy_ml.importers.pynn.file_synapses import (
    check_linear,
    copied,
    decay_of,
    receive,
    receive_dynamic,
)
from annarchy_ml.importers.pynn.files import opened
from annarchy_ml.model.component import ComponentType, Requirement
from annarchy_ml.model.dynamics import DerivedVariable, Dynamics

_V = "v"


class NeuroMLReceptor(BasePostSynapticResponse):
    """A synapse of a file as a receptor of a `PointNeuron`; weights are factors of it.

    Attributes:
        file, component: where it stands.
        decay: time constant of its answer to a spike [ms]; None if its equations do not tell.
    """

    file: ClassVar[str] = ""
    component: ClassVar[str] = ""
    decay: ClassVar[float | None] = None
    conductance_based = True
    recordable: ClassVar[tuple[str, ...]] = ()
    units: ClassVar[dict[str, str]] = {}
    scale_factors: ClassVar[dict[str, float]] = {}

    def set_parent(self, parent: Any) -> None:
        """The cell of which it is a receptor."""
        self.parent = parent

    def made(self, builder: Any) -> str:
        """The id of the component that hangs on the cells in a model."""
        builder.include(self.file)
        tables = builder.model.tables
        found = tables.components.by_id[self.component]
        base = tables.types.get(found.type)
        if not any(item.name == _V for item in base.requirements):
            return self.component
        name = f"{self.component}_on_cells"
        kind = builder.type_for(
            (base.name, POTENTIAL), base.name, lambda given: _with_potential(given, base)
        )
        builder.once(name, lambda: copied(builder.model, name, kind, found))
        return name


def _with_potential(name: str, base: ComponentType) -> ComponentType:
    """A type that reads its potential under another name, and knows it as ``v`` itself."""
    dynamics = base.dynamics or Dynamics()
    seen = DerivedVariable(_V, "voltage", Symbol(POTENTIAL))
    others = tuple(item for item in base.requirements if item.name != _V)
    return replace(
        base,
        name=name,
        extends=TAKEN_BASE,
        requirements=(*others, Requirement(POTENTIAL, "voltage")),
        dynamics=replace(dynamics, derived=(seen, *dynamics.derived)),
        core=False,
    )


def neuroml_receptor_type(file: str | os.PathLike[str], component: str) -> type[NeuroMLReceptor]:
    """A receptor of a `PointNeuron` from a synapse of a NeuroML or LEMS file.

    Args:
        file: its path.
        component: id of the synapse.

    Raises:
        ModelError: With every fault of the file.
        UsageError: If there is no such component, or it gives no current to a cell that has a
            potential alone.
    """
    path, model = opened("neuroml_receptor_type", file, (component,))
    found = model.tables.components.by_id[component]
    base = model.tables.types.get(found.type)
    assert base is not None
    if TAKEN_BASE not in base.ancestors or not any(i.direction == "in" for i in base.ports):
        raise UsageError(
            f"neuroml_receptor_type: '{component}' of the type {base.name} is no synapse that "
            "gives a current for spikes",
            hint=f"it extends {TAKEN_BASE}, as expOneSynapse does, and has an in-port",
        )
    others = [item.name for item in base.requirements if item.name != _V]
    if others or any(item.kind == "instance" for item in base.references):
        wanted = ", ".join(others) or "the cell at the other end"
        raise UsageError(
            f"neuroml_receptor_type: '{component}' of the type {base.name} needs {wanted}, and "
            "cells of PyNN show their potential v alone"
        )
    members = {
        "__doc__": f"{component} of {os.path.basename(path)}",
        "file": path,
        "component": component,
        "decay": decay_of(model, found),
        "conductance_based": any(item.name == _V for item in base.requirements),
    }
    return type(component, (NeuroMLReceptor,), members)


class WithFileReceptors:
    """How cells take spikes at receptors of files.

    Attributes:
        post_synaptic_receptors: by name.
    """

    post_synaptic_receptors: Any

    def is_of_file(self, receptor: str) -> bool:
        """Whether a receptor is a synapse of a file."""
        return isinstance(self.post_synaptic_receptors.get(receptor), NeuroMLReceptor)

    def receive(self, builder: Any, projection: Any, piece: Any, made: Any) -> None:
        """Adds a projection to such a receptor to a model."""
        own = self.post_synaptic_receptors[projection.receptor_type].made(builder)
        receive(builder, projection, piece, made, own)

    def receive_dynamic(self, builder: Any, projection: Any, piece: Any, made: Any) -> None:
        """Adds a projection of synapses that PyNN's rules change to a model."""
        own = self.post_synaptic_receptors[projection.receptor_type].made(builder)
        receive_dynamic(builder, projection, piece, made, own)

    def decays_of(self, population: Any, receptor: str) -> Any:
        """The time constant with which the receptor's answer to a spike goes away [ms], by cell."""
        found = self.post_synaptic_receptors[receptor]
        return np.full(population.size, check_linear(found.component, found.decay))
