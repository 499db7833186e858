"""A model as a graph of NIR: its groups and wires, before the compiler adds synapses up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import Diagnostics
from annarchy_ml.options import DEFAULT_SEED, CompileOptions

if TYPE_CHECKING:
    from annarchy_ml.passes.assemble import Assembler
    from annarchy_ml.passes.members import Member
    from annarchy_ml.session.model import Model
    from annarchy_ml.session.network_model import NetworkModel

Trains = Mapping[str, list[Any]]


def write_nir(
    model: Model | NetworkModel,
    options: CompileOptions,
    path: Path,
    second: float = 1.0,
    trains: Trains | None = None,
) -> list[Path]:
    """Writes the graph of a model.

    Args:
        model: from files, or built in Python.
        options: step, duration and seed of a network that was built in Python.
        path: of the file.
        second: how many units of time of the network a second has.
        trains: times of the spikes [s] of populations that get them from outside.

    Raises:
        ModelError: If the model is at fault.
        UsageError: If NIR cannot say something of it.
        EnvironmentFault: If nir is not installed, or a file cannot be written.
    """
    from annarchy_ml.engine.expand import Expander
    from annarchy_ml.engine.faults import rule_faults
    from annarchy_ml.exporters.nir.network import write_nir as write
    from annarchy_ml.exporters.nir.wanted import Formed, Wanted
    from annarchy_ml.session.exporting import times_of

    times = times_of(model, options)
    seed = DEFAULT_SEED if options.seed is None else options.seed
    expand = Expander(times[0], seed)
    with rule_faults():
        assembler = _assembled(model, seed, expand)
        groups = tuple(
            Formed(member.group, member.system, partial(_values, assembler, member))
            for member in assembler.members
        )
        return write(Wanted(groups, assembler.network, expand, *times, second, trains or {}), path)


def _assembled(model: Model | NetworkModel, seed: int, expand: Any) -> Assembler:
    """The groups of a model with their equations."""
    from annarchy_ml.passes.pipeline import assembled_network, assembled_request
    from annarchy_ml.session.network_checks import check_delays
    from annarchy_ml.session.network_model import NetworkModel

    if isinstance(model, NetworkModel):
        check_delays(model.network, expand.dt)
        return assembled_network(model.tables, model.network, seed, expand, Diagnostics())
    report = Diagnostics(model.warnings)
    made = assembled_request(model.tables, model.request, report)
    report.raise_if_errors()
    return made


def _values(assembler: Assembler, member: Member) -> dict[str, Any]:
    """The parameters of a group, shape (size,) or (1,), instances in their own order."""
    from annarchy_ml.expr import free_symbols
    from annarchy_ml.expr.arrays import evaluate_arrays
    from annarchy_ml.kernels.nodes import Role

    group, variables = member.group, member.system.variables
    formulas = assembler.formulas.of(group.root, variables)  # it adds what they need
    nodes = {node.path: node for node in group.root.walk()}
    values: dict[str, Any] = {}
    for name, variable in variables.items():
        if variable.role is not Role.PARAMETER:
            continue
        path, _, own = name.removeprefix("./").rpartition("/")
        column = group.properties.get(name if path else own)
        if name in member.varying:
            values[name] = member.varying[name]
        elif name.startswith("network:"):
            values[name] = np.array([group.environment[name.removeprefix("network:")]])
        elif column is not None and len(column):
            values[name] = np.array([float(column[0])])
        else:
            values[name] = np.array([nodes[path].values[own]])
    given = {name for name, found in values.items() if len(found) > 1} | set(group.properties)
    for name, formula in formulas:
        if given & free_symbols(formula):
            values[name] = np.asarray(evaluate_arrays(formula, values), float)
            given.add(name)
    return values
