"""Dimension inference and its messages."""

import pytest

from annarchy_ml.diagnostics import Diagnostics, Span
from annarchy_ml.expr import infer, parse
from annarchy_ml.units import DIMENSIONLESS, NAMED_DIMENSIONS

D = NAMED_DIMENSIONS
ENV = {
    "v": D["voltage"], "E": D["voltage"], "tau": D["time"], "g": D["conductance"],
    "C": D["capacitance"], "x": DIMENSIONLESS, "n": DIMENSIONLESS, "any": None,
}  # fmt: skip


def look(text):
    found = Diagnostics()
    return infer(parse(text, Span("m", 1, 1)), ENV, found.add), found.items


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("g * (E - v)", D["current"]),
        ("g * (E - v) / C", D["voltage"] / D["time"]),
        ("v^2 / v", D["voltage"]),
        ("(v / E)^n", DIMENSIONLESS),
        ("v^(1/2) * v^0.5", D["voltage"]),
        ("sqrt(v * v)", D["voltage"]),
        ("pow(v, 2) / E", D["voltage"]),
        ("exp((v - E) / E)", DIMENSIONLESS),
        ("v .gt. 0 .and. x .lt. 0.5", DIMENSIONLESS),
        ("v + 0", D["voltage"]),
        ("max(v, 0)", D["voltage"]),
        ("if(v .gt. E, v, 0)", D["voltage"]),
        ("abs(v)", D["voltage"]),
        ("random(v)", D["voltage"]),
        ("H(v - E)", DIMENSIONLESS),
        ("product(g, v)", D["current"]),
        ("sum(v, E)", D["voltage"]),
        ("-v", D["voltage"]),
        ("0 * v", D["voltage"]),
        ("any + v", D["voltage"]),
        ("any * v", None),
        ("any", None),
        ("0", None),
        ("-0", None),
        ("0 + 0", DIMENSIONLESS),
        ("v^n * 0", None),
    ],
)
def test_dimensions(text, dimension):
    found, diagnostics = look(text)
    assert found == dimension
    if "v^n" not in text:
        assert diagnostics == ()


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (
            "v + tau",
            "units.mismatch",
            "'v' is a voltage, 'tau' a time: a voltage and a time cannot be added",
        ),
        (
            "g * v - tau",
            "units.mismatch",
            "'g * v' is a current, 'tau' a time: a current and a time cannot be subtracted",
        ),
        (
            "v .gt. 3",
            "units.mismatch",
            "'v' is a voltage, '3' a plain number: a voltage and a plain number cannot be compared",
        ),
        ("exp(v)", "units.function", "exp takes a plain number, but 'v' is a voltage"),
        ("x^v", "units.exponent", "the exponent 'v' is a voltage, but must be a plain number"),
        (
            "v^n",
            "units.exponent",
            "'v' is a voltage, which can only be raised to a fixed number, not to 'n'",
        ),
        ("V + v", "expr.unknown-name", "there is no 'V' here"),
        (
            "g .and. v .gt. 0 .and. 2 * x",
            "expr.condition",
            "'2 * x' is a number, but a condition is needed here",
        ),
        (
            "if(v .gt. 0, v, tau)",
            "units.mismatch",
            "'v' is a voltage, 'tau' a time: a voltage and a time cannot be two values of one "
            "quantity",
        ),
    ],
)
def test_faults(text, code, message):
    _, diagnostics = look(text)
    assert [(d.code, d.message) for d in diagnostics] == [(code, message)]


def test_one_mistake_is_reported_once():
    _, diagnostics = look("exp(1 + (v + tau)) * (v + tau + E)")
    assert len(diagnostics) == 2


def test_places_labels_and_note():
    _, (diagnostic,) = look("g * v + tau")
    assert diagnostic.span == Span("m", 1, 9, 3)
    assert diagnostic.label == "time"
    assert diagnostic.related == ((Span("m", 1, 1, 5), "current"),)
    assert diagnostic.notes == ("g is a conductance (nS), v a voltage (mV), tau a time (ms)",)


def test_long_operands_are_shortened():
    _, (diagnostic,) = look("v + " + " * ".join(["tau"] * 30))
    assert len(diagnostic.message) < 250
    assert "..." in diagnostic.message
