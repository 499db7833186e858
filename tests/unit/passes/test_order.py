"""Derived values in an order in which each can be computed."""

from __future__ import annotations

import pytest

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.expr import parse
from annarchy_ml.model.system import Equation
from annarchy_ml.passes.order import ordered

CASES = [
    (["x = y + 1", "y = 2 * z"], ["y", "x"]),
    (["a = 1", "b = 2", "c = 3"], ["a", "b", "c"]),
    (["d = b + c", "c = a", "b = a", "a = s"], ["a", "c", "b", "d"]),
    (["own = own + 1"], ["own"]),
    ([], []),
]


def equations(texts: list[str]) -> list[Equation]:
    pairs = [text.split(" = ") for text in texts]
    return [Equation(name, parse(value), f"{name} = {value}") for name, value in pairs]


@pytest.mark.parametrize(("texts", "names"), CASES)
def test_order(texts: list[str], names: list[str]) -> None:
    report = Diagnostics()

    assert [item.name for item in ordered(equations(texts), report, None)] == names
    assert not report.items


def test_loop_is_told_as_a_chain() -> None:
    report = Diagnostics()

    ordered(equations(["a = c", "b = a", "c = b + k", "k = 1"]), report, None)

    (fault,) = report.items
    assert fault.code == "loop.algebraic"
    assert "a -> c -> b -> a" in fault.message
