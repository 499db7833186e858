"""Hands couplings to the native core, which builds their connections by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annarchy_ml.engine.rules import rule_arguments

if TYPE_CHECKING:
    from annarchy_ml.engine import _core
    from annarchy_ml.kernels.plan import CouplingPlan, SimulationPlan, SynapticCouplingPlan

FIRST_NUMBER = 0x40000000
"""Their draws are counted apart from those of projections."""


def add_coupling(item: CouplingPlan, network: _core.Network) -> int:
    """Adds one coupling; gives its number."""
    return network.add_coupling(
        (item.source, item.source_field),
        (item.target, item.target_field),
        item.source_range,
        item.target_range,
        (item.operation, FIRST_NUMBER + item.number),
        *rule_arguments(item.connectivity),
    )


def add_synaptic_coupling(
    item: SynapticCouplingPlan, plan: SimulationPlan, network: _core.Network
) -> None:
    """Couples a group of connections that has been added already.

    Raises:
        ValueError: If sources and delays are too many.
    """
    place, longest = _look_back(item, plan, network)
    network.add_synaptic_coupling(
        item.synapses,
        item.term_field if item.gives else "",
        item.target_field,
        item.operation,
        item.learns,
        (place, longest),
    )


def delay_synaptic_coupling(
    item: SynapticCouplingPlan, plan: SimulationPlan, network: _core.Network
) -> None:
    """Lets a coupling that has been added see its sources over the delays that it has by now.

    Raises:
        ValueError: If sources and delays are too many.
    """
    network.set_reach(item.synapses, _look_back(item, plan, network)[1])


def _look_back(
    item: SynapticCouplingPlan, plan: SimulationPlan, network: _core.Network
) -> tuple[int, int]:
    """Sets the index that leads to the sources; gives its place, and the longest delay [steps]."""
    import numpy as np

    from annarchy_ml.engine.past import past_index

    group = plan.groups[item.synapses]
    kernel = plan.module.groups[group.kernel]
    place = kernel.indices.index(item.sources) if item.sources in kernel.indices else -1
    index = past_index(plan, item)
    if place >= 0:
        network.set_index(
            item.synapses, place, group.indices[item.sources] if index is None else index
        )
    return place, int(np.max(item.delays, initial=1))
