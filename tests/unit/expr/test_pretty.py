"""Text of expressions."""

import math

import pytest

from annarchy_ml.expr import Binary, Number, Symbol, Unary, format_number, parse, pretty

a, b = Symbol("a"), Symbol("b")


@pytest.mark.parametrize(
    "text",
    ["a + b * c", "(a + b) * c", "a - (b - c)", "a - b - c", "a / (b * c)", "a^b^c", "a^(b^c)",
     "-a^2", "(-a)^2", "2^-1", "2^(-a)", "a * -b", "a - -2", "-(3)", "-(-2)", "-(-a)",
     "a .lt. b .and. c .geq. 2 .or. a .eq. b", "(a .or. b) .and. c", "a .and. .not. b",
     ".not. (a .and. b)", ".not. a .eq. b", "(.not. a) .eq. b", "if(a .gt. 1, 2, 3) + max(a, b)",
     "exp(-(v - 3.5e-05) / k)", "(a .lt. b) + 1", "1e+300 * a"],
)  # fmt: skip
def test_minimal_parentheses(text):
    assert pretty(parse(text)) == text
    assert parse(pretty(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.0, "2"), (-65.0, "-65"), (1e-5, "1e-05"), (0.1, "0.1"), (-0.0, "-0"), (1e300, "1e+300"),
     (math.inf, "1e999"), (-math.inf, "-1e999"), (math.nan, "nan"), (123456789.0, "123456789")],
)  # fmt: skip
def test_numbers(value, text):
    assert format_number(value) == text


def test_portable_text_for_jlems():
    assert pretty(parse("a .or. b .and. c"), portable=True) == "a .or. (b .and. c)"
    assert pretty(parse("a .and. b .eq. 1"), portable=True) == "a .and. (b .eq. 1)"
    assert pretty(parse("a .and. b .and. c"), portable=True) == "a .and. b .and. c"
    assert pretty(parse("a * -b^2"), portable=True) == "a * (-b^2)"


def test_built_nodes_that_no_text_gives_directly():
    for tree in (
        Unary("-", Number(2.0)),
        Binary("^", Number(-2.0), Number(-3.0)),
        Binary("^", a, Unary("-", Unary("-", b))),
        Binary("-", a, Unary("-", Number(-1.0))),
        Unary("-", Unary("not", a)),
        Binary("==", Unary("not", a), b),
    ):
        assert parse(pretty(tree)) == tree
