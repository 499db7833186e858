"""Conditions and numbers in place of one another."""

import pytest

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.expr import check_kind, parse


@pytest.mark.parametrize(
    ("text", "wants_condition", "messages"),
    [
        ("v .gt. 0", True, []),
        ("v + 1", False, []),
        (".not. (v .gt. 0 .and. g .lt. 1)", True, []),
        ("v", True, ["'v' is a number, but a condition is needed here"]),
        ("-1", True, ["'-1' is a number, but a condition is needed here"]),
        ("v .gt. 0", False, ["'v .gt. 0' is a condition, but a number is needed here"]),
        ("2 * (v .gt. 0)", False, ["'v .gt. 0' is a condition, but a number is needed here"]),
        ("-(v .gt. 0)", False, ["'v .gt. 0' is a condition, but a number is needed here"]),
        (
            "(v .gt. 0) .eq. 1",
            True,
            ["'v .gt. 0' is a condition, but a number is needed here"],
        ),
    ],
)
def test_kinds(text, wants_condition, messages):
    found = Diagnostics()
    check_kind(parse(text), wants_condition, found.add)
    assert [item.message for item in found] == messages
    assert all(item.code == "expr.condition" and item.hint for item in found)
