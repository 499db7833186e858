"""What a user holds of a network: populations, views of some of their cells, inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.model.network import Cells, Input, Population

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.session.network_checks import Checks


class CellsView:
    """Some cells of a population."""

    def __init__(self, target: Cells, checks: Checks) -> None:
        self.target = target
        self._checks = checks

    @property
    def checks(self) -> Checks:
        """Those of the network."""
        return self._checks

    def __len__(self) -> int:
        return len(self.target.cells)

    def __getitem__(self, which: Any) -> CellsView:
        """Some of these cells: by a number, a slice, a list of numbers or of truth values."""
        chosen = _chosen(which, len(self), self)
        at = None if self.target.at is None else self.target.at.chosen(chosen)
        cells = cells_of(self.target.population, self.target.cells[chosen])
        return CellsView(replace(cells, at=at), self._checks)

    def __iter__(self) -> Iterator[CellsView]:
        """Each of these cells."""
        return (self[place] for place in range(len(self)))

    def at(self, segment: Any, along: Any = 0.5) -> CellsView:
        """The same cells, which have a morphology, at a place along them.

        Args:
            segment: its number or name, or a list of them, one for each cell.
            along: how far along the segment, from 0 to 1; one number, or one for each cell.

        Raises:
            UsageError: If there is no such segment, or a number is no fraction.
        """
        segments = self._checks.segments(self.target.population.component)
        at = segments.at(segment, along, len(self))
        return CellsView(replace(self.target, at=at), self._checks)

    def set(self, **values: Any) -> None:
        """Gives these cells other parameters, or start values of states in place of ``OnStart``.

        Args:
            values: by name: a number or an array (one per cell) in SI units, a text with unit
                such as ``"-60 mV"``, or a distribution such as ``Uniform(-0.07, -0.05)``.

        Raises:
            UsageError: If there is no such parameter or state, or the values do not fit.
            ModelError: If a text has the wrong unit.
        """
        target = self.target
        whole = target.span == (0, target.population.size)
        for name, value in values.items():
            made = self._checks.setting(target.population.component, name, value, len(self))
            cells = None if whole else target.cells
            target.population.settings.append(replace(made, cells=cells, at=target.at))

    def over(self, segments: Any) -> SegmentsView:
        """Whole segments of these cells, to give them other values.

        Args:
            segments: their numbers or names.

        Raises:
            UsageError: If there is no such segment.
        """
        listed = [segments] if isinstance(segments, (str, int)) else list(segments)
        known = self._checks.segments(self.target.population.component)
        at = known.at(listed, 0.5, len(listed))
        return SegmentsView(self, np.asarray(at.segments, np.int64))

    def __repr__(self) -> str:
        return f"<{len(self)} cells of '{self.target.population.name}'>"


class SegmentsView:
    """Whole segments of some cells with morphology."""

    def __init__(self, cells: CellsView, segments: NDArray[np.int64]) -> None:
        self._cells = cells
        self._segments = segments

    def set(self, **values: Any) -> None:
        """Gives all compartments in these segments other parameters, or start values of states.

        Args:
            values: as for cells; an array has a value for each of the segments.

        Raises:
            UsageError: If there is no such parameter or state, or the values do not fit.
            ModelError: If a text has the wrong unit.
        """
        target, checks = self._cells.target, self._cells.checks
        population = target.population
        for name, value in values.items():
            made = checks.setting(population.component, name, value, len(self._segments))
            made = replace(made, cells=target.cells, over=self._segments)
            population.settings.append(made)

    def __repr__(self) -> str:
        return f"<{len(self._segments)} segments of {self._cells!r}>"


class PopulationView(CellsView):
    """A whole population."""

    def __init__(self, population: Population, checks: Checks) -> None:
        super().__init__(cells_of(population, np.arange(population.size)), checks)

    @property
    def name(self) -> str:
        """Its name; paths begin with it."""
        return self.target.population.name

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.target.population.size

    def __repr__(self) -> str:
        component = self.target.population.component
        return f"<population '{self.name}': {self.size} x {component.type} '{component.id}'>"


class InputView:
    """Instances of an input component, one for each of some cells."""

    def __init__(self, item: Input, checks: Checks) -> None:
        self._item = item
        self._checks = checks

    @property
    def name(self) -> str:
        """Its name."""
        return self._item.name

    def __len__(self) -> int:
        return len(self._item.target.cells)

    def set(self, **values: Any) -> None:
        """Gives the inputs other parameters or start values, as for cells.

        Raises:
            UsageError: If there is no such parameter or state, or the values do not fit.
            ModelError: If a text has the wrong unit.
        """
        for name, value in values.items():
            made = self._checks.setting(self._item.component, name, value, len(self))
            self._item.settings.append(made)

    def __repr__(self) -> str:
        return f"<input '{self.name}' of {len(self)} cells>"


def target_of(view: Any) -> Cells | None:
    """The cells of a view; None of anything else."""
    return view.target if isinstance(view, CellsView) else None


def cells_of(population: Population, cells: Any) -> Cells:
    """Some cells, given by their numbers, shape (n,)."""
    begin = int(cells[0])
    side_by_side = len(cells) == 1 or bool(np.all(np.diff(cells) == 1))
    return Cells(population, cells, (begin, begin + len(cells)) if side_by_side else None)


def _chosen(which: Any, size: int, view: CellsView) -> Any:
    """Places among ``size`` cells, shape (n,)."""
    if isinstance(which, slice):
        chosen = np.arange(size)[which]
    else:
        given = np.atleast_1d(np.asarray(which))
        if given.dtype == bool and given.shape == (size,):
            given = np.flatnonzero(given)
        if given.ndim != 1 or given.dtype.kind not in "iu":
            raise UsageError(f"{which!r} chooses no cells", hint="use exc[3], exc[:10] or a list")
        outside = given[(given < -size) | (given >= size)]
        if len(outside):
            raise UsageError(f"{view!r} has no cell {outside[0]}, only 0 to {size - 1}")
        chosen = given % size
    if len(chosen) == 0:
        raise UsageError(f"{which!r} chooses no cells of {view!r}")
    if len(np.unique(chosen)) < len(chosen):
        raise UsageError(f"{which!r} chooses a cell twice")
    return chosen
