"""What is special about the equations of compartments, and of what is attached to them."""

from __future__ import annotations

from dataclasses import replace

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.instance import TEMPERATURE, Group
from annarchy_ml.model.system import EquationSystem
from annarchy_ml.passes.point_cells import POTENTIAL, point_cell
from annarchy_ml.passes.scope import Scopes
from annarchy_ml.passes.shared_channels import channels, with_shared_channels


def of_cable(group: Group, system: EquationSystem, scopes: Scopes) -> EquationSystem:
    """The system of compartments, whose potential moves with those around it, or on them."""
    if group.cable is not None and group.cable.is_point:
        from annarchy_ml.integrators.point_cells import with_point

        system = replace(system, mechanisms=tuple(path for path, _ in channels(group)))
        return with_point(system, group.root.qualified(POTENTIAL), point_cell(group.root))
    if group.cable is not None:
        from annarchy_ml.integrators.cable import with_potential

        potential = scopes.published(group.root, "v")
        assert potential is not None
        system = replace(system, mechanisms=tuple(path for path, _ in channels(group)))
        return with_potential(with_shared_channels(group, system), potential)
    hung = group.attachment
    if hung is None or hung.host.cable is None or system.own_method:
        return system
    return replace(system, own_method="euler")  # a slope needs values of one and the same time


def warn_of_temperature(group: Group, system: EquationSystem, report: Diagnostics) -> None:
    """Says so where the rates of a cell of several compartments take NEURON's temperature."""
    where, given = group.inside, False
    while where is not None:
        given = given or TEMPERATURE in where.values
        where = where.parent
    if group.cable is None or given or f"network:{TEMPERATURE}" not in system.variables:
        return
    report.warning(
        "requirement.unmet",
        f"{group.root.type.name} '{group.root.component.id}' needs the temperature, and the "
        "network has none: it is taken to be 6.3 degC, as in NEURON",
        locate(group.root.origin),
        hint='write <network type="networkWithTemperature" temperature="32degC" ...>',
    )
