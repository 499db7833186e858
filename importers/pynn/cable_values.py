"""Values of channels that differ between cells with morphology.

Before: ``na={"conductance_density": [uniform("soma", 0.1), uniform("all", 0.2)]}``, one for each
cell. After: the channel where any of the cells has it, and values for each cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyNN.parameters import LazyArray
from pyNN.random import RandomDistribution

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.importers.pynn.morphology import values_of
from annarchy_ml.importers.pynn.shapes import Shape

BIO, MEMBRANE = "bio", "membraneProperties"
"""Where channels are in a cell."""
DENSITY, REVERSAL = "conductance_density", "e_rev"


def differs(given: Any) -> bool:
    """Whether a script gave a value for each cell: a list, an array, a distribution, a function."""
    if isinstance(given, (np.ndarray, list, tuple, RandomDistribution)):
        return True
    return callable(given) and not hasattr(given, "value_in")


def values_for(given: Any, size: int, what: str) -> list[Any]:
    """What a script gave, for each cell.

    Raises:
        UsageError: If there are other numbers of values than cells.
    """
    if not differs(given):
        return [given] * size
    if isinstance(given, RandomDistribution):
        made = LazyArray(given, shape=(size,), dtype=float)
        return list(np.asarray(made.evaluate(simplify=False), float))
    if not _is_listed(given):
        return [given(number) for number in range(size)]
    if len(given) != size:
        raise UsageError(
            f"there are {len(given)} values of '{what}' for {size} cells",
            hint="give one value, or a list with one for each cell",
        )
    return list(given)


class CellValues:
    """Densities and reversal potentials of channels that differ between cells of one shape."""

    def __init__(
        self,
        shape: Shape,
        channels: Mapping[str, Any],
        species: Mapping[str, Any],
        rows: Any = None,
    ) -> None:
        """Knows what a script gave.

        Args:
            shape: of the cells.
            channels: by name.
            species: ions by name.
            rows: numbers of the cells in their population; None for all.
        """
        self._shape = shape
        self._channels = channels
        self._species = species
        self._rows = rows

    @property
    def names(self) -> list[str]:
        """What differs between cells."""
        return [
            f"{name}.{own}"
            for name in self._channels
            for own in (DENSITY, REVERSAL)
            if differs(self.given(name, own))
        ]

    def given(self, name: str, own: str) -> Any:
        """A value of a channel as the script gave it; the reversal potential may be its ion's.

        None if there is none.
        """
        channel = self._channels[name]
        value = channel.given(own)
        if value is None and own == REVERSAL and channel.ion in self._species:
            return self._species[channel.ion].reversal_potential
        return value

    def first(self, name: str, own: str) -> Any:
        """A value of a channel in each section, shape (n,): of the first cell that has it there.

        NaN where it has none; 1 where values are drawn for each cell.
        """
        given = self.given(name, own)
        if not differs(given):
            return self._checked(name, own, values_of(given, self._shape))
        if not _is_listed(given):
            return np.ones(len(self._shape.sections))
        rows = range(len(given)) if self._rows is None else self._rows
        table = np.stack([self._in_cell(name, own, given[row]) for row in rows if row < len(given)])
        has = table > 0.0 if own == DENSITY else ~np.isnan(table)
        chosen = table[np.argmax(has, axis=0), np.arange(table.shape[1])]
        return np.where(has.any(axis=0), chosen, np.nan)

    def each(self, name: str, own: str, drawn: dict[str, Any], size: int) -> list[Any]:
        """A value of a channel in the sections of each cell; none if all are alike.

        Args:
            name: of the channel.
            own: of the value.
            drawn: the values that cells of the population have got, which are drawn once.
            size: of the population.

        Raises:
            UsageError: If there are other numbers of values than cells, or one is negative.
        """
        given, key = self.given(name, own), f"{name}.{own}"
        if not differs(given):
            return []
        if key not in drawn:
            drawn[key] = values_for(given, size, key)
        rows = range(size) if self._rows is None else self._rows
        return [self._in_cell(name, own, drawn[key][row]) for row in rows]

    def check_counts(self, size: int) -> None:
        """Refuses lists with other numbers of values than cells.

        Raises:
            UsageError: If there are.
        """
        for name in self._channels:
            for own in (DENSITY, REVERSAL):
                given = self.given(name, own)
                if _is_listed(given):
                    values_for(given, size, f"{name}.{own}")

    def _in_cell(self, name: str, own: str, given: Any) -> Any:
        return self._checked(name, own, values_of(given, self._shape))

    def _checked(self, name: str, own: str, values: Any) -> Any:
        if own == DENSITY and np.any(values < 0.0):
            raise UsageError(f"the conductance_density of '{name}' is negative")
        return values


class Settings:
    """Values of channels of the cells of a model."""

    def __init__(self, cable: Any, view: Any, drawn: dict[str, Any], size: int) -> None:
        """Sets those of one part of a population.

        Args:
            cable: what the cells are.
            view: of them.
            drawn: values that cells of the population have got.
            size: of the population.
        """
        self.cable, self.view, self.drawn, self.size = cable, view, drawn, size

    def set(self) -> None:
        """Gives cells the values in which their segments, or they themselves, differ."""
        for channel in self.cable.channels:
            own = np.flatnonzero(~np.isnan(self.cable.density(channel)))
            if len(own):
                self._set(channel, DENSITY, own)
                self._set(channel, REVERSAL, own)

    def _set(self, channel: str, name: str, own: Any) -> None:
        values, (path, scale, absent) = self.cable.own_values, _PATHS[name]
        first = self.cable.density(channel) if name == DENSITY else values.first(channel, name)
        each = values.each(channel, name, self.drawn, self.size)
        if name == REVERSAL:
            self._check_reversals(channel, each or [first], own)
        pieces = [len(self.cable.segments_of(section)) for section in own.tolist()]
        segments = [one for section in own.tolist() for one in self.cable.segments_of(section)]
        inner = f"{BIO}/{MEMBRANE}/{channel}/{path}"
        if each and all(np.ptp(item) == 0.0 for item in each) and name == REVERSAL:
            self.view.set(**{inner: np.array([item[0] for item in each]) * scale})
            return
        for cells, found in [(self.view, first)] + [(self.view[k], v) for k, v in enumerate(each)]:
            made = np.repeat(np.nan_to_num(found[own], nan=absent), pieces) * scale
            if cells is not self.view or np.any(made != made[0]):
                cells.over(segments).set(**{inner: made})

    def _check_reversals(self, channel: str, found: list[Any], own: Any) -> None:
        """Refuses cells that have a channel in a section, but no reversal potential there."""
        densities = self.cable.own_values.each(channel, DENSITY, self.drawn, self.size)
        densities = densities or [self.cable.density(channel)]
        for number in range(max(len(found), len(densities))):
            reversal, density = (item[number % len(item)][own] for item in (found, densities))
            absent = own[np.isnan(reversal) & (density > 0.0)]
            if len(absent):
                raise UsageError(
                    f"'{channel}' has no reversal potential in "
                    f"'{self.cable.name_of(int(absent[0]))}' of a cell that has it there"
                )


_PATHS = {DENSITY: ("condDensity", 1e4, 0.0), REVERSAL: ("erev", 1e-3, 0.0)}
"""Names in the cell, units in SI units, and what is where a cell has nothing."""


def _is_listed(given: Any) -> bool:
    return isinstance(given, (np.ndarray, list, tuple))
