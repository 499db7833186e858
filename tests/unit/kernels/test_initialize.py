"""Start values: programs over arrays give each instance the value that it would get alone."""

from __future__ import annotations

import numpy as np
import pytest

from annarchy_ml.expr import FUNCTIONS, Call, Expr, Symbol, evaluate, parse
from annarchy_ml.kernels.initialize import start_values
from annarchy_ml.kernels.nodes import (
    Field,
    GroupKernel,
    KernelModule,
    Placement,
    Role,
    Set,
    Statement,
    When,
)
from annarchy_ml.kernels.plan import GroupPlan, InitCall, SimulationPlan

A = np.array([-2.0, -0.5, 0.0, 0.3, 1.0, 3.0])
B = np.array([4.0, 0.25, 1.0, 0.0, -1.0, 2.0])
CALLS = [
    (row.name, count)
    for row in FUNCTIONS.values()
    for count in (1, 2, 3)
    if not row.stochastic and row.arity[0] <= count <= (row.arity[1] or 3)
]


def plan_of(*program: Statement) -> SimulationPlan:
    """One group with the parameters a and b, which differ, s, which does not, and a state x."""
    each, shared = Placement.PER_INSTANCE, Placement.SHARED
    fields = (
        Field("a", each, Role.PARAMETER),
        Field("b", each, Role.PARAMETER),
        Field("s", shared, Role.PARAMETER),
        Field("x", each, Role.STATE),
    )
    kernel = GroupKernel("cell", fields, (), (), (), (), ())
    group = GroupPlan(
        "p", 0, len(A), {"a": A, "b": B, "s": np.array([2.0])}, {}, start={"start": program}
    )
    start = (InitCall(0, "start"),)
    return SimulationPlan(KernelModule((kernel,)), (group,), (), (), start, (), (), 0.1, 1.0, 1)


def alone(value: Expr) -> list[float]:
    return [evaluate(value, {"a": a, "b": b, "s": 2.0}) for a, b in zip(A, B, strict=True)]


@pytest.mark.parametrize(("name", "count"), CALLS)
def test_every_function_over_arrays(name: str, count: int) -> None:
    value = Call(name, (Symbol("a"), Symbol("b"), Symbol("s"))[:count])

    (found,) = start_values(plan_of(Set("x", value)), 1)

    assert found["x"] == pytest.approx(alone(value), rel=1e-15, nan_ok=True)


def test_shared_values_stay_one_number_and_branches_choose_by_instance() -> None:
    body = (Set("x", parse("b")), When(parse("b .gt. s"), (Set("x", parse("-1")),)))
    program = (Set("s", parse("s / 2")), When(parse("a .gt. 0"), body))

    (found,) = start_values(plan_of(*program), 1)

    assert found["s"].tolist() == [1.0]
    assert found["x"].tolist() == [0.0, 0.0, 0.0, 0.0, -1.0, -1.0]
