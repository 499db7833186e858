"""The derivative of a rate by its own state, before and after."""

from __future__ import annotations

import pytest

from annarchy_ml.expr import evaluate, parse, pretty
from annarchy_ml.integrators.slopes import difference, mixed_slope, slope
from annarchy_ml.model.system import Equation

CASES = [
    ("(inf - x) / tau", [], "-(1) / tau"),
    ("a + b", [], "0"),
    ("x", [], "1"),
    ("3 * x + x / b", [], "3 + 1 / b"),
    ("a * (b * x - c)", [], "a * b"),
    ("alpha * (1 - x) - beta * x", [], "alpha * -(1) + -beta"),
    ("x * x", [], None),
    ("1 / x", [], None),
    ("x ^ 2", [], None),
    ("exp(x)", [], None),
    ("exp(v) * x", [], "exp(v)"),
    ("d * 2", [("d", "k * x")], "k * 2"),
    ("d - x", [("c", "x + 1"), ("d", "c + c")], "1 + 1 + -(1)"),
    ("d", [("d", "x * x")], None),
    ("x * d", [("d", "v * v")], "d"),
]


@pytest.mark.parametrize(("rate", "derived", "expected"), CASES)
def test_slope(rate: str, derived: list[tuple[str, str]], expected: str | None) -> None:
    equations = [Equation(name, parse(value)) for name, value in derived]

    found = slope(parse(rate), "x", equations)

    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert pretty(found) == expected


BENDING = [
    Equation("leak", parse("g * (e - x)")),
    Equation("y", parse("x / 3")),
    Equation("bent", parse("p * y / (1 - exp(-y))")),
    Equation("other", parse("x * x")),
    Equation("total", parse("leak + 2 * bent")),
]


def test_only_what_is_not_affine_is_a_difference() -> None:
    first, found = mixed_slope(parse("total / c"), "x", BENDING)

    assert pretty(found) == "(g * -(1) + 2 * bent#bent) / c"
    assert [item.name for item in first] == ["x#near", "y#near", "bent#near", "bent#bent"]


def test_a_rate_that_is_affine_needs_no_difference() -> None:
    first, found = mixed_slope(parse("leak / c"), "x", BENDING)

    assert first == ()
    assert pretty(found) == "g * -(1) / c"


def test_a_rate_that_bends_itself_is_a_difference_as_a_whole() -> None:
    assert mixed_slope(parse("total * x"), "x", BENDING) == difference(
        parse("total * x"), "x", BENDING
    )


@pytest.mark.parametrize("x", [-1.5, 0.2, 7.0])
def test_a_sum_of_differences_is_the_difference_of_the_sum(x: float) -> None:
    values = {"x": x, "g": 0.3, "e": -2.0, "p": 0.7, "c": 1.5}
    found = []
    for find in (mixed_slope, difference):
        first, own = find(parse("total / c"), "x", BENDING)
        known = dict(values)
        for item in [*BENDING, *first]:
            known[item.name] = evaluate(item.value, known)
        found.append(evaluate(own, known))
    assert found[0] == pytest.approx(found[1], rel=1e-6)
