"""The passes that find start values."""

from __future__ import annotations

from annarchy_ml.expr import parse
from annarchy_ml.kernels.nodes import Flow, Propagate, Set, Statement
from annarchy_ml.kernels.text import statement_text
from annarchy_ml.model.system import Equation, EquationSystem, Part
from annarchy_ml.passes.initialize import DOWN, START, UP, start_statements

CHILD = Part(
    "m",
    "gate",
    requirements=(Equation("m/v", parse("v")),),
    derived=(Equation("m/inf", parse("v * v")),),
    on_start=(Set("q", parse("inf")),),
    published=(("q2", "q"),),
)
TOP = Part("", "cell", derived=(Equation("i", parse("q * 2")),), on_start=(Set("v", parse("v0")),))


def system(*parts: Part, start_order: tuple[int, ...]) -> EquationSystem:
    return EquationSystem("cell", parts, start_order, {}, (), (), (), ())


def texts(statements: tuple[Statement, ...]) -> list[str]:
    return [statement_text(item).partition("#")[0].strip() for item in statements]


def test_first_pass_goes_down_without_derived_values() -> None:
    found = start_statements(system(CHILD, TOP, start_order=(1, 0)))

    assert texts(found[START]) == ["set v = v0", "set m/v = v", "set q = inf", "set q2 = q"]


def test_later_passes_go_up_and_down_with_derived_values() -> None:
    found = start_statements(system(CHILD, TOP, start_order=(1, 0)))

    child = ["set m/v = v", "set m/inf = v * v", "set q = inf", "set q2 = q"]
    top = ["set i = q * 2", "set v = v0"]
    assert texts(found[UP]) == [*child, *top]
    assert texts(found[DOWN]) == [*top, *child]


def test_kinetic_scheme_starts_in_its_first_state_and_only_once() -> None:
    scheme = Propagate(("a", "b", "c"), (Flow(0, 1, parse("f"), parse("r")),))
    found = start_statements(system(Part("", "gate", scheme=scheme), start_order=(0,)))

    assert texts(found[START]) == ["set a = 1", "set b = 0", "set c = 0"]
    assert texts(found[UP]) == texts(found[DOWN]) == []


def test_regime_is_entered_after_onstart() -> None:
    part = Part(
        "",
        "cell",
        on_start=(Set("x", parse("1")),),
        regime="regime",
        on_regime_start=(Set("regime", parse("0")), Set("x", parse("x + 1"))),
    )
    found = start_statements(system(part, start_order=(0,)))

    assert texts(found[START]) == ["set x = 1", "set regime = 0", "set x = x + 1"]
