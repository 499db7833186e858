"""Simplification: what is folded and what must stay."""

import pytest

from annarchy_ml.expr import parse, pretty, simplify


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1 * x", "x"),
        ("x * 1", "x"),
        ("x / 1", "x"),
        ("x^1", "x"),
        ("x - 0", "x"),
        ("x + -0", "x"),
        ("-(-x)", "x"),
        ("2 * 3 + x", "6 + x"),
        ("x * (1 + 2)^2", "x * 9"),
        ("if(1 .gt. 2, a, b)", "b"),
        ("1 .lt. 2 .and. x .gt. 3", "x .gt. 3"),
        ("x .gt. 3 .or. 1 .lt. 2", "1"),
        ("max(x)", "x"),
        ("1 * (x - 0) / (2 + 2)", "x / 4"),
    ],
)
def test_folded(before, after):
    assert pretty(simplify(parse(before))) == after


@pytest.mark.parametrize(
    "text",
    ["x + 0", "0 + x", "0 * x", "x^0", "0 / x", "x - x", "2 * x * 3", "1 / 0", "log(-1)",
     "random(2)", "x * random(1)", "if(1e999 .lt. x, 1, 2)", "1 * (a .gt. b)", "0 - x"],
)  # fmt: skip
def test_kept(text):
    tree = parse(text)
    assert simplify(tree) is tree


def test_no_draw_is_dropped():
    assert pretty(simplify(parse("if(1 .gt. 2, random(1), b)"))).startswith("if(0,")
