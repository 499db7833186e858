"""Lets events read the weight of their connection in place of one that a group shares.

Before: ``store g = g + './weight' * gbase`` in the event kernel of a sum of synapses. After:
``store g = g + weight * gbase``; the field stays, and nothing reads it any more.
"""

from __future__ import annotations

from dataclasses import replace

from annarchy_ml.expr.nodes import Expr
from annarchy_ml.expr.traverse import free_symbols, rename
from annarchy_ml.kernels.nodes import Kernel, KernelKind, Statement
from annarchy_ml.kernels.plan import SimulationPlan
from annarchy_ml.kernels.rewrite import map_expressions
from annarchy_ml.kernels.uses import used_symbols
from annarchy_ml.kernels.verify import verify
from annarchy_ml.kernels.widen import with_kernel

WEIGHT = "weight"


def connection_weighted(plan: SimulationPlan, position: int, own: str) -> SimulationPlan | None:
    """The plan with such events at one group; None if more than events reads the shared weight.

    Args:
        plan: the whole plan.
        position: of the group.
        own: the field of the shared weight.
    """
    group = plan.groups[position]
    kernel = plan.module.groups[group.kernel]
    others = [item.body for item in kernel.kernels if item.kind is not KernelKind.EVENT]
    if any(own in used_symbols(body) for body in (*others, *group.start.values())):
        return None
    if any(own in free_symbols(value) for _, value in group.formulas):
        return None
    made = replace(kernel, kernels=tuple(_weighted(item, own) for item in kernel.kernels))
    changed = with_kernel(plan, position, made)
    verify(changed.module)
    return changed


def _weighted(kernel: Kernel, own: str) -> Kernel:
    if kernel.kind is not KernelKind.EVENT:
        return kernel

    def change(_: Statement, value: Expr) -> Expr:
        return rename(value, {own: WEIGHT})

    return replace(kernel, body=map_expressions(kernel.body, change), apart=False)
