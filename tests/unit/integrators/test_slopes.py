"""The derivative of a rate by its own state, before and after."""

from __future__ import annotations

import pytest

from annarchy_ml.expr import parse, pretty
from annarchy_ml.integrators.slopes import slope
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
