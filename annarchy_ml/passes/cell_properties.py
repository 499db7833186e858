"""What every cell with a membrane needs: the potential at the start, the threshold of spikes.

Before: a ``cell`` without ``initMembPotential`` or ``spikeThresh``. After: the same cell with
-65 mV and 0 mV, and a warning, as in the scripts that jNeuroML writes for NEURON. A cell without
any ``membraneProperties`` is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import Component
from annarchy_ml.model.instance import Node
from annarchy_ml.passes.titles import title

if TYPE_CHECKING:
    from annarchy_ml.passes.resolve import TypeTable

DEFAULTS = {"initMembPotential": -0.065, "spikeThresh": 0.0}
"""What holds where a cell says nothing, by type of the element [V]."""


def complete(root: Node, types: TypeTable, report: Diagnostics) -> bool:
    """Gives a cell what it lacks; whether it then has all that its equations read.

    Args:
        root: the tree of a component with a morphology.
        types: to find the types of what is added.
        report: gets a warning for each value that is assumed.
    """
    if "cell" not in root.type.ancestors:
        return True
    membrane = next(
        (node for node in root.walk() if "membraneProperties" in node.type.ancestors), None
    )
    if membrane is None:
        report.error(
            "biophysics.missing",
            f"{title(root.component)} has no membraneProperties, so that nothing moves it",
            locate(root.origin),
            hint="write <biophysicalProperties>, or name those that stand elsewhere",
        )
        return False
    for name, value in DEFAULTS.items():
        found = types.get(name)
        if found is None or any(name in node.type.ancestors for node in membrane.children):
            continue
        report.warning(
            "biophysics.missing",
            f"{title(root.component)} has no {name}: it is taken to be {value * 1000:g} mV, as in "
            "NEURON",
            locate(root.origin),
            hint=f'write <{name} value="{value * 1000:g} mV"/> among its membraneProperties',
        )
        component = Component(name, {"value": f"{value} V"}, [], root.origin, type=name, slot=name)
        made = Node(found, component, name, name, {"value": value}, membrane)
        membrane.children.insert(0, made)
    return True
