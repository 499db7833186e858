"""What is moved out of loops, as statements before and after."""

import numpy as np
import pytest

from annarchy_ml.engine.codegen.divisions import Rewritten
from annarchy_ml.engine.codegen.hoisting import hoist
from annarchy_ml.expr import parse
from annarchy_ml.kernels.interpret import bind
from annarchy_ml.kernels.nodes import (
    Draw,
    Field,
    GroupKernel,
    Kernel,
    KernelKind,
    KernelModule,
    Let,
    Placement,
    Role,
    Set,
    Store,
    When,
)
from annarchy_ml.kernels.text import statement_text

FIELDS = (
    Field("v", Placement.PER_INSTANCE, Role.STATE),
    Field("own", Placement.PER_INSTANCE, Role.PARAMETER),
    Field("tau", Placement.SHARED, Role.PARAMETER),
    Field("k", Placement.SHARED, Role.PARAMETER),
)


def group_of(*body):
    kernel = Kernel("update", KernelKind.UPDATE, body)
    return GroupKernel("g", FIELDS, (), (), (), (), (kernel,))


def hoisted(*body):
    group = group_of(*body)
    result = hoist(Rewritten((), body), group.kernels[0], group)
    return [statement_text(item) for item in (*result.prologue, *result.body)], result


def test_shared_locals_and_dear_parts_move():
    lines, _ = hoisted(
        Let("z", parse("-dt / tau")),
        Store("v", parse("v * if(abs(z) .lt. 1e-5, 1 + z, exp(z)) + k")),
        Store("v", parse("v + exp(k) * own + exp(k)")),
    )
    assert lines == [
        "let z = -dt / tau",
        "let 'v factor' = if(abs(z) .lt. 1e-05, 1 + z, exp(z))",
        "let 'v factor 2' = exp(k)",
        "store v = v * 'v factor' + k",
        "store v = v + 'v factor 2' * own + 'v factor 2'",
    ]


def test_branches_are_no_obstacle():
    lines, _ = hoisted(
        When(parse("v .gt. exp(k)"), (Let("a", parse("k * 2")), Store("v", parse("a / tau + v"))))
    )
    assert lines == [
        "let factor = exp(k)",
        "let a = k * 2",
        "let 'v factor' = a / tau",
        "when v .gt. factor:\n  store v = 'v factor' + v",
    ]


def test_a_local_of_two_values_gives_two_factors():
    lines, _ = hoisted(
        Let("z", parse("dt * if(own .gt. 0, 1 / tau, 0)")), Store("v", parse("v * exp(z)"))
    )
    assert lines == [
        "let 'z factor' = 1 / tau",
        "let 'v factor' = exp(dt * (1 / tau))",
        "let 'v factor 2' = exp(dt * 0)",
        "let z = dt * if(own .gt. 0, 'z factor', 0)",
        "store v = v * if(own .gt. 0, 'v factor', 'v factor 2')",
    ]


def test_a_choice_is_forgotten_where_what_decides_it_changes():
    lines, _ = hoisted(
        Let("z", parse("if(own .gt. 0, k, 0)")),
        When(parse("v .gt. 1"), (Store("own", parse("v")),)),
        Store("v", parse("v * exp(z)")),
    )
    assert lines[-1] == "store v = v * exp(z)"


@pytest.mark.parametrize(
    "body",
    [
        (Let("a", parse("exp(own)")), Store("v", parse("a"))),
        (Let("a", parse("1")), Set("a", parse("v")), Store("v", parse("exp(a)"))),
        (Draw("a", 0), Store("v", parse("exp(a)"))),
        (Store("v", parse("v + k * tau")),),
    ],
)
def test_what_stays(body):
    """What differs between instances, changes, or is cheap."""
    _, result = hoisted(*body)
    assert result == Rewritten((), body)


def test_a_condition_moves_in_parts():
    lines, _ = hoisted(When(parse("exp(k) .gt. 1"), (Store("v", parse("own")),)))
    assert lines == ["let factor = exp(k)", "when factor .gt. 1:\n  store v = own"]


def test_values_stay(native_kernels, make_storage):
    body = (
        Let("z", parse("-dt / tau")),
        When(
            parse("v .gt. exp(k)"),
            (Let("q", parse("tau * k")), Store("v", parse("v * exp(z) + (1 - exp(z)) * q"))),
        ),
    )
    module = KernelModule((group_of(*body),))
    v = np.linspace(0, 5, 40)
    native, interpreted = (
        make_storage(module.groups[0], 40, {"v": v, "tau": 0.7, "k": 0.5}) for _ in range(2)
    )
    native_kernels(module).update(native, (0.2, 0.1, 0.1, 1), 0, 40)
    bind(module.groups[0].kernels[0], module.groups[0], interpreted)(0.2, 0.1, 0.1, 1, 0, 40)
    assert native.fields["v"] == pytest.approx(interpreted.fields["v"], rel=1e-15)
    assert np.any(native.fields["v"] != v)
