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
    import numpy as np

    from annarchy_ml.engine.past import past_index

    kernel = plan.module.groups[plan.groups[item.synapses].kernel]
    place = kernel.indices.index(item.sources) if item.sources in kernel.indices else -1
    index = past_index(plan, item)
    if index is not None:
        network.set_index(item.synapses, place, index)
    network.add_synaptic_coupling(
        item.synapses,
        item.term_field,
        item.target_field,
        item.operation,
        item.learns,
        (place, int(np.max(item.delays, initial=1))),
    )
