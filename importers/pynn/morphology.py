"""Places and values along morphologies: ``sim.morphology`` of scripts.

Selectors name sections, distributions give values to them, and generators of locations name points
along them. Those of PyNN's own module, which have no simulator, are understood as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyNN import morphology as base
from pyNN.morphology import load_morphology as load_morphology

from annarchy_ml.importers.pynn.shapes import Shape, shape_of

MIDDLE = 0.5


@dataclass(frozen=True)
class Spot:
    """A point along a cell.

    Attributes:
        section: its number.
        along: fraction of the section.
        label: how data name it.
    """

    section: int
    along: float
    label: str


class NeuroMLMorphology(base.NeuroMLMorphology):
    """A morphology of libNeuroML; unlike PyNN's it does without morphio."""

    def __init__(self, morphology: Any) -> None:
        base.Morphology.__init__(self)
        self._morphology = morphology
        self._path_lengths = None
        found = shape_of(self)
        self.section_groups.update(found.groups)


class _Filter:
    """A selector: called with a morphology it gives numbers of sections."""

    def __call__(self, morphology: Any, filter_by_section: Iterable[int] | None = None) -> Any:
        found = selected(self, shape_of(morphology))
        return found if not filter_by_section else np.intersect1d(found, list(filter_by_section))


class with_label(_Filter, base.with_label):  # noqa: N801  # PyNN's
    """Sections of groups, or with names."""


class dendrites(_Filter, base.dendrites):  # noqa: N801  # PyNN's
    """All dendrites."""


class apical_dendrites(_Filter, base.apical_dendrites):  # noqa: N801  # PyNN's
    """The apical dendrites."""


class basal_dendrites(_Filter, base.basal_dendrites):  # noqa: N801  # PyNN's
    """The basal dendrites."""


class axon(_Filter, base.axon):  # noqa: N801  # PyNN's
    """The axon."""


class soma(_Filter, base.MorphologyFilter):  # noqa: N801  # PyNN's
    """The soma."""

    def __init__(self, fraction_along: float | None = None) -> None:
        self.fraction_along = fraction_along


class random_section(_Filter, base.random_section):  # noqa: N801  # PyNN's
    """One of the sections of another selector, drawn for each cell by NumPy's own generator."""


sample = random_section


class _Labelled:
    """Takes a label in place of a selector."""

    def get_with_label_selector(self, label: str) -> with_label:
        """The selector of a label."""
        return with_label(label)


class _Valued(_Labelled):
    """A distribution over sections."""

    def value_in(self, morphology: Any, index: int) -> Any:
        """The value in one section."""
        return values_of(self, shape_of(morphology))[index]


class uniform(_Valued, base.uniform):  # noqa: N801  # PyNN's
    """The same value in all sections of a selector."""


class by_distance(_Valued, base.by_distance):  # noqa: N801  # PyNN's
    """A function of the path length from the root to where a section begins [um]."""


class by_diameter(_Valued, base.by_diameter):  # noqa: N801  # PyNN's
    """A function of the diameter where a section begins [um]."""


class any(_Valued, base.any):  # noqa: N801  # PyNN's
    """The value of the first of several distributions that has one in a section."""


class LabelledLocations(_Labelled, base.LabelledLocations):
    """The middles of sections with labels."""


class at_distances(_Labelled, base.at_distances):  # noqa: N801  # PyNN's
    """Points at fractions, from 0 to 1, of each section of a selector."""


class random_placement(_Labelled, base.random_placement):  # noqa: N801  # PyNN's
    """The middles of sections, as many times as a density [1/um] says on average."""


class centre(_Labelled, base.centre):  # noqa: N801  # PyNN's
    """The middle of the middle one of the sections of a selector."""


center = centre


def selected(selector: Any, shape: Shape) -> Any:
    """Numbers of the sections that a selector, or a label, means.

    Raises:
        ValueError: If there are none.
    """
    if isinstance(selector, str):
        return _labelled((selector,), shape)
    if isinstance(selector, base.with_label):
        return _labelled(selector.labels, shape)
    for kind, labels in _KINDS.items():
        if isinstance(selector, kind):
            parts = [shape.labelled(label) for label in labels]
            found = np.concatenate([item for item in parts if len(item)] or [np.zeros(0, int)])
            return _some(np.unique(found), f"{' or '.join(labels)}", shape)
    if isinstance(selector, base.random_section):
        return np.array([np.random.choice(selected(selector.f, shape))])
    if callable(selector):
        return _some(np.asarray(selector(shape.source), int), type(selector).__name__, shape)
    raise TypeError(f"pyNN.annarchy: {selector!r} selects no sections")


_KINDS: dict[Any, tuple[str, ...]] = {
    base.apical_dendrites: ("apical_dendrite",),
    base.basal_dendrites: ("basal_dendrite",),
    base.dendrites: ("apical_dendrite", "basal_dendrite"),
    base.axon: ("axon",),
    soma: ("soma",),
}


def _labelled(labels: Iterable[str], shape: Shape) -> Any:
    parts = [_some(shape.labelled(label), f"label '{label}'", shape) for label in labels]
    return np.concatenate(parts)


def _some(found: Any, what: str, shape: Shape) -> Any:
    if len(found):
        return found
    known = ", ".join(shape.labels[:12]) or "none"
    raise ValueError(f"pyNN.annarchy: no section or group has the {what}; there are: {known}")


def values_of(given: Any, shape: Shape) -> Any:
    """What a number or distribution gives to each section, shape (n,); NaN where it is absent.

    Raises:
        TypeError: If it is neither.
    """
    count = len(shape.sections)
    if isinstance(given, np.ndarray) and given.ndim == 0:
        given = given[()]
    if isinstance(given, (int, float, np.number)):
        return np.full(count, float(given))
    if isinstance(given, base.any):
        found = np.full(count, np.nan)
        for item in given.distributions:
            found = np.where(np.isnan(found), values_of(item, shape), found)
        return found
    if not isinstance(given, base.NeuriteDistribution):
        raise TypeError(
            f"pyNN.annarchy: {given!r} is neither a number nor a distribution over a morphology"
        )
    chosen = np.unique(selected(given.selector, shape))
    found = np.full(count, np.nan)
    if isinstance(given, base.by_distance):
        found[chosen] = [given.value_provider(item) for item in shape.distances[chosen].tolist()]
    elif isinstance(given, base.by_diameter):
        diameters = [float(shape.sections[number].points[0, 3]) for number in chosen.tolist()]
        found[chosen] = [given.value_provider(item) for item in diameters]
    else:
        found[chosen] = float(given.value_provider)
    return found


def spots(given: Any, shape: Shape, prefix: str = "") -> list[Spot]:
    """The points that a label, a selector or a generator of locations means.

    Args:
        given: one of these.
        shape: of the cell.
        prefix: what their labels begin with.

    Raises:
        TypeError: If it is none of these.
        ValueError: If there is no such point.
    """
    if isinstance(given, str):
        given = base.LabelledLocations(given)
    found = list(_spots(given, shape))
    if not found:
        raise ValueError(f"pyNN.annarchy: {type(given).__name__} gives no location")
    begun = f"{prefix}-" if prefix else ""
    return [Spot(item.section, item.along, f"{begun}{item.label}") for item in found]


def _spots(given: Any, shape: Shape) -> Iterable[Spot]:
    if isinstance(given, base.LabelledLocations):
        for label in given.labels:
            for section in _labelled((label,), shape).tolist():
                yield Spot(section, MIDDLE, label)
    elif isinstance(given, base.at_distances):
        for distance in given.distances:
            _check_fraction(distance)
            for section in selected(given.selector, shape).tolist():
                yield Spot(section, float(distance), f"d-{distance}")
    elif isinstance(given, base.random_placement):
        yield from _placed(given, shape)
    elif isinstance(given, base.centre):
        sections = selected(given.selector, shape)
        yield Spot(int(sections[len(sections) // 2]), MIDDLE, "centre")
    elif isinstance(given, base.MorphologyFilter):
        along = getattr(given, "fraction_along", None)
        for section in selected(given, shape).tolist():
            yield Spot(section, MIDDLE if along is None else float(along), type(given).__name__)
    else:
        raise TypeError(
            f"pyNN.annarchy: a location is a label, a selector or a generator of locations, not "
            f"{given!r}"
        )


def _placed(given: Any, shape: Shape) -> Iterable[Spot]:
    densities = np.nan_to_num(values_of(given.density_function, shape))
    for number, section in enumerate(shape.sections):
        whole, rest = divmod(float(densities[number]) * section.length, 1.0)
        drawn = bool(rest > 0.0 and np.random.uniform() < rest)
        for _ in range(int(whole) + drawn):
            yield Spot(number, MIDDLE, f"random-{number}")


def _check_fraction(distance: float) -> None:
    if not 0.0 <= distance <= 1.0:
        raise ValueError(
            f"pyNN.annarchy: at_distances takes fractions of a section from 0 to 1, not {distance}"
        )
