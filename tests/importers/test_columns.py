"""Values in quotes become columns of numbers that are the same as those of the texts."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from annarchy_ml.importers.neuroml.columns import ColumnReader, Window
from annarchy_ml.model.rows import Coded, Column, Measured, Numbered, Same, Unread


def column_of(texts: list[str]) -> Column:
    """The column of some values that stand in quotes behind one another."""
    content = "".join(f'"{text}"' for text in texts).encode()
    quotes = np.array([i for i, byte in enumerate(content) if byte == ord('"')], np.int64)
    return ColumnReader(Window(content), quotes[::2] + 1, quotes[1::2]).read()


NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=6).map(lambda d: f"{d:f}"),
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(["0", "-0", "+1.5", ".5", "5.", "-0.0", "00.10", "1e5", "123456789012345"]),
)


@given(st.lists(NUMBERS, min_size=1, max_size=20), st.sampled_from(["", " ms", "mV", "S_per_m2"]))
def test_numbers_are_read_exactly(numbers: list[str], unit: str) -> None:
    column = column_of([text + unit for text in numbers])
    for row, text in enumerate(numbers):
        if isinstance(column, Same):
            assert column.value == text + unit
            continue
        assert isinstance(column, (Measured, Numbered))
        assert column.suffix == unit
        read = float(column.numbers[row])
        assert read == float(text)
        assert math.copysign(1.0, read) == math.copysign(1.0, float(text))


@given(
    st.lists(st.integers(0, 10**15 - 1), min_size=2, max_size=20, unique=True),
    st.sampled_from([("../p/", "/cell"), ("p[", "]"), ("../p1/", "/c2"), ("", "")]),
)
def test_paths_are_numbers(numbers: list[int], around: tuple[str, str]) -> None:
    column = column_of([f"{around[0]}{number}{around[1]}" for number in numbers])
    assert isinstance(column, Numbered)
    assert (column.prefix, column.suffix) == around
    assert column.numbers.tolist() == numbers


@given(st.lists(st.text("ab/[]0123.", max_size=12), min_size=1, max_size=40))
def test_column_is_exact_or_says_nothing(texts: list[str]) -> None:
    column = column_of(texts)
    for row, text in enumerate(texts):
        if isinstance(column, Measured):
            number = text.removesuffix(column.suffix)
            assert text == number + column.suffix
            assert column.numbers[row] == float(number)
        elif not isinstance(column, Unread):
            assert isinstance(column, (Same, Coded, Numbered))
            assert column.text(row) == text
