"""Values, with IEEE results at the edges."""

import math

import pytest

from annarchy_ml.expr import FUNCTIONS, evaluate, ieee, parse

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3 - 4 / 8", 6.5),
        ("2^3^2", 64.0),
        ("-2^2", -4.0),
        ("1 / 0", INF),
        ("-1 / 0", -INF),
        ("1 / -0", -INF),
        ("0 / 0", NAN),
        ("exp(1000)", INF),
        ("sinh(-1000)", -INF),
        ("cosh(-1000)", INF),
        ("log(0)", -INF),
        ("log10(0)", -INF),
        ("ln(-1)", NAN),
        ("log(exp(1))", 1.0),
        ("sqrt(-1)", NAN),
        ("sqrt(-0)", -0.0),
        ("asin(2)", NAN),
        ("sin(1e999)", NAN),
        ("10^400", INF),
        ("(-10)^401", -INF),
        ("0^-1", INF),
        ("(-8)^(1/3)", NAN),
        ("1e308 * 10", INF),
        ("H(0)", 0.5),
        ("H(-3)", 0.0),
        ("H(2)", 1.0),
        ("ceil(2.1)", 3.0),
        ("ceil(-2.1)", -2.0),
        ("ceil(-0.5)", -0.0),
        ("floor(-2.1)", -3.0),
        ("ceil(1e999)", INF),
        ("factorial(5)", 120.0),
        ("factorial(171)", INF),
        ("factorial(2.5)", NAN),
        ("factorial(-1)", NAN),
        ("min(3, 1, 2)", 1.0),
        ("max(3, 1, 2)", 3.0),
        ("max(1, 0/0)", NAN),
        ("min(0/0, 1)", NAN),
        ("sum(1, 2, 3)", 6.0),
        ("product(2, 3, 4)", 24.0),
        ("pow(2, 10)", 1024.0),
        ("abs(-2)", 2.0),
        ("1 .lt. 2", 1.0),
        ("0/0 .eq. 0/0", 0.0),
        ("0/0 .neq. 0/0", 1.0),
        ("1 .lt. 2 .and. 2 .lt. 1", 0.0),
        ("1 .lt. 2 .or. 2 .lt. 1", 1.0),
        (".not. 1 .lt. 2", 0.0),
        ("if(1 .lt. 2, 3, 1/0)", 3.0),
    ],
)
def test_values(text, value):
    result = evaluate(parse(text), {})
    assert type(result) is float
    if math.isnan(value):
        assert math.isnan(result)
    else:
        assert (result, math.copysign(1, result)) == (value, math.copysign(1, value))


def test_names():
    assert evaluate(parse("a * b"), {"a": 3, "b": 0.5}) == 1.5
    with pytest.raises(KeyError, match="c"):
        evaluate(parse("c"), {})


def test_random_needs_a_source():
    with pytest.raises(ValueError, match="random"):
        evaluate(parse("random(1)"), {})
    assert evaluate(parse("random(4)"), {}, lambda: 0.25) == 1.0


def test_every_function_has_a_value():
    for row in FUNCTIONS.values():
        if not row.stochastic:
            arguments = [0.5] * row.arity[0]
            assert math.isfinite(getattr(ieee, row.ieee)(*arguments)) or row.name == "factorial"
