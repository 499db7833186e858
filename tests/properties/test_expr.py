"""Properties of expressions and units that hold for all inputs."""

import math
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from annarchy_ml.diagnostics import Span
from annarchy_ml.expr import (
    FUNCTIONS,
    Binary,
    Call,
    Conditional,
    ExprSyntaxError,
    Number,
    Symbol,
    Unary,
    evaluate,
    parse,
    parse_with_warnings,
    pretty,
    rename,
    simplify,
)
from annarchy_ml.units import DIMENSIONLESS, Dimension, Unit, UnitError, UnitTable

NAMES = ("a", "b", "tau_m", "e1", "V")
ALL = list(FUNCTIONS.values())
DETERMINISTIC = [row for row in ALL if not row.stochastic]
SEEDED = [*DETERMINISTIC, FUNCTIONS["random"]]  # that `evaluate` draws


def _calls(operands, rows):
    def call(row):
        least, most = row.arity
        count = st.integers(least, least + 2 if most is None else most)
        return count.flatmap(lambda n: st.tuples(*[operands] * n)).map(
            lambda args: Call(row.name, args)
        )

    return st.sampled_from(rows).flatmap(call)


def expressions(rows=ALL):
    leaves = st.one_of(
        st.floats(allow_nan=False).map(Number),
        st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0]).map(Number),
        st.sampled_from(NAMES).map(Symbol),
    )

    def grown(operands):
        binary = st.sampled_from(
            ["+", "-", "*", "/", "^", "<", ">", "<=", ">=", "==", "!=", "and", "or"]
        )
        return st.one_of(
            st.builds(Unary, st.sampled_from(["-", "not"]), operands),
            st.builds(Binary, binary, operands, operands),
            st.builds(Conditional, operands, operands, operands),
            _calls(operands, rows),
        )

    return st.recursive(leaves, grown, max_leaves=25)


def same(x, y):
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return x == y and math.copysign(1, x) == math.copysign(1, y)


@given(expressions())
def test_parse_after_print_is_identity(tree):
    text = pretty(tree)
    assert parse(text) == tree
    assert pretty(parse(text)) == text


@given(expressions())
def test_portable_text_is_read_alike_everywhere(tree):
    text = pretty(tree, portable=True)
    again, warnings = parse_with_warnings(text)
    assert again == tree
    assert not [w for w in warnings if "reads this as" in w.message]


@given(expressions())
def test_spans_cover_their_own_text(tree):
    text = pretty(tree)
    span = parse(text, Span("f", 1, 1)).span
    part = text[span.column - 1 : span.column - 1 + span.length]
    assert parse(part) == tree


@given(expressions(DETERMINISTIC), st.lists(st.floats(), min_size=5, max_size=5))
def test_simplify_keeps_every_bit(tree, numbers):
    values = dict(zip(NAMES, numbers, strict=True))
    assert same(evaluate(simplify(tree), values), evaluate(tree, values))


@given(expressions(SEEDED), st.integers(0, 2**32))
def test_simplify_keeps_every_draw(tree, seed):
    values = dict.fromkeys(NAMES, 0.5)
    before = evaluate(tree, values, random.Random(seed).random)
    after = evaluate(simplify(tree), values, random.Random(seed).random)
    assert same(before, after)


@given(expressions())
def test_simplify_is_stable(tree):
    once = simplify(tree)
    assert simplify(once) == once


@given(expressions())
def test_rename_there_and_back(tree):
    there = rename(tree, {name: f"{name}_x" for name in NAMES})
    assert rename(there, {f"{name}_x": name for name in NAMES}) == tree


@settings(max_examples=500)
@given(st.text(alphabet="ab12.+-*/^()<>=!&|,eE \n_ltgtandornotexp;'\"\\\0", max_size=40))
def test_any_text_is_read_or_refused_in_place(text):
    try:
        tree, _ = parse_with_warnings(text, Span("f", 3, 5))
    except ExprSyntaxError as error:
        (diagnostic,) = error.diagnostics
        assert diagnostic.span is not None
        assert diagnostic.span.line >= 3
    else:
        assert parse(pretty(tree)) == tree


dimensions = st.builds(Dimension, *[st.integers(-4, 4)] * 7)


@given(dimensions, dimensions, dimensions, st.integers(-3, 3))
def test_dimension_algebra(one, two, three, power):
    assert one * two == two * one
    assert (one * two) * three == one * (two * three)
    assert one / two * two == one
    assert one * DIMENSIONLESS == one
    assert (one * two) ** power == one**power * two**power
    assert one.root(3) ** 3 == one
    assert hash(one.root(2) ** 2) == hash(one)
    assert str(one)


@given(st.floats(-1e6, 1e6), st.integers(-12, 12), st.floats(1e-3, 1e3), st.floats(-300.0, 300.0))
def test_units_there_and_back(value, power, scale, offset):
    unit = Unit("u", DIMENSIONLESS, power, scale, offset)
    again = (unit.to_si(value) - offset) / unit.factor
    assert abs(again - value) <= 1e-12 * (abs(value) + abs(offset / unit.factor) + 1)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["", " ", "\t"]))
def test_quantity_text_is_exact(value, gap):
    table = UnitTable(units=[Unit("V", DIMENSIONLESS)])
    assert same(table.parse_quantity(f"{value!r}{gap}V").value_si, value + 0.0)


@given(st.text(max_size=20))
def test_any_quantity_is_read_or_refused(text):
    table = UnitTable(units=[Unit("mV", DIMENSIONLESS, -3)])
    try:
        assert math.isfinite(table.parse_quantity(text).value_si)
    except UnitError as error:
        assert 0 <= error.start <= error.start + error.length <= len(text)
