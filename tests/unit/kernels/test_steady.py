"""Which compartments always answer their potential alike."""

from __future__ import annotations

import pytest

from annarchy_ml.expr import parse
from annarchy_ml.kernels.nodes import (
    Field,
    GroupKernel,
    Kernel,
    KernelKind,
    Let,
    Placement,
    Role,
    Store,
)
from annarchy_ml.kernels.steady import steady_parts

FIELDS = {
    "v": Role.STATE,
    "m": Role.STATE,
    "g": Role.PARAMETER,
    "e": Role.DERIVED,
    "c": Role.PARAMETER,
    "iSyn": Role.REDUCED,
    "gSyn": Role.REDUCED,
    "rate": Role.DERIVED,
    "slope": Role.DERIVED,
    "kept": Role.DERIVED,
}


def group(rate: str, slope: str, **further: str) -> GroupKernel:
    """Compartments whose currents are given, with one local and perhaps another field."""
    body = (
        Let("i", parse("g * (e - v)")),
        *(Store(name, parse(value)) for name, value in further.items()),
        Store("rate", parse(rate)),
        Store("slope", parse(slope)),
    )
    gates = (Store("m", parse("m + v")),)
    return GroupKernel(
        "cell",
        tuple(Field(name, Placement.PER_INSTANCE, role) for name, role in FIELDS.items()),
        (),
        (),
        (),
        (),
        (
            Kernel("update", KernelKind.UPDATE, body),
            Kernel("advance", KernelKind.ADVANCE, gates),
        ),
    )


def parts(kernel: GroupKernel) -> frozenset[int]:
    return steady_parts(kernel, ("v", "rate", "slope"))


def test_an_affine_rate_is_steady_whatever_is_attached() -> None:
    assert parts(group("(i + iSyn) / c", "(-g + gSyn) / c")) == {0}


@pytest.mark.parametrize(
    ("rate", "slope"),
    [
        ("(i * m) / c", "(-g * m) / c"),
        ("(i + t) / c", "-g / c"),
        ("i * v / c", "g * (e - 2 * v) / c"),
        ("g * exp(v)", "g * exp(v)"),
        ("g / v", "-g / (v * v)"),
        ("i / c", "(g * (e - (v + 1)) - i) / c"),
    ],
)
def test_what_changes_or_bends_is_not(rate: str, slope: str) -> None:
    assert parts(group(rate, slope)) == frozenset()


def test_who_keeps_more_than_the_rate_is_not() -> None:
    assert parts(group("i / c", "-g / c", kept="i")) == frozenset()
