"""Halves of a unit: each function in one of them, about equal, the same on every machine."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from annarchy_ml.engine.codegen.halves import in_halves


def half_of(text: str, half: int) -> str:
    """What is left of a text for one half; 0 for the whole unit."""
    kept, on = [], True
    for line in text.splitlines():
        chosen = re.fullmatch(r"#if AML_HALF != ([12])", line)
        if chosen:
            on = half != int(chosen[1])
        elif line.startswith("#endif"):
            on = True
        elif on:
            kept.append(line)
    return "\n".join(kept)


@given(st.lists(st.integers(1, 6000), max_size=12))
def test_every_function_is_in_one_half(sizes):
    functions = [f"<{k}>{'x' * size}</{k}>\n" for k, size in enumerate(sizes)]
    text = in_halves(functions)
    first, second, whole = (half_of(text, half) for half in (1, 2, 0))
    divided = "#if" in text
    for function in functions:
        line = function.rstrip("\n")
        assert line in whole
        assert (line in first) + (line in second) == (1 if divided else 2)
    if divided:
        larger = max(map(len, functions))
        assert abs(len(first) - len(second)) <= larger
        assert min(len(first), len(second)) >= 1400


def test_little_text_stays_whole():
    functions = ["void a(void) {}\n", "void b(void) {}\n"]
    assert in_halves(functions) == "".join(functions)
    assert in_halves(["x" * 100_000]) == "x" * 100_000
    assert in_halves([]) == ""


def test_a_loop_compiled_per_layout_counts_as_often():
    layouts = "".join(f"\n  case {k}: f({k}); return;" for k in range(7))
    update, event = "w" * 2000 + "\n", layouts + "e" * 2000 + "\n"
    text = in_halves([update, update, update, event])
    assert half_of(text, 1).count("w") in (0, 6000)
