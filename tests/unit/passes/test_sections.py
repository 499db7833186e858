"""Sections, compartments and the resistors between them, against sums done by hand."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.model.cable import CableCells, CableTree
from annarchy_ml.model.morphology import Morphology, Point, Segment, SegmentGroup
from annarchy_ml.passes.sections import build_tree, find_sections

UM = 1e-6


def point(x: float, diameter: float, y: float = 0.0) -> Point:
    return Point(x * UM, y * UM, 0.0, diameter * UM)


def tree_of(morphology: Morphology, rho: float = 1.0) -> CableTree:
    sections = find_sections(morphology, Diagnostics())
    assert sections is not None
    return build_tree(sections, lambda _: rho, lambda item: item.area)


def straight(divisions: int, unbranched: bool = True) -> Morphology:
    """A cable of two segments, 30 um long, that tapers from 2 to 1 um and stays there."""
    segments = {
        0: Segment(0, None, 1.0, point(0, 2), point(10, 1)),
        1: Segment(1, 0, 1.0, point(10, 1), point(30, 1)),
    }
    cable = SegmentGroup("cable", (0, 1), unbranched, divisions)
    return Morphology(segments, {"cable": cable})


def test_a_tapering_cable_has_the_area_of_its_frusta() -> None:
    tree = tree_of(straight(1))
    slant = (10**2 + 0.5**2) ** 0.5
    expected = pi * (1 + 0.5) * slant + pi * 20
    assert tree.capacitance == pytest.approx([expected * UM**2])


def test_resistance_between_middles_is_the_integral_over_the_cross_section() -> None:
    tree = tree_of(straight(3), rho=2.0)
    assert tree.parent.tolist() == [-1, 0, 1]
    # from 5 um (radius 0.75) to 10 um (0.5), then 5 um of radius 0.5
    first = 5 / (pi * 0.75 * 0.5) + 5 / (pi * 0.25)
    second = 10 / (pi * 0.25)
    assert 1 / tree.conductance[1:] == pytest.approx([2 * first / UM, 2 * second / UM])


def test_without_marked_cables_each_segment_is_a_compartment() -> None:
    tree = tree_of(straight(7, unbranched=False))
    assert [piece.section for piece in tree.pieces] == [0, 1]


def test_a_place_lies_in_the_compartment_that_holds_it() -> None:
    tree = tree_of(straight(3))
    assert [tree.at(0, 0.0), tree.at(0, 1.0), tree.at(1, 0.4), tree.at(1, 0.6)] == [0, 1, 1, 2]
    assert tree.at(1, 1.0) == 2


def test_a_sphere_is_as_long_as_wide() -> None:
    ball = Morphology({0: Segment(0, None, 1.0, point(0, 20), point(0, 20))}, {})
    assert tree_of(ball).capacitance == pytest.approx([pi * 400 * UM**2])


def branching(fraction: float) -> Morphology:
    segments = {
        0: Segment(0, None, 1.0, point(0, 2), point(10, 2)),
        1: Segment(1, 0, fraction, point(10, 2), point(20, 2)),
        2: Segment(2, 0, fraction, point(10, 2, 1), point(20, 2, 1)),
    }
    return Morphology(segments, {})


def test_a_branch_point_has_no_membrane() -> None:
    tree = tree_of(branching(1.0))
    assert sorted(tree.compartment.tolist()) == [-1, 0, 1, 2]
    middle = tree.compartment.tolist().index(-1)
    assert sum(1 for parent in tree.parent if parent == middle) == 2
    assert tree.conductance[1:] == pytest.approx([pi * UM / 5] * 3)


def test_children_halfway_hang_on_the_compartment_itself() -> None:
    tree = tree_of(branching(0.5))
    assert tree.compartment.tolist() == [0, 1, 2]
    assert tree.parent.tolist() == [-1, 0, 0]
    assert tree.conductance[1:] == pytest.approx([pi * UM / 5] * 2)


def test_children_at_the_beginning_of_the_root_meet_there() -> None:
    tree = tree_of(branching(0.0))
    assert tree.compartment.tolist()[1] == -1
    assert tree.parent.tolist() == [-1, 0, 1, 1]


def test_marked_cables_must_not_branch_or_overlap() -> None:
    segments = branching(1.0).segments
    forked = Morphology(segments, {"all": SegmentGroup("all", (0, 1, 2), True)})
    twice = {name: SegmentGroup(name, (0, 1), True) for name in ("a", "b")}
    for shape in (forked, Morphology(segments, twice)):
        report = Diagnostics()
        assert find_sections(shape, report) is None
        assert {item.code for item in report} == {"morphology.group"}


@pytest.mark.parametrize("cells", [1, 3, 4, 8, 21, 32, 35])
def test_every_compartment_of_every_cell_is_one_instance(cells: int) -> None:
    made = CableCells(tree_of(straight(3)), 0, cells)
    numbers = [made.instance(cell, part) for cell in range(cells) for part in range(3)]
    assert sorted(numbers) == list(range(3 * cells))
    compartments = made.compartment_of()
    for cell in range(cells):
        for part in range(3):
            instance = made.instance(cell, part)
            assert (made.cell_of(instance), compartments[instance]) == (cell, part)
    assert made.lanes in (1, 2, 4, 8, 16, 32, 64)
    assert 4 * made.lanes <= max(cells * 2, 4)
    assert np.all(np.diff(compartments) >= -2)


def with_ring(first: float, last: float) -> Morphology:
    """A cable of 10 um and 20 um with a segment without length between them."""
    segments = {
        0: Segment(0, None, 1.0, point(0, first), point(10, first)),
        1: Segment(1, 0, 1.0, point(10, first), point(10, last)),
        2: Segment(2, 1, 1.0, point(10, last), point(30, last)),
    }
    return Morphology(segments, {"cable": SegmentGroup("cable", (0, 1, 2), True, 3)})


def test_two_equal_points_within_a_cable_are_nothing() -> None:
    """They are no sphere: published reconstructions have such points."""
    plain, ringed = tree_of(straight(3)), tree_of(with_ring(1, 1))
    assert sum(item.end - item.begin for item in ringed.pieces) == pytest.approx(30 * UM)
    assert ringed.capacitance == pytest.approx([pi * 10 * UM**2] * 3)
    assert ringed.conductance[2] == pytest.approx(plain.conductance[2])


def test_a_step_of_the_diameter_within_a_cable_is_a_ring() -> None:
    """Its area is that of a frustum without length, as in NEURON; it has no resistance."""
    tree = tree_of(with_ring(2, 4))
    ring = pi * (1 + 2) * (2 - 1)
    assert tree.capacitance == pytest.approx(np.array([20, 40 + ring / pi, 40]) * pi * UM**2)
    assert UM / tree.conductance[1] == pytest.approx(5 / pi + 5 / (4 * pi))


def test_two_diameters_at_one_point_are_no_cable_of_their_own() -> None:
    report = Diagnostics()
    ball = Morphology({0: Segment(0, None, 1.0, point(0, 20), point(0, 10))}, {})
    assert find_sections(ball, report) is None
    assert [item.code for item in report] == ["morphology.tree"]


def test_a_branch_from_the_middle_is_no_part_of_an_unbranched_cable() -> None:
    report = Diagnostics()
    morphology = straight(3)
    bent = {**morphology.segments, 1: Segment(1, 0, 0.5, point(5, 1), point(5, 1, y=20))}
    assert find_sections(Morphology(bent, morphology.groups), report) is None
    assert "hangs at fractionAlong=0.5 of segment 0" in report.items[0].message
