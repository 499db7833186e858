"""Values of channels that differ between cells with morphology.

Before: ``na={"conductance_density": [uniform("soma", 0.1), uniform("all", 0.2)]}``, one for each
cell. After: the channel where any of the cells has it, and values for each cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


class CellValues:
    """Densities and reversal potentials that differ between cells."""

    def __init__(self, shape: Shape, channels: Mapping[str, Any]) -> None:
        self._shape = shape
        self._channels = channels
        self._known: dict[tuple[str, str, str], Any] = {}

    @property
    def names(self) -> list[str]:
        """What differs between cells."""
        return [
            f"{name}.{own}"
            for name, channel in self._channels.items()
            for own in (DENSITY, REVERSAL)
            if differs(channel.given(own))
        ]

    def first_density(self, name: str) -> Any:
        """Of a channel in each section [S/cm2]: that of the first cell that has it there."""
        given = self._channels[name].given(DENSITY)
        if not differs(given):
            return values_of(given, self._shape)
        if not _is_listed(given):
            return np.ones(len(self._shape.sections))
        table = np.stack([values_of(item, self._shape) for item in given])
        self._check(name, table)
        has = table > 0.0
        chosen = table[np.argmax(has, axis=0), np.arange(table.shape[1])]
        return np.where(has.any(axis=0), chosen, np.nan)

    def first_reversal(self, name: str) -> float | None:
        """The reversal potential [mV] of a channel in the first cell; None if it has none."""
        given = self._channels[name].given(REVERSAL)
        if given is None or (differs(given) and not _is_listed(given)):
            return None if given is None else 0.0
        return float(np.ravel(given)[0])

    def reversals(self, name: str, population: str, size: int) -> Any:
        """The reversal potential [mV] of a channel in each cell; None if it does not differ."""
        given = self._channels[name].given(REVERSAL)
        return self._numbers((name, REVERSAL, population), given, size) if differs(given) else None

    def densities(self, name: str, population: str, size: int) -> Iterator[tuple[int, Any]]:
        """Cells, and the densities [S/cm2] of a channel in their sections; none if all are alike.

        Raises:
            UsageError: If there are other numbers of values than cells, or one is negative.
        """
        given = self._channels[name].given(DENSITY)
        if not differs(given):
            return
        if _is_listed(given):
            self._check_count((name, DENSITY), len(given), size)
            found = [np.nan_to_num(values_of(item, self._shape)) for item in given]
        else:
            drawn = self._numbers((name, DENSITY, population), given, size)
            found = [np.full(len(self._shape.sections), item) for item in drawn]
        self._check(name, np.stack(found))
        yield from enumerate(found)

    def _numbers(self, key: tuple[str, str, str], given: Any, size: int) -> Any:
        """A number for each cell; those of a distribution are drawn once."""
        if key not in self._known:
            if _is_listed(given):
                self._check_count(key[:2], len(given), size)
            made = LazyArray(given, shape=(size,), dtype=float)
            self._known[key] = np.asarray(made.evaluate(simplify=False), float)
        return self._known[key]

    def _check_count(self, which: tuple[str, str], count: int, size: int) -> None:
        if count != size:
            raise UsageError(
                f"there are {count} values of '{'.'.join(which)}' for {size} cells",
                hint="give one value, or a list with one for each cell",
            )

    def _check(self, name: str, table: Any) -> None:
        if np.any(table < 0.0):
            raise UsageError(f"the conductance_density of '{name}' is negative")


def set_values(cable: Any, view: Any, name: str, size: int) -> None:
    """Gives cells of a model the values in which their segments, or they themselves, differ.

    Args:
        cable: what the cells are.
        view: of the population.
        name: of the population.
        size: how many cells there are.
    """
    for channel in cable.channels:
        density = cable.density(channel)
        own = np.flatnonzero(~np.isnan(density))
        if not len(own):
            continue
        path = f"{BIO}/{MEMBRANE}/{channel}"
        segments = [one for section in own.tolist() for one in cable.segments_of(section)]
        pieces = [len(cable.segments_of(section)) for section in own.tolist()]
        for cells, values in [(view, density)] + [
            (view[k], item) for k, item in cable.own_values.densities(channel, name, size)
        ]:
            found = np.repeat(values[own], pieces) * 1e4
            if cells is not view or np.any(found != found[0]):
                cells.over(segments).set(**{f"{path}/condDensity": found})
        reversals = cable.own_values.reversals(channel, name, size)
        if reversals is not None:
            view.set(**{f"{path}/erev": reversals * 1e-3})


def _is_listed(given: Any) -> bool:
    return isinstance(given, (np.ndarray, list, tuple))
