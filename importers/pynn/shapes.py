"""Morphologies of PyNN as sections: cables without branches, cut as NEURON's d_lambda rule says.

Before: a ``neuroml.Morphology`` or ``ArrayMorphology``, or a ``morphio.Morphology``. After:
sections with points, their parents and what they are called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from pyNN import morphology as base

TYPES = {1: "soma", 2: "axon", 3: "basal_dendrite", 4: "apical_dendrite"}
"""What the types of SWC files are called."""
D_LAMBDA, FREQUENCY = 0.1, 100.0
"""A compartment is at most this part of the length constant at this frequency [Hz]."""


@dataclass
class Section:
    """A cable without branches.

    Attributes:
        points: x, y, z and diameter [um], shape (n, 4), two at least.
        parent: number of the section that it hangs on; -1 for the root.
        along: how far along its parent.
        label: its name, or empty.
        kind: what it is a part of: soma, axon, basal_dendrite, apical_dendrite, or empty.
    """

    points: Any
    parent: int = -1
    along: float = 1.0
    label: str = ""
    kind: str = ""

    @cached_property
    def lengths(self) -> Any:
        """Lengths of the pieces between its points [um], shape (n - 1,)."""
        return np.sqrt(np.sum(np.diff(self.points[:, :3], axis=0) ** 2, axis=1))

    @property
    def length(self) -> float:
        """Its length [um]."""
        return float(np.sum(self.lengths))

    @property
    def area(self) -> float:
        """Of its membrane [um2]; a section whose points are all one is a sphere."""
        if self.length == 0.0:
            return float(np.pi * self.points[0, 3] ** 2)
        radii = self.points[:, 3] / 2
        slants = np.sqrt(self.lengths**2 + np.diff(radii) ** 2)
        return float(np.sum(np.pi * (radii[1:] + radii[:-1]) * slants))

    def divisions(self, cm: float, resistivity: float) -> int:
        """Compartments that it is cut into, an odd number.

        Args:
            cm: capacitance [uF/cm2].
            resistivity: [ohm cm].
        """
        if self.length == 0.0:
            return 1
        diameter = self.area / (np.pi * self.length)
        constant = 1e5 * np.sqrt(diameter / (4 * np.pi * FREQUENCY * resistivity * cm))
        return 1 + 2 * int((self.length / (D_LAMBDA * constant) + 0.999) / 2)


@dataclass
class Shape:
    """A morphology as sections, in the order in which PyNN counts them.

    Attributes:
        groups: numbers of the sections in each named group.
        soma: number of the section from which spikes are sent.
        source: the morphology of PyNN.
    """

    sections: list[Section]
    groups: dict[str, Any] = field(default_factory=dict)
    soma: int = 0
    source: Any = None

    def __post_init__(self) -> None:
        for kind in TYPES.values():
            found = [number for number, item in enumerate(self.sections) if item.kind == kind]
            if found:
                self.groups.setdefault(kind, np.array(found))

    def labelled(self, label: str) -> Any:
        """Numbers of the sections of a group, or else with a label; none if there are none."""
        if label == "all":
            return np.arange(len(self.sections))
        if label in self.groups:
            return np.asarray(self.groups[label], int)
        found = [number for number, item in enumerate(self.sections) if item.label == label]
        if not found and label == "soma":
            found = [self.soma]
        return np.array(found, int)

    @property
    def labels(self) -> list[str]:
        """What groups and sections are called."""
        return [*self.groups, *dict.fromkeys(item.label for item in self.sections if item.label)]

    @cached_property
    def distances(self) -> Any:
        """Path lengths from the root to where sections begin [um], shape (n,)."""
        found = np.full(len(self.sections), np.nan)
        for number in self._parents_first():
            item = self.sections[number]
            if item.parent < 0:
                found[number] = 0.0
            else:
                above = self.sections[item.parent].length
                found[number] = found[item.parent] + item.along * above
        return found

    def _parents_first(self) -> Iterator[int]:
        known: set[int] = set()
        for number in range(len(self.sections)):
            line = []
            while number >= 0 and number not in known:
                known.add(number)
                line.append(number)
                number = self.sections[number].parent
            yield from reversed(line)


def shape_of(given: Any) -> Shape:
    """The sections of a morphology of PyNN.

    Raises:
        TypeError: If it is of a kind that is not known.
        ValueError: If it says too little.
    """
    inner = getattr(given, "_morphology", given)
    for known, read in _READERS.items():
        if any(item.__name__ == known for item in type(inner).__mro__):
            made = read(given, inner)
            made.source = given
            return made
    raise TypeError(
        f"pyNN.annarchy: {type(given).__name__} is no morphology that is known; give a "
        "NeuroMLMorphology or a MorphIOMorphology"
    )


def _of_neuroml(given: Any, inner: Any) -> Shape:
    """Each segment of a ``neuroml.Morphology`` is a section."""
    numbers = {item.id: number for number, item in enumerate(inner.segments)}
    if len(numbers) < len(inner.segments):
        raise ValueError("pyNN.annarchy: segments of a morphology need different ids")
    sections = []
    for item in inner.segments:
        parent, along = -1, 1.0
        if item.parent is not None:
            parent = numbers.get(_id_of(item.parent), -1)
            if parent < 0:
                raise ValueError(
                    f"pyNN.annarchy: segment {item.id} hangs on a segment that is not there"
                )
            along = float(getattr(item.parent, "fraction_along", 1.0))
        begin = item.proximal
        if begin is None:
            if parent < 0:
                raise ValueError(f"pyNN.annarchy: segment {item.id} has no proximal point")
            begin = inner.segments[parent].distal
        points = np.array([[p.x, p.y, p.z, p.diameter] for p in (begin, item.distal)], float)
        sections.append(Section(points, parent, along, item.name or ""))
    groups = {
        item.id: np.array([numbers[_id_of(one)] for one in item.members])
        for item in inner.segment_groups or ()
        if item.members
    }
    for label in groups.keys() & set(TYPES.values()):
        for number in groups[label].tolist():
            sections[number].kind = label
    soma = next((number for number, item in enumerate(sections) if item.label == "soma"), None)
    if soma is None:
        soma = next(number for number, item in enumerate(sections) if item.parent < 0)
    return Shape(sections, groups, soma)


def _id_of(item: Any) -> Any:
    """The id of a segment, given itself or by a ``SegmentParent`` or ``Member``."""
    return item.id if hasattr(item, "id") else item.segments


def _of_vertices(given: Any, inner: Any) -> Shape:
    """Each vertex of an ``ArrayMorphology`` but the root ends a section; the root is a sphere.

    Where the soma has several vertices it is what lies between them.
    """
    vertices = np.asarray(inner.vertices, float)
    above = np.asarray(inner.connectivity, int)
    types = np.asarray(inner.node_types, int)
    if np.count_nonzero(above < 0) != 1 or above[0] >= 0:
        raise ValueError("pyNN.annarchy: the first vertex, and no other, must be the root")
    somatic = np.flatnonzero((types == 1) & (above >= 0))
    sections = []
    for number, parent in enumerate(above.tolist()):
        ends = vertices[[max(parent, 0), number]]
        if parent == 0 and types[number] != 1:
            ends = np.array([[*ends[0, :3], ends[1, 3]], ends[1]])  # as wide as where it ends
        kind = TYPES.get(int(types[number]), "")
        sections.append(Section(ends, parent, 1.0, "soma" if number == 0 else "", kind))
    if len(somatic):
        first = int(somatic[0])
        sections[0].points = sections[first].points
        sections = _without(sections, first)
    return Shape(sections)


def _without(sections: list[Section], removed: int) -> list[Section]:
    """Sections without one that is the root's own; those on it hang on the root."""
    for item in sections:
        if item.parent == removed:
            item.parent = 0
        elif item.parent > removed:
            item.parent -= 1
    return [item for number, item in enumerate(sections) if number != removed]


def _of_morphio(given: Any, inner: Any) -> Shape:
    """The soma, then the sections of a ``morphio.Morphology``."""
    soma = np.column_stack((inner.soma.points, inner.soma.diameters)).astype(float)
    begin = 0
    sections = []
    if len(soma):
        points = np.repeat(soma, 2, axis=0) if len(soma) == 1 else soma
        sections.append(Section(points, -1, 1.0, "soma", "soma"))
        begin = 1
    for item in inner.iter():
        points = np.column_stack((item.points, item.diameters)).astype(float)
        parent = begin - 1 if item.is_root else begin + int(item.parent.id)
        kind = item.type.name
        sections.append(Section(points, parent, 1.0, f"section_{item.id}", kind))
    return Shape(sections)


_READERS: Mapping[str, Callable[[Any, Any], Shape]] = {
    "ArrayMorphology": _of_vertices,
    "Morphology": lambda given, inner: (
        _of_morphio if isinstance(given, base.MorphIOMorphology) else _of_neuroml
    )(given, inner),
}
