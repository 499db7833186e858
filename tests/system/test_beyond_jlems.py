"""What LEMS says and jNeuroML 0.14.0 does not do: the numbers here follow from the model alone.

==========================  ==================================================================
model                       jNeuroML
==========================  ==================================================================
``child_of_type``           stops: ``ChildInstance`` finds no type
``choose``                  makes no connection inside ``Choose``
``delayed_relay``           stops: an event that arrives may cause no event with a delay
``emit_twice``              connects no port that is named by two ``EventOut``
``forward_derived``         a derived variable above the one that it needs takes its last value
``multi_assign``            stops: ``Assign`` in ``MultiInstantiate`` finds no parameters
``spaces``                  stops: only the schema knows ``space``
``super``                   stops: what ``Super`` adds has no expressions
``simultaneous_time``       leaves out the conditions of simultaneous equations
==========================  ==================================================================
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

Columns = dict[str, str]

EXPECTED: dict[str, tuple[int, Columns, Columns]] = {
    "choose": (
        1,
        {
            "high[0]/n": "0 0 1 1 1",
            "low[0]/n": "0 0 2 2 2",
            "open[0]/n": "0 0 2 2 2",
            "shut[0]/n": "0 0 3 3 3",
        },
        {},
    ),
    "child_of_type": (1, {"r[0]/y": "1 8 15 22 29"}, {}),
    "spaces": (1, {"q[0]/n": "0 0 1 1 1"}, {}),
    "super": (1, {"x": "1 2 3 0 1 2", "d": "2 2 4 6 0 2", "y": "0 2 6 12 12 14"}, {}),
    "delayed_relay": (
        1,
        {
            "r[0]/n": "0 0 0 0 1 1 1 1 1",
            "r[0]/area": "0 0 0 0 1 2 3 4 5",
            "r[1]/n": "0 0 0 0 0 0 1 1 1",
            "r[2]/n": "0 0 0 0 0 0 1 1 1",
            "r[2]/area": "0 0 0 0 0 0 1 2 3",
        },
        {"r[0]": "0.004", "r[1]": "0.006", "r[2]": "0.006"},
    ),
    "emit_twice": (
        1,
        {"p[0]/n": "0 0 0 0 0 0 0", "target[0]/n": "0 0 4 4 8 8 8"},
        {"p[0]": "0.002 0.002 0.004 0.004"},
    ),
    "forward_derived": (1, {"x": "0 1 2 3 4", "b": "1 1 2 3 4", "a": "10 10 20 30 40"}, {}),
    "multi_assign": (
        1,
        {
            "p[0]/y": "0 1 2 3 4",
            "p[1]/y": "0 3 6 9 12",
            "p[2]/y": "0 5 10 15 20",
            "p[2]/n": "0 0 0 5 5",
            "q[0]/y": "0 7 14 21 28",
        },
        {},
    ),
    "simultaneous_time": (1, {"x": "0 2.3333333333 8.6666666667 0 0 0 0"}, {}),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_model_follows_its_text(check_model: Callable[..., None], name: str) -> None:
    check_model(name, *EXPECTED[name])
