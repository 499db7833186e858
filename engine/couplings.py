"""Hands couplings to the native core, which builds their connections by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annarchy_ml.engine.rules import rule_arguments

if TYPE_CHECKING:
    from annarchy_ml.engine import _core
    from annarchy_ml.kernels.plan import CouplingPlan

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
