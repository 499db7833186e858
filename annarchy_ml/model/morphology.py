"""The shape of a cell: segments in space, and groups of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import dist

from annarchy_ml.diagnostics.origin import Origin


@dataclass(frozen=True, slots=True)
class Point:
    """A point in space and the diameter there [m]."""

    x: float
    y: float
    z: float
    diameter: float

    def distance(self, other: Point) -> float:
        """How far apart two points lie [m]."""
        return dist((self.x, self.y, self.z), (other.x, other.y, other.z))

    def towards(self, other: Point, fraction: float) -> Point:
        """The point at a fraction of the way to another one."""
        if fraction == 1.0:
            return other
        return Point(
            self.x + fraction * (other.x - self.x),
            self.y + fraction * (other.y - self.y),
            self.z + fraction * (other.z - self.z),
            self.diameter + fraction * (other.diameter - self.diameter),
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """A frustum; where both its ends are one point a sphere, or a ring within a cable.

    Attributes:
        id: its number in the file.
        parent: number of the segment that it hangs on; None for the root.
        fraction: where along the parent, from 0 at its proximal end to 1.
    """

    id: int
    parent: int | None
    fraction: float
    proximal: Point
    distal: Point
    name: str = ""
    origin: Origin | None = field(default=None, compare=False)

    @property
    def has_one_point(self) -> bool:
        """Whether both ends are one point: a sphere, or a ring within a cable."""
        return self.proximal.distance(self.distal) == 0.0

    @property
    def length(self) -> float:
        """Length of the frustum [m]; a sphere counts as a cylinder as long as it is wide."""
        if self.has_one_point:
            return self.distal.diameter
        return self.proximal.distance(self.distal)


@dataclass(frozen=True, slots=True)
class Gradient:
    """How far along a group a place lies, for parameters that vary (``inhomogeneousParameter``).

    Attributes:
        variable: its name in expressions.
        begins: what the group's end nearest to the root becomes (``translationStart``); None: as it
            is.
        ends: what the farthest one becomes (``normalizationEnd``); None: as it is.
    """

    id: str
    variable: str
    metric: str
    begins: float | None = None
    ends: float | None = None
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SegmentGroup:
    """A set of segments.

    Attributes:
        segments: their numbers, in the order in which the file lists them.
        unbranched: whether it is one cable (``neuroLexId="sao864921383"``).
        divisions: into how many compartments a cable is cut (``numberInternalDivisions``).
    """

    id: str
    segments: tuple[int, ...]
    unbranched: bool = False
    divisions: int = 1
    gradients: tuple[Gradient, ...] = ()
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Morphology:
    """All segments of a cell, parents before children, and its groups by name."""

    segments: dict[int, Segment]
    groups: dict[str, SegmentGroup]
