"""Which compartments the rows of a column lead to: (segment, fractionAlong) as arrays.

Before: the cell of each row, and the texts of ``postSegmentId`` and ``postFractionAlong``. After:
the compartment of each row; what its text means is found once for each different text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.model.cable_places import cells_of, compartments_at, instances_of
from annarchy_ml.model.rows import Measured, Numbered
from annarchy_ml.passes.row_values import distinct
from annarchy_ml.passes.segment_places import MIDDLE, SEGMENT_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from annarchy_ml.model.cable import CableCells
    from annarchy_ml.model.component import StructureElement
    from annarchy_ml.model.rows import Chunk, Rows
    from annarchy_ml.passes.row_places import RowPlaces

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

_UNSAID = -1


def on_segments(
    rows: Rows, chunk: Chunk, places: RowPlaces, element: StructureElement
) -> RowPlaces | None:
    """The compartments that rows lead to; None if one says no such place: that row tells why.

    Args:
        rows: connections or inputs.
        chunk: those that are connected.
        places: the cells that they lead to.
        element: the ``With`` that names these.
    """
    names = SEGMENT_ATTRIBUTES.get(element.get("instance") or element.get("index"))
    if names is None:
        return places
    segments = _segments(rows, chunk, names[0])
    alongs = _alongs(rows, chunk, names[1])
    if segments is None or alongs is None:
        return None
    said = (segments != _UNSAID) | (alongs != _UNSAID)
    instances = places.instances.copy()
    for number, (group, _, _) in enumerate(places.kinds):
        chosen = np.flatnonzero(said & (places.codes == number))
        if group.cable is None or not len(chosen):
            continue
        found = _compartments(group.cable, segments[chosen], alongs[chosen])
        if found is None:
            return None
        cells = cells_of(group.cable, instances[chosen])
        instances[chosen] = instances_of(group.cable, cells, found)
    return replace(places, instances=instances)


def _compartments(cable: CableCells, segments: Floats, alongs: Floats) -> Integers | None:
    """The compartments at places; None if there is no such segment."""
    numbers = np.where(segments == _UNSAID, cable.default_segment, segments).astype(np.int64)
    if not all(number in cable.tree.places for number in np.unique(numbers).tolist()):
        return None
    return compartments_at(cable.tree, numbers, np.where(alongs == _UNSAID, MIDDLE, alongs))


def _segments(rows: Rows, chunk: Chunk, name: str) -> Floats | None:
    """Segments of rows, ``_UNSAID`` where there is none; None if a text is no such number."""
    column = rows.column(chunk, name)
    if isinstance(column, Numbered) and not column.prefix and not column.suffix:
        return column.numbers.astype(float)
    return _read(rows, chunk, name, str.isdecimal)


def _alongs(rows: Rows, chunk: Chunk, name: str) -> Floats | None:
    """Fractions of rows, ``_UNSAID`` where there is none; None if a text is no such number."""
    column = rows.column(chunk, name)
    if isinstance(column, Measured) and not column.suffix:
        numbers = column.numbers
        return numbers if np.all((numbers >= 0.0) & (numbers <= 1.0)) else None
    return _read(rows, chunk, name, _is_fraction)


def _read(rows: Rows, chunk: Chunk, name: str, sound: Callable[[str], bool]) -> Floats | None:
    """The numbers in a column of texts; ``sound`` says whether one is what it must be."""
    texts, codes = distinct(rows, chunk, name)
    stripped = [text.strip() for text in texts]
    if not all(not text or sound(text) for text in stripped):
        return None
    return np.array([float(text) if text else _UNSAID for text in stripped])[codes]


def _is_fraction(text: str) -> bool:
    try:
        return 0.0 <= float(text) <= 1.0
    except ValueError:
        return False
