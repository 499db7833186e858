"""Where along cells of several compartments: checks what a user writes about segments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import Diagnostics, UsageError
from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.kernels.connectivity import Explicit
from annarchy_ml.model.network import At
from annarchy_ml.passes.instantiate import TreeBuilder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.model.component import Component
    from annarchy_ml.model.network import Projection, Setting
    from annarchy_ml.passes.pipeline import Tables
    from annarchy_ml.session.network_values import ValueReader

_SHOWN = 12


class Segments:
    """The segments of one cell by number and name.

    Attributes:
        title: of the cell, for messages.
        numbers: of all segments.
        names: the number of each name.
        groups: components of the segment groups, by id.
    """

    def __init__(self, cell: Component, tables: Tables) -> None:
        self.title = f"{cell.type} '{cell.id}'"
        shape = _shape(cell, tables)
        parts = shape.children if shape is not None else []
        own = [item for item in parts if item.tag == "segment"]
        self.numbers = [int(item.id) for item in own if item.id.isdecimal()]
        self.names = {
            item.attributes["name"]: int(item.id)
            for item in reversed(own)  # the first of a name counts
            if item.attributes.get("name") and item.id.isdecimal()
        }
        self._known = np.array(sorted(self.numbers), np.int64)

    def at(self, segment: Any, along: Any, size: int | None) -> At:
        """A place, or one for each of ``size`` cells or connections.

        Args:
            segment: a number, a name, or a list of them.
            along: a fraction, or a list of them.
            size: how many a list must have; None if there can be none.

        Raises:
            UsageError: If there is no such segment, or a fraction is none.
        """
        if not self.numbers:
            raise UsageError(f"{self.title} has no segments: it has no place along it")
        return At(self._segments(segment, size), self._alongs(along, size))

    def _segments(self, given: Any, size: int | None) -> int | NDArray[np.int64]:
        if isinstance(given, str):
            return self._named(given)
        if isinstance(given, (list, tuple)):
            given = [self._named(item) if isinstance(item, str) else item for item in given]
        array = np.asarray(given)
        if array.dtype.kind not in "iu":
            raise UsageError(
                f"a segment of {self.title} is a number or a name, not {given!r}",
                hint=self._hint(),
            )
        unknown = array[~np.isin(array, self._known)]
        if unknown.size:
            raise UsageError(f"{self.title} has no segment {unknown.flat[0]}", hint=self._hint())
        if array.ndim == 0:
            return int(array)
        _check_size(array, size, "segments")
        return array.astype(np.int64)

    def _named(self, name: str) -> int:
        if name in self.names:
            return self.names[name]
        raise UsageError(
            f"{self.title} has no segment '{name}'",
            hint=did_you_mean(name, self.names) or self._hint(),
        )

    def _alongs(self, given: Any, size: int | None) -> float | NDArray[np.float64]:
        try:
            array = np.asarray(given, float)
        except (TypeError, ValueError) as fault:
            raise UsageError(f"a fraction along a segment is a number, not {given!r}") from fault
        outside = array[~((array >= 0.0) & (array <= 1.0))]
        if outside.size:
            raise UsageError(
                f"{outside.flat[0]:g} is no fraction along a segment",
                hint="0 is where it begins, 1 where it ends",
            )
        if array.ndim == 0:
            return float(array)
        _check_size(array, size, "fractions")
        return array

    def _hint(self) -> str:
        shown = [*self.names, *map(str, self.numbers)][:_SHOWN]
        return f"its segments: {', '.join(shown)}"


class PlaceChecks:
    """Checks of what a user says about places along cells, and about parts of components.

    Attributes:
        tables: what the network's files and components define.
        values: reads what a user gives as a value.
    """

    tables: Tables
    values: ValueReader

    def setting(self, component: Component, name: str, value: Any, size: int) -> Setting:
        """A parameter or state of a component or of a part of it, for ``size`` instances.

        Args:
            component: of which a population or inputs are made.
            name: after the path to a part: ``bio/membraneProperties/na/condDensity``.
            value: one, one for each, or a distribution.
            size: how many instances there are.
        """
        path, _, own = name.rpartition("/")
        if not path:
            return self.values.setting(component, name, value, size)
        tree = TreeBuilder(self.tables.values, Diagnostics()).tree(component)
        found = tree.owner_of(name)
        if found is None:
            parts = [node.path for node in tree.walk() if node.path]
            raise UsageError(
                f"{component.type} '{component.id}' has no part '{path}'",
                hint=did_you_mean(path, parts) or f"its parts: {', '.join(parts[:12])}",
            )
        made = self.values.setting(found[0].component, own, value, size)
        return replace(made, name=name)

    def segments(self, component: Component) -> Segments:
        """The segments of a cell."""
        return Segments(component, self.tables)

    def placed(self, made: Projection, source: Any, target: Any) -> Projection:
        """A projection with places along the cells at both ends, where they are given."""
        places = {"source_at": source, "target_at": target}
        found = {key: self._placed(made, key[:6], given) for key, given in places.items()}
        return replace(made, source_at=found["source_at"], target_at=found["target_at"])

    def _placed(self, made: Projection, end: str, given: Any) -> At | None:
        """A place along the cells at one end of each connection, as `Explicit` lists them.

        Args:
            made: the projection.
            end: ``source`` or ``target``.
            given: segments, or (segments, fractions along them); None for none in particular.
        """
        if given is None:
            return None
        rule = made.connectivity.rule
        if not isinstance(rule, Explicit):
            raise UsageError(
                f"'{made.name}': {end}_at says a place for each connection, but "
                f"{type(rule).__name__} says not which connections there are",
                hint=f"list them with Explicit, or give one place: {end}.at(segment)",
            )
        segment, along = given if isinstance(given, tuple) else (given, 0.5)
        cells = made.source if end == "source" else made.target
        return self.segments(cells.population.component).at(segment, along, len(rule.sources))


def _shape(cell: Component, tables: Tables) -> Component | None:
    """The morphology of a cell: inside of it, or named by an attribute."""
    for item in cell.children:
        found = tables.types.get(item.type)
        if found is not None and "morphology" in found.ancestors:
            return item
    return tables.components.by_id.get(cell.attributes.get("morphology", ""))


def _check_size(array: NDArray[Any], size: int | None, what: str) -> None:
    if array.ndim != 1 or size is None or len(array) != size:
        wanted = "one" if size is None else f"one or {size}"
        raise UsageError(f"there are {what} of shape {array.shape}, but there can be {wanted}")
