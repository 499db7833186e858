"""Nodes: equality, hashing, pickling."""

import copy
import dataclasses
import math
import pickle

import pytest

from annarchy_ml.diagnostics import Span
from annarchy_ml.expr import Binary, Number, Symbol, Unary, parse

TEXT = "if(a .gt. 1, exp(-a^2), max(b, 2)) * (x - 3)"


def test_spans_do_not_count():
    one, two = parse(TEXT, Span("a", 1, 1)), parse(TEXT)
    assert one == two
    assert hash(one) == hash(two)
    assert {one: 1}[two] == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [("a + b", "b + a"), ("a", "b"), ("a", "1"), ("-a", "a"), ("max(a)", "max(a, a)"),
     ("sin(a)", "cos(a)")],
)  # fmt: skip
def test_different_content_differs(one, two):
    assert parse(one) != parse(two)
    assert parse(one) != one


def test_zeros_differ_and_nan_is_itself():
    assert Number(0.0) != Number(-0.0)
    assert Number(0) == Number(0.0)
    assert Number(math.nan) == Number(math.nan)
    assert hash(Number(math.nan)) == hash(Number(math.nan))
    assert Number(2) == Number(2.0)


def test_pickle_keeps_content_and_spans_but_not_the_hash():
    tree = parse(TEXT, Span("a", 1, 1))
    hash(tree)
    again = pickle.loads(pickle.dumps(tree))
    assert again == tree
    assert again.span == tree.span
    assert not hasattr(pickle.loads(pickle.dumps(Symbol("a"))), "_hash")
    assert copy.deepcopy(tree) == tree


def test_nodes_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Symbol("a").name = "b"


def test_deep_chains_hash_and_compare_without_recursion():
    def chain():
        tree = Symbol("a")
        for _ in range(50_000):
            tree = Binary("+", tree, Unary("-", Symbol("b")))
        return tree

    assert hash(chain()) == hash(chain())
    assert chain() == chain()
