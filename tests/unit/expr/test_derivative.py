"""Derivatives beside differences, for every function that has one."""

from __future__ import annotations

import pytest

from annarchy_ml.expr import FUNCTIONS, Number, evaluate, parse
from annarchy_ml.expr.derivative import NoDerivative, derivative

TEXTS = (
    "3*x^2 - x/(1 + x*y)", "x^y", "y^x", "x^(2*x)", "(x - y)^3", "pow(x, 1.5)", "-(x - 2*y)",
    "if(x > 1, x*x, y/x)", "sin(x) + cos(x*y) - tan(x/3)", "sinh(x) * cosh(y*x) / tanh(x)",
    "asin(x/4) + acos(x/5) - atan(x*x)", "exp(-x*y) + expm1(x/2)",
    "ln(x) + log10(x) + log2(x*y) + log1p(x)", "erf(x - 1) + cbrt(x)", "sqrt(x*x + y)",
    "abs(y - x*x)", "min(x, y, x*x)", "max(x, y, x*x - 1)", "sum(x, x*x, y)",
    "product(x, y, x + 1)", "hypot(x, y)", "atan2(x, y) - atan2(y, x*x)",
    "floor(x) + ceil(x) + H(x - 1) * x",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("x", [0.37, 1.31])
def test_derivatives_are_limits_of_differences(text: str, x: float) -> None:
    e, h = parse(text), 1e-6
    after, before = (evaluate(e, {"x": x + side * h, "y": 0.8}) for side in (1, -1))
    found = evaluate(derivative(e, "x"), {"x": x, "y": 0.8})
    assert found == pytest.approx((after - before) / (2 * h), rel=2e-8, abs=1e-9)


def test_every_function_has_been_looked_at() -> None:
    """What is neither compared above nor refused would be forgotten here."""
    everything = " ".join(TEXTS).replace("ln(", "log(")
    missing = {row.name for row in FUNCTIONS.values() if not row.stochastic}
    missing -= {name for name in missing if f"{name}(" in everything}
    assert missing == {"factorial"}


@pytest.mark.parametrize("text", ["factorial(x)", "gamma(x)", "2 * random(x)"])
def test_what_has_no_derivative(text: str) -> None:
    with pytest.raises(NoDerivative):
        derivative(parse(text), "x")
    assert derivative(parse(text), "y") == Number(0.0)
