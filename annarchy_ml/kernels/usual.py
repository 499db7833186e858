"""Kernels for the values that shared parameters have when a model is compiled.

    exp((v - a) / 0.01), exp((v - b) / 0.02)  ->  e = exp((v - b) / 0.02), factor * e * e
    q ^ instances                             ->  q * q * q

The second body of a kernel holds where its tests do, which its loop asks once before it begins, so
that a parameter that is set to something else is never wrong. Only relations between values go into
it: cells that differ in others still have one text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from annarchy_ml.expr.nodes import Binary, Expr, Number, Symbol
from annarchy_ml.expr.traverse import map_bottom_up, postorder
from annarchy_ml.kernels.nodes import (
    Draw,
    DType,
    GroupKernel,
    Kernel,
    Placement,
    Propagate,
    Statement,
    Usual,
)
from annarchy_ml.kernels.plan import GroupPlan, SimulationPlan
from annarchy_ml.kernels.rewrite import map_expressions
from annarchy_ml.kernels.shared_exponentials import share_exponentials
from annarchy_ml.kernels.uses import expressions_of, stored_fields, walk

_LARGEST_EXPONENT = 15


def with_usual_kernels(plan: SimulationPlan) -> SimulationPlan:
    """The same plan, whose vector loops know relations between parameters that save work.

    In single precision powers of an exponential lose too much, so nothing is looked for.
    """
    if plan.module.precision != "double":
        return plan
    values: dict[int, dict[str, float]] = {}
    for group in plan.groups:
        values.setdefault(group.kernel, _shared_values(group, plan.module.groups[group.kernel]))
    groups = tuple(
        _with_usual(group, values.get(number, {}))
        for number, group in enumerate(plan.module.groups)
    )
    return replace(plan, module=replace(plan.module, groups=groups))


def _shared_values(group: GroupPlan, kernel: GroupKernel) -> dict[str, float]:
    """The parameters that all instances share, but for those that formulas find later."""
    names = {
        item.name
        for item in kernel.fields
        if item.placement is Placement.SHARED and item.dtype is DType.REAL
    }
    names -= {name for name, _ in group.formulas}
    for code in kernel.kernels:
        names -= stored_fields(code.body)
    return {
        name: float(values[0])
        for name, values in group.values.items()
        if name in names and len(values) == 1
    }


def _with_usual(group: GroupKernel, values: Mapping[str, float]) -> GroupKernel:
    kernels = tuple(replace(item, usual=_usual(item, group, values)) for item in group.kernels)
    return replace(group, kernels=kernels)


def _usual(kernel: Kernel, group: GroupKernel, values: Mapping[str, float]) -> Usual | None:
    """The other body of a vector loop, if it has fewer exponentials."""
    if not kernel.in_vectors or any(isinstance(i, Draw | Propagate) for i in walk(kernel.body)):
        return None
    whole = {item.name for item in group.fields if item.dtype is not DType.REAL}
    whole |= {item.name for item in group.externals if item.dtype is not DType.REAL}
    shared = share_exponentials(kernel.body, values, frozenset(whole))
    if shared is None:
        return None
    exponents = dict.fromkeys(_exponents(kernel.body, values))
    known = {name: int(values[name]) for name in exponents}
    tests = tuple(Binary("==", Symbol(name), Number(float(n))) for name, n in known.items())

    def raised(_: Statement, expression: Expr) -> Expr:
        return map_bottom_up(expression, lambda node: _with_literal(node, known))

    return Usual((*tests, *shared.tests), map_expressions(shared.body, raised))


def _exponents(body: tuple[Statement, ...], values: Mapping[str, float]) -> Iterator[str]:
    """Shared parameters to which something is raised, that are small whole numbers."""
    expressions = (value for item in walk(body) for value in expressions_of(item))
    for node in (node for value in expressions for node in postorder(value)):
        if isinstance(node, Binary) and node.op == "^" and isinstance(node.right, Symbol):
            value = values.get(node.right.name, -1.0)
            if 0 <= value <= _LARGEST_EXPONENT and value == int(value):
                yield node.right.name


def _with_literal(node: Expr, known: Mapping[str, int]) -> Expr:
    if not (isinstance(node, Binary) and node.op == "^" and isinstance(node.right, Symbol)):
        return node
    if node.right.name not in known:
        return node
    return replace(node, right=Number(float(known[node.right.name])))
