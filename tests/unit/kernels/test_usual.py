"""Exponentials found from one another, and where they must not be."""

import math
import random

import pytest

from annarchy_ml.expr.evaluate import evaluate
from annarchy_ml.expr.nodes import Call
from annarchy_ml.expr.parse import parse
from annarchy_ml.expr.traverse import postorder
from annarchy_ml.kernels.nodes import Let, Store, When
from annarchy_ml.kernels.shared_exponentials import share_exponentials
from annarchy_ml.kernels.uses import expressions_of

SQUID = {"a": -0.04, "b": -0.065, "c": -0.035, "s": 0.01, "l": -0.02, "m": 0.018, "n": -0.08}


def body(*lines):
    """Statements: `name = expression` is a local, `store name = ...` a field."""
    made = []
    for line in lines:
        name, _, text = line.partition(" = ")
        store = name.startswith("store ")
        made.append((Store if store else Let)(name.removeprefix("store "), parse(text)))
    return tuple(made)


def run(statements, values):
    known = dict(values)
    for item in statements:
        known[item.name if isinstance(item, Let) else item.field] = evaluate(item.value, known)
    return known


def exponentials(statements, fixed):
    """How many are found for each instance."""
    names, count = set(fixed), 0
    for item in statements:
        for value in expressions_of(item):
            found = {n for n in postorder(value) if isinstance(n, Call) and n.function == "exp"}
            own = [
                n
                for n in found
                if not {s.name for s in postorder(n) if hasattr(s, "name")} <= names
            ]
            count += len(own)
        if isinstance(item, Let) and not own:
            symbols = {s.name for s in postorder(item.value) if hasattr(s, "name")}
            names |= {item.name} if symbols <= names else set()
    return count


AXON = body(
    "x = (v - a) / s",
    "am = if(x != 0, x / (1 - exp(0 - x)), 1)",
    "bm = 4 * exp((v - b) / (0 - m))",
    "ah = 0.07 * exp((v - b) / l)",
    "bh = 1 / (1 + exp((c - v) / s))",
    "an = exp((b - v) / s)",
    "bn = 0.125 * exp((v - b) / n)",
    "inf = ah / (ah + bh)",
    "store h = h + 0.1 * (inf - h) / (1 / (ah + bh))",
    "store r = am + bm + an + bn",
)


def test_exponentials_of_a_squid_axon():
    shared = share_exponentials(AXON, SQUID, frozenset())
    assert exponentials(AXON, SQUID) == 6
    assert exponentials(shared.body, SQUID) == 2
    assert all(evaluate(test, SQUID) == 1.0 for test in shared.tests)
    draws = random.Random(1)
    for _ in range(2000):
        values = SQUID | {"v": draws.uniform(-0.15, 0.1), "h": draws.random()}
        expected, found = run(AXON, values), run(shared.body, values)
        for name in ("am", "bm", "ah", "bh", "an", "bn", "h", "r"):
            assert found[name] == pytest.approx(expected[name], rel=1e-13)


def test_next_to_a_removable_singularity():
    """x / (1 - exp(-x)) is 1 + x / 2 + x^2 / 12 there, whatever the last bits of exp(-x) are."""
    shared = share_exponentials(AXON, SQUID, frozenset())
    for k in range(-400, 400):
        v = SQUID["a"] + math.copysign(10.0 ** (-abs(k) / 25), k) * 0.0005
        x = (v - SQUID["a"]) / SQUID["s"]
        found = run(shared.body, SQUID | {"v": v, "h": 0.5})["am"]
        exact = -x / math.expm1(-x) if x else 1.0
        assert found == pytest.approx(exact, rel=1e-13)


def test_a_relation_that_no_longer_holds_is_told():
    shared = share_exponentials(AXON, SQUID, frozenset())
    for change in ({"s": 0.0100001}, {"l": -0.021}, {"l": 0.02}, {"b": -1.0}, {"n": 0.0}):
        assert not all(evaluate(test, SQUID | change) for test in shared.tests)
    moved = SQUID | {"a": -0.03, "c": -0.05}
    assert all(evaluate(test, moved) for test in shared.tests)
    values = moved | {"v": -0.061, "h": 0.2}
    assert run(shared.body, values)["r"] == pytest.approx(run(AXON, values)["r"], rel=1e-13)


@pytest.mark.parametrize(
    "lines",
    [
        ("e = exp(v / s)", "d = 1 - e", "store y = v / d + exp(v / 0.02)"),
        ("store y = 1 / (exp(v / s) - exp((v - a) / s))",),
        ("e = exp(v / s)", "store y = if(2 - e > 0, exp(v / 0.02), 0)"),
        ("store y = v / log(exp(v / s)) + exp((v - a) / s)",),
        ("store y = v / (exp(v / s) + a) + exp((v - b) / s) / (exp((v - c) / s) + a)",),
        ("store y = v / (1 + a * exp(v / s)) + v / (b * exp((v - b) / s) + 1)",),
        ("store y = v / (1 + (-exp(v / s))) + v / (1 - 2 * exp((v - b) / s))",),
        ("e = exp(v / s)", "store seen = e", "store y = v / (2 - seen) + v / (3 - exp(v / 0.02))"),
        ("store y = v / (2 - seen) + v / (3 - exp(v / 0.02))", "store seen = exp(v / s)"),
    ],
)
def test_divisors_that_vanish_keep_their_exponentials(lines):
    assert share_exponentials(body(*lines), SQUID, frozenset()) is None


@pytest.mark.parametrize(
    "lines",
    [
        ("store y = exp(v / s) + exp(v / 0.0137)",),
        ("store y = exp(v / s) + exp(v / 0.17)",),
        ("store y = exp(v / s) + exp(u / s)",),
        ("store y = exp(v / s) + exp((v - 1) / s)",),
        ("store y = exp(v / s) + exp(v * v)",),
        ("store y = exp(v / s) + exp(v / unknown)",),
        ("e = exp(v / s)", "store v = v + e", "store y = exp(v / 0.02)"),
    ],
)
def test_what_has_nothing_in_common(lines):
    """Other slopes, too large a multiple, other variables, far offsets, a variable that moved."""
    assert share_exponentials(body(*lines), SQUID, frozenset()) is None


def test_a_local_of_a_variable_that_moved_is_not_followed():
    statements = body(
        "x = v / s", "store v = v + x", "store y = exp(x) + exp(v / s) + exp((v - a) / s)"
    )
    shared = share_exponentials(statements, SQUID, frozenset())
    values = SQUID | {"v": -0.03}
    assert run(shared.body, values)["y"] == pytest.approx(run(statements, values)["y"], rel=1e-14)
    assert exponentials(shared.body, SQUID) == 2


def test_branches_keep_theirs():
    inside = When(parse("v > 0"), body("store y = exp(v / s) + exp(v / 0.02)"))
    assert share_exponentials((inside,), SQUID, frozenset()) is None


def test_whole_numbers_are_not_shared_of():
    lines = body("store y = exp(k / s) + exp(k / 0.02)")
    assert share_exponentials(lines, SQUID, frozenset({"k"})) is None
    assert share_exponentials(lines, SQUID, frozenset()) is not None
