"""Hands event connections to the native core: arrays, or rules that it carries out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annarchy_ml.kernels.plan import ProjectionPlan, RuleProjectionPlan

if TYPE_CHECKING:
    from annarchy_ml.engine import _core


def add_projection(item: ProjectionPlan | RuleProjectionPlan, network: _core.Network) -> int:
    """Adds one projection; gives its number."""
    if isinstance(item, RuleProjectionPlan):
        from annarchy_ml.engine.rules import add_rule

        return add_rule(item, network)
    return network.add_projection(
        item.source,
        item.source_port,
        item.target,
        item.target_port,
        item.row_ptr,
        item.targets,
        item.weights,
        item.delays,
        item.delay_index,
        item.whole_steps,
    )
