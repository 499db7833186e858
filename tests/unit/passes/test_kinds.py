"""Kinds of compartments: which there are, and their kernels before and after."""

from __future__ import annotations

import numpy as np

from annarchy_ml.expr import parse
from annarchy_ml.kernels.nodes import Emit, Kernel, KernelKind, Let, Store, When
from annarchy_ml.kernels.text import statement_text
from annarchy_ml.model.cable import Kind
from annarchy_ml.passes.compartmentalize import first_kinds
from annarchy_ml.passes.kinds import kernels_of_kinds

BODY = (
    Let("na/i", parse("na_g * (v - 1)")),
    Let("na/share", parse("if_covered * 2")),
    Let("total", parse("na_share + leak")),
    Store("na/m", parse("m + dt")),
    When(parse("v .gt. 0"), (Store("na/open", parse("1")),)),
    When(parse("v .gt. 0"), (Store("spiking", parse("1")), Emit("spike"))),
    Store("v#rate", parse("total")),
)


def texts(kinds: tuple[Kind, ...]) -> list[list[str]]:
    kernel = Kernel("update", KernelKind.UPDATE, BODY)
    made = kernels_of_kinds((kernel,), kinds)
    assert [item.part for item in made] == list(range(len(kinds)))
    return [[statement_text(item) for item in one.body] for one in made]


def test_what_is_absent_goes_with_all_that_only_it_needs() -> None:
    lacking = Kind(1, 9, {"if_covered": 0.0, "na_share": 0.0}, ("na/",))
    whole, without = texts((Kind(0, 1), lacking))
    assert any("na/m" in line for line in whole) and any("na/open" in line for line in whole)
    assert not any("na/" in line for line in without)
    assert any("leak" in line for line in without)
    assert any("emit spike" in line for line in without)


def test_a_stored_current_of_what_is_absent_is_a_number_where_it_is_read() -> None:
    body = (
        Store("i", parse("if(covered .gt. 0, covered * full, 0)")),
        Store("v#rate", parse("leak + i")),
    )
    kernel = Kernel("update", KernelKind.UPDATE, body)
    lacking = Kind(1, 9, {"covered": 0.0}, ("i",))
    _, without = kernels_of_kinds((kernel,), (Kind(0, 1), lacking))
    assert [statement_text(item) for item in without.body] == ["store 'v#rate' = leak + 0"]


def test_kinds_are_numbered_as_they_first_come() -> None:
    table = np.array([[1, 0, 0, 1, 0], [0, 0, 1, 0, 0]], bool)
    first, of = first_kinds(table, 5)
    assert first.tolist() == [0, 1, 2]
    assert of.tolist() == [0, 1, 2, 0, 1]


def test_rare_kinds_are_one() -> None:
    table = np.array([[bit == number for number in range(12)] for bit in range(12)])
    table = np.concatenate([table, np.zeros((12, 30), bool)], axis=1)
    first, of = first_kinds(table, 42)
    assert len(first) == 6
    assert len(set(of[12:].tolist())) == 1
    assert sorted(set(of.tolist())) == list(range(6))


def test_a_cell_without_partial_mechanisms_is_of_one_kind() -> None:
    first, of = first_kinds(np.zeros((0, 4), bool), 4)
    assert (first.tolist(), of.tolist()) == ([0], [0, 0, 0, 0])
