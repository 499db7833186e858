"""Divisions: a table of bodies before and after, and that values stay the same up to rounding."""

import numpy as np
import pytest

from annarchy_ml.engine.codegen.divisions import rewrite_divisions
from annarchy_ml.expr import parse
from annarchy_ml.expr.nodes import Conditional, Number, Symbol
from annarchy_ml.kernels.interpret import bind
from annarchy_ml.kernels.nodes import (
    Field,
    GroupKernel,
    Kernel,
    KernelKind,
    Let,
    Placement,
    Role,
    Set,
    Store,
    When,
)
from annarchy_ml.kernels.text import statement_text

EACH, SHARED = Placement.PER_INSTANCE, Placement.SHARED
FIELDS = (
    Field("v", EACH, Role.STATE),
    Field("w", EACH, Role.STATE),
    Field("cell/tau", SHARED, Role.PARAMETER),
    Field("C", SHARED, Role.PARAMETER),
    Field("R", EACH, Role.PARAMETER),
)


def group_of(body):
    kernel = Kernel("update", KernelKind.UPDATE, body)
    return GroupKernel("cell", FIELDS, (), (), (), (), (kernel,))


def store(text):
    return Store("v", parse(text))


TAU = Symbol("cell/tau")
TABLE = {
    "by a literal": ((store("v / 4"),), "", "store v = v * 0.25"),
    "two literals stay": ((store("v + 1 / 4"),), "", "store v = v + 1 / 4"),
    "by zero stays": ((store("v / 0"),), "", "store v = v / 0"),
    "by a shared value": (
        (store("(w - v) / C + w / C"),),
        "let 'over C' = 1 / C",
        "store v = (w - v) * 'over C' + w * 'over C'",
    ),
    "by a shared expression": (
        (store("w / (C * dt)"),), "let over = 1 / (C * dt)", "store v = w * over",
    ),
    "shared by shared stays": ((store("w * (dt / C)"),), "", "store v = w * (dt / C)"),
    "once by a value of the instance": ((store("w / R"),), "", "store v = w / R"),
    "twice by a value of the instance": (
        (Let("a", parse("w / R")), store("a + 1 / R")),
        "",
        "let 'over R' = 1 / R\nlet a = w * 'over R'\nstore v = a + 'over R'",
    ),
    "by a reciprocal": (
        (Let("a", parse("w + 1")), Let("b", parse("1 / a")), store("w / b + b")),
        "",
        "let a = w + 1\nlet b = 1 / a\nstore v = w * a + b",
    ),
    "a gate": (
        (
            Let("a", parse("w + 1")), Let("b", parse("w + 2")),
            Let("tau", parse("1 / (a + b)")), Let("inf", parse("a / (a + b)")),
            Store("v", parse("v + dt * (inf - v) / tau")),
        ),
        "",
        "let a = w + 1\nlet b = w + 2\nlet over = 1 / (a + b)\nlet inf = a * over\n"
        "store v = v + dt * (inf - v) * (a + b)",
    ),
    "conditions keep theirs": (
        (When(parse("v / C .gt. 1"), (store("w / C"),)),),
        "let 'over C' = 1 / C",
        "when v / C .gt. 1:\n  store v = w * 'over C'",
    ),
    "a part that is also in a condition stays": (
        (Store("v", Conditional(parse("w / C .gt. 1"), parse("w / C"), parse("v / C"))),),
        "let 'over C' = 1 / C",
        "store v = if(w / C .gt. 1, w / C, v * 'over C')",
    ),
    "changing divisors stay": (
        (Let("a", parse("w")), store("w / a + w / v"), Set("a", Number(2.0)),
         store("w / a + w / v")),
        "",
        "let a = w\nstore v = w / a + w / v\nset a = 2\nstore v = w / a + w / v",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_text(case):
    body, prologue, after = TABLE[case]
    group = group_of(body)
    rewritten = rewrite_divisions(group.kernels[0], group)
    assert "\n".join(map(statement_text, rewritten.prologue)) == prologue
    assert "\n".join(map(statement_text, rewritten.body)) == after


@pytest.mark.parametrize("case", TABLE)
def test_values(case, make_storage):
    group = group_of(TABLE[case][0])
    rewritten = rewrite_divisions(group.kernels[0], group)
    after = group_of((*rewritten.prologue, *rewritten.body))
    values = {"v": np.linspace(0.5, 2, 5), "w": 0.7, "cell/tau": 0.3, "C": 1.7, "R": 3.0}
    results = []
    for which in (group, after):
        storage = make_storage(which, 5, values)
        bind(which.kernels[0], which, storage)(0.2, 0.1, 0.1, 1, 0, 5)
        results.append(storage.fields["v"])
    assert results[1] == pytest.approx(results[0], rel=1e-15)
