"""Turns a cell with a morphology into compartments: one tree of components for all of them.

Before: ``<cell>`` with segments, and biophysics for groups of them. After: the tree of the cell
without its segments, whose instances are compartments. What differs between compartments (area,
capacitance, how much of one a density covers) are columns; the equations are those of the cell.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.cable import CableCells, CableTree, Kind, Piece
from annarchy_ml.model.component import Parameter
from annarchy_ml.model.instance import Node
from annarchy_ml.model.morphology import Morphology
from annarchy_ml.passes.cell_properties import DEFAULTS, complete
from annarchy_ml.passes.morphology import read_morphology
from annarchy_ml.passes.overlaps import warn_of_ions, warn_of_overlaps
from annarchy_ml.passes.region_types import OF_REGION, in_region, with_parameter
from annarchy_ml.passes.regions import Regions
from annarchy_ml.passes.sections import Section, build_tree, find_sections
from annarchy_ml.passes.titles import title
from annarchy_ml.passes.varying_densities import VaryingDensities

if TYPE_CHECKING:
    from annarchy_ml.model.component import ComponentType
    from annarchy_ml.passes.values import ValueTable

    Values = np.ndarray[tuple[int], np.dtype[np.float64]]
    Flags = np.ndarray[tuple[int, int], np.dtype[np.bool_]]
    Integers = np.ndarray[tuple[int], np.dtype[np.int64]]

AREA = "surfaceArea"
COVERED = "covered"
_ONE_EACH = frozenset(("specificCapacitance", *DEFAULTS))
"""Elements of which each compartment has one: the last one that is for it."""
_MOST_KINDS = 6
_LEFT_OUT = frozenset(("morphology", "resistivity", "variableParameter"))
_CURRENTS = {"baseChannelDensity": ("iDensity",), "baseChannelPopulation": ("i",)}
_POOLS = {"species": ("concentration", "extConcentration")}


def has_cables(root: Node, every: bool = False) -> bool:
    """Whether a component is a cell that steps as cables do.

    Those of several compartments do, and those whose morphology or biophysics stands outside of
    the cell: jLEMS does not run them, NEURON is their reference.

    Args:
        root: the component.
        every: whether all cells with a morphology do.
    """
    shape = _shape(root)
    if shape is None:
        return False
    if every or any(node.outside for node in root.walk()):
        return True
    divided = (
        item.component.attributes.get("numberInternalDivisions", "1").strip() != "1"
        for item in shape.list_of("segmentGroups")
    )
    kinds = [kind for node in root.walk() for kind in node.type.ancestors]
    varied = "variableParameter" in kinds or any(kinds.count(name) > 1 for name in DEFAULTS)
    return len(shape.list_of("segments")) > 1 or varied or any(divided)


def _shape(root: Node) -> Node | None:
    """The morphology of a component."""
    return next((item for item in root.children if "morphology" in item.type.ancestors), None)


def _without_shape(root: Node) -> Node:
    """A tree of which nothing more is said, as its morphology is at fault."""
    made = Node(root.type, root.component, root.label, root.slot, {**root.values, AREA: 1.0})
    made.type = with_parameter(root.type, Parameter(AREA, "area"))
    made.children = [item for item in root.children if "morphology" not in item.type.ancestors]
    return made


@dataclass(slots=True)
class Compartmentalizer:
    """Makes the compartments of cells, those of each once."""

    values: ValueTable
    report: Diagnostics
    every: bool = False
    _known: dict[int, tuple[Node, CableCells] | None] = field(default_factory=dict)

    def cells(self, root: Node) -> tuple[Node, CableCells | None]:
        """The tree of a compartment, and the shape of the cell.

        The tree alone if the cell is one compartment, or after a reported fault.
        """
        key = id(root)
        if key not in self._known and not self._is_whole(root):
            self._known[key] = None
        if not has_cables(root, self.every) and self._known.get(key, ()) is not None:
            return root, None
        if key not in self._known:
            self._known[key] = self._made(root)
        made = self._known[key]
        if made is None:
            return _without_shape(root), None
        tree, cells = made
        return tree, replace(cells)

    def _is_whole(self, root: Node) -> bool:
        """Whether a cell has segments and a membrane, if it is one with a morphology."""
        shape = _shape(root)
        if shape is not None and not shape.list_of("segments"):
            self.report.error(
                "morphology.tree",
                f"{title(root.component)} has a morphology without segments",
                locate(shape.origin),
                hint='write <segment id="0"> with its proximal and distal points',
            )
            return False
        return complete(root, self.values.types, self.report)

    def _made(self, root: Node) -> tuple[Node, CableCells] | None:
        shape = _shape(root)
        assert shape is not None
        morphology = read_morphology(shape, self.report)
        sections = None if morphology is None else find_sections(morphology, self.report)
        if morphology is None or sections is None:
            return None
        return _Cell(root, morphology, sections, self).made()


class _Cell:
    """One cell while it is cut."""

    def __init__(
        self, root: Node, morphology: Morphology, sections: list[Section], owner: Compartmentalizer
    ) -> None:
        self.root = root
        self.morphology = morphology
        self.sections = sections
        self.values = owner.values
        self.report = owner.report
        self.regions = Regions(morphology, self.report)
        self.varying = VaryingDensities(morphology, owner.values.types, self.report)
        self.columns: dict[str, Values] = {}
        self.pieces: tuple[Piece, ...] = ()
        self.single: dict[str, Values] = {}

    def made(self) -> tuple[Node, CableCells] | None:
        """The tree of a compartment, and the shape of the cell."""
        before = len(self.report.errors)
        warn_of_overlaps(self.root, self.regions, self.report)
        warn_of_ions(self.root, self.report)
        resistivities = self._nodes("resistivity")
        own: dict[int, float] = {}
        for number, section in enumerate(self.sections):
            own[number] = self._of_section(resistivities, section)
            if own[number] <= 0.0:
                self._missing("resistivity", section.segments[0].id)
                return None
        tree = build_tree(self.sections, own.__getitem__, lambda _: 1.0)
        self.pieces = tree.pieces
        self.single = {name: self._by_region(name) for name in _ONE_EACH}
        capacitance = self.single["specificCapacitance"]
        tree.capacitance[:] = capacitance * np.array([item.area for item in self.pieces])
        self._check_all_given(capacitance)
        root = self._copied(self.root, None)
        self._link(root)
        tree, kinds = self._by_kind(tree)
        if len(self.report.errors) > before:
            return None
        numbers = self.morphology.segments
        default = 0 if 0 in numbers else next(iter(numbers))
        return root, CableCells(tree, default, 0, self.columns, kinds, self.morphology)

    def _nodes(self, name: str) -> list[Node]:
        return [node for node in self.root.walk() if name in node.type.ancestors]

    def _of_section(self, nodes: list[Node], section: Section) -> float:
        """The resistivity of a section [ohm m]: the last one whose group has a segment of it."""
        value = 0.0
        for node in nodes:
            inside = self.regions.of(node.component)
            if any(item.id in inside for item in section.segments):
                value = node.values["value"]
        return value

    def _missing(self, name: str, segment: int) -> None:
        """Reports what a segment lacks: the value that is for it, or that there is none."""
        given = [node for node in self._nodes(name) if segment in self.regions.of(node.component)]
        if given:
            component = given[-1].component
            self.report.error(
                "biophysics.region",
                f"the {name} of segment {segment} is '{component.attributes.get('value', '')}', "
                "which is not above 0",
                locate(component.origin, "value"),
                hint="write a value above 0",
            )
            return
        self.report.error(
            "biophysics.region",
            f"{title(self.root.component)} has no {name} above 0 for segment {segment}",
            locate(self.root.origin),
            hint=f'write <{name} value="..."/>, which holds for all segments',
        )

    def _by_region(self, name: str) -> Values:
        """A value for each compartment: the last one that covers more than half of it."""
        values = np.full(len(self.pieces), DEFAULTS.get(name, 0.0))
        for node in self._nodes(name):
            covered = self.regions.coverage(node.component, self.pieces)
            values = np.where(covered > 0.5, node.values["value"], values)
        return values

    def _check_all_given(self, capacitance: Values) -> None:
        """Reports the first compartment without a capacitance."""
        lacking = np.flatnonzero(capacitance <= 0.0)
        if len(lacking):
            self._missing("specificCapacitance", self.pieces[lacking[0]].shares[0][0])

    def _copied(self, node: Node, parent: Node | None) -> Node:
        """A node without the shape of the cell, and with columns for what differs."""
        kinds = node.type.ancestors
        made = Node(
            node.type,
            node.component,
            node.label,
            node.slot,
            dict(node.values),
            parent,
            peer=node.peer,
        )
        if parent is None:
            made.type = with_parameter(node.type, Parameter(AREA, "area"))
            self._column(made, AREA, np.array([item.area for item in self.pieces]))
        elif single := _ONE_EACH.intersection(kinds):
            self._column(made, "value", self.single[next(iter(single))])
        else:
            self._limit(node, made)
        seen: set[str] = set()
        for child in node.children:
            one = _ONE_EACH.intersection(child.type.ancestors)
            if _LEFT_OUT.isdisjoint(child.type.ancestors) and seen.isdisjoint(one):
                seen |= one
                made.children.append(self._copied(child, made))
        return made

    def _limit(self, node: Node, made: Node) -> None:
        """What is in some compartments only: a density, a pool."""
        outputs = _outputs(made.type)
        if not outputs:
            return
        twin = self.varying.twin(node)
        if twin is None:
            covered = self.regions.coverage(made.component, self.pieces)
        else:
            varying = self.varying.values(node, self.pieces, self.regions)
            if varying is None:
                return
            made.type = twin
            made.values = {**self.values.type_constants(twin), **made.values}
            self._column(made, *varying[:2])
            covered = varying[2]
        if "baseChannelPopulation" in made.type.ancestors:
            covered = self.regions.shares(made.component, self.pieces)
        if np.all(covered == 1.0):
            return
        if "species" in made.type.ancestors:
            covered = (covered > 0.5).astype(float)
        limited = in_region(made.type, outputs, COVERED)
        if limited is None:
            self.report.error(
                "unsupported.morphology",
                f"{title(made.component)} is to be in a part of the cell only, but its type has "
                f"no derived variable '{outputs[0]}'",
                locate(made.origin, "segmentGroup"),
                hint="compute it by a DerivedVariable",
            )
            return
        made.type = limited
        self._column(made, COVERED, covered)

    def _column(self, node: Node, name: str, values: Values) -> None:
        """Values of a parameter; one if all are equal."""
        node.values[name] = float(values[0])
        if np.any(values != values[0]):
            self.columns[node.qualified(name)] = values

    def _by_kind(self, tree: CableTree) -> tuple[CableTree, tuple[Kind, ...]]:
        """The compartments sorted by the mechanisms that they have; of which kinds they are.

        Those of one kind stand in the order in which the engine solves them, ends first.
        """
        covers = [name for name in self.columns if name.endswith(f"/{COVERED}")]
        table = np.array([self.columns[name] for name in covers]).reshape(
            len(covers), len(self.pieces)
        )
        first, of = first_kinds(table > 0.0, len(self.pieces))
        order = np.lexsort((tree.heights(), of))
        self.columns = {name: values[order] for name, values in self.columns.items()}
        kinds = []
        for number in range(len(first)):
            begin, end = np.searchsorted(of[order], (number, number + 1)).tolist()
            values = {name: self.columns[name][begin:end] for name in covers}
            known = {name: float(own[0]) for name, own in values.items() if np.ptp(own) == 0.0}
            absent = tuple(
                name.removesuffix(COVERED) for name, value in known.items() if value == 0.0
            )
            kinds.append(Kind(begin, end, known, absent))
        return tree.sorted(order), tuple(kinds)

    def _link(self, root: Node) -> None:
        """The event connections inside the tree, between the copies."""
        copies = {node.path: node for node in root.walk()}
        for node in self.root.walk():
            if node.path not in copies:
                continue
            for port, other, into in node.links:
                if other.path in copies:
                    copies[node.path].links.append((port, copies[other.path], into))


def first_kinds(table: Flags, count: int) -> tuple[Integers, Integers]:
    """Kinds of compartments: the first one of each, and the kind of each compartment.

    Compartments of rare combinations of mechanisms form one kind, so that there are few.

    Args:
        table: shape (n_mechanisms, count), whether a compartment has a mechanism.
        count: of compartments.
    """
    if not len(table):
        return np.zeros(1, np.int64), np.zeros(count, np.int64)
    _, first, of, counts = np.unique(
        table, axis=1, return_index=True, return_inverse=True, return_counts=True
    )
    of = of.reshape(-1)
    rare = np.argsort(-counts, kind="stable")[_MOST_KINDS - 1 :]
    if len(first) > _MOST_KINDS:
        of = np.where(np.isin(of, rare), rare[0], of)
    _, first, of = np.unique(of, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return first[order], np.argsort(order)[of.reshape(-1)]


def made_with(node: Node) -> tuple[str, ...]:
    """The parameters of a part of a cell from which its compartments were made."""
    if node.parent is None:
        return (AREA,)
    if "specificCapacitance" in node.type.ancestors:
        return ("value",)
    return (COVERED,) if node.type.name.endswith(OF_REGION) else ()


def _outputs(found: ComponentType) -> tuple[str, ...]:
    """The variables through which a mechanism acts on its compartment."""
    for kinds in (_CURRENTS, _POOLS):
        for name, outputs in kinds.items():
            if name in found.ancestors:
                return outputs
    return ()
