"""Tables of a network in HDF5 to rows, as if an XML file had listed them.

Numbers in single precision stand for the shortest decimal number that rounds to them, as tools that
turn such a file into XML write them: 0.1 is 0.1, not 0.10000000149.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from annarchy_ml.importers.neuroml.xml_reader import Element
from annarchy_ml.model.rows import (
    Chunk,
    Column,
    Numbered,
    Place,
    Rows,
    Same,
    measured,
    row_child,
    rows_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.floating[Any]]

Cells = tuple[str, str]
"""What stands before and after the number in paths to the cells of a population."""

_ROWS = 1 << 18  # of a chunk
_MOST_BYTES = 4_000_000_000
_EXACT_SINGLE = 1 << 24
_FEWEST_DIGITS, _MOST_DIGITS = 6, 9
_SEGMENTS = {
    "pre_segment_id": "preSegmentId",
    "post_segment_id": "postSegmentId",
    "pre_fraction_along": "preFractionAlong",
    "post_fraction_along": "postFractionAlong",
}
_JUNCTION_SEGMENTS = {
    "pre_segment_id": "preSegment",
    "post_segment_id": "postSegment",
    "pre_fraction_along": "preFractionAlong",
    "post_fraction_along": "postFractionAlong",
}
_INPUT_SEGMENTS = {"segment_id": "segmentId", "fraction_along": "fractionAlong"}
_KNOWN = frozenset(("id", "x", "y", "z", "pre_cell_id", "post_cell_id", "target_cell_id"))
_VALUES = frozenset(("weight", "delay"))

Make = Callable[["_Slice"], dict[str, Column]]


class Table:
    """The table of a population, projection or input list.

    Attributes:
        count: how many rows it has.
        columns: position by name.
    """

    def __init__(self, data: Any) -> None:
        self.data = data
        self.count = int(data.shape[0])
        self.columns = {
            _plain_text(text): int(name.removeprefix("column_"))
            for name, text in data.attrs.items()
            if name.startswith("column_")
        }
        width = int(data.shape[1])
        if not self.columns and width in (3, 4):
            self.columns = {name: width - 3 + i for i, name in enumerate("xyz")}
            self.columns |= {"id": 0} if width == 4 else {}
        known = _KNOWN | _VALUES | _SEGMENTS.keys() | _INPUT_SEGMENTS.keys()
        unknown = sorted(self.columns.keys() - known)
        if unknown or any(at >= width for at in self.columns.values()):
            raise ValueError(f"columns {unknown}")

    @staticmethod
    def of(group: Any, member: Callable[[Any, str], Any]) -> Table | None:
        """The only table of a group; None if it has none.

        Raises:
            ValueError: If it is no plain table of numbers.
        """
        import h5py

        inside = [member(group, name) for name in group]
        tables = [item for item in inside if isinstance(item, h5py.Dataset)]
        if not tables:
            return None
        data = tables[0]
        if len(tables) > 1 or len(data.shape) != 2 or data.dtype.kind not in "fiu":
            raise ValueError("one table of numbers is expected")
        if data.external or data.is_virtual or data.size * 8 > _MOST_BYTES:
            raise ValueError("a table that lies elsewhere, or is too large")
        return Table(data)

    def instances(self, population: Element) -> Element:
        """The listed cells of a population, with their places."""
        rows = self._rows(population, "instance", lambda part: {"id": part.ids()})
        for chunk, part in zip(rows.chunks, self._slices(), strict=True):
            chunk.columns.update({(1, name): part.number(name) for name in "xyz"})
        row_child(rows, "location")
        return cast("Element", rows)

    def connections(self, projection: Element, pre: Cells, post: Cells) -> Element | None:
        """Connections with events."""
        weighted = not _VALUES.isdisjoint(self.columns)

        def made(part: _Slice) -> dict[str, Column]:
            columns = {"id": part.ids()}
            columns["preCellId"] = part.cells("pre_cell_id", pre)
            columns["postCellId"] = part.cells("post_cell_id", post)
            columns |= part.along(_SEGMENTS)
            if weighted:
                columns["weight"] = part.number("weight", "1")
                columns["delay"] = part.number("delay", "0", " ms")
            return columns

        return self._elements(projection, "connectionWD" if weighted else "connection", made)

    def junctions(
        self, projection: Element, pre: Cells, post: Cells, components: dict[str, str]
    ) -> Element | None:
        """Electrical or continuous connections."""

        def made(part: _Slice) -> dict[str, Column]:
            columns = {"id": part.ids()}
            columns["preCell"] = part.cells("pre_cell_id", pre)
            columns["postCell"] = part.cells("post_cell_id", post)
            columns |= part.along(_JUNCTION_SEGMENTS)
            columns |= {name: Same(text) for name, text in components.items()}
            if "weight" in self.columns:
                columns["weight"] = part.number("weight")
            return columns

        tag = projection.tag.removesuffix("Projection") + "ConnectionInstance"
        return self._elements(projection, tag + "W" * ("weight" in self.columns), made)

    def inputs(self, owner: Element, cells: Cells) -> Element | None:
        """The inputs of a list."""

        def made(part: _Slice) -> dict[str, Column]:
            columns = {"id": part.ids(), "target": part.cells("target_cell_id", cells)}
            columns |= part.along(_INPUT_SEGMENTS)
            columns["destination"] = Same("synapses")
            if "weight" in self.columns:
                columns["weight"] = part.number("weight")
            return columns

        return self._elements(owner, "input" + "W" * ("weight" in self.columns), made)

    def _elements(self, owner: Element, tag: str, make: Make) -> Element | None:
        return cast("Element", self._rows(owner, tag, make)) if self.count else None

    def _slices(self) -> list[_Slice]:
        begins = range(0, self.count, _ROWS)
        return [_Slice(self, begin, min(begin + _ROWS, self.count)) for begin in begins]

    def _rows(self, owner: Element, tag: str, make: Make) -> Rows:
        chunks = []
        for part in self._slices():
            columns: dict[Place, Column] = {(0, key): item for key, item in make(part).items()}
            chunks.append(Chunk(part.begin, part.end - part.begin, columns))
        return rows_of(owner, tag, chunks)


class _Slice:
    """Some rows of a table, read at once."""

    def __init__(self, table: Table, begin: int, end: int) -> None:
        self.table = table
        self.begin = begin
        self.end = end
        self._data: Any = None

    def column(self, name: str) -> Numbers | None:
        """Numbers as they are stored, shape (n,); None if there is no such column."""
        if self._data is None:
            self._data = self.table.data[self.begin : self.end]
        at = self.table.columns.get(name)
        return None if at is None else self._data[:, at]

    def ids(self) -> Column:
        """Ids, or the numbers of the rows where there are none."""
        numbers = self.column("id")
        if numbers is None:
            return Numbered("", np.arange(self.begin, self.end, dtype=np.int64), "")
        return Numbered("", _whole(numbers, "id"), "")

    def cells(self, name: str, around: Cells) -> Column:
        """Paths to cells."""
        numbers = self.column(name)
        if numbers is None:
            raise ValueError(f"there is no column {name}")
        if numbers.dtype == np.float32 and numbers.size and numbers.max() >= _EXACT_SINGLE:
            raise ValueError(f"{name} is not exact in single precision")
        return Numbered(around[0], _whole(numbers, name), around[1])

    def along(self, names: dict[str, str]) -> dict[str, Column]:
        """Segments, and places along them, by attribute."""
        found: dict[str, Column] = {}
        for name, attribute in names.items():
            numbers = self.column(name)
            if numbers is not None and name.endswith("id"):
                found[attribute] = Numbered("", _whole(numbers, name), "")
            elif numbers is not None:
                found[attribute] = self.number(name)
        return found

    def number(self, name: str, default: str = "", unit: str = "") -> Column:
        """Numbers with a unit; a default where there is no such column."""
        numbers = self.column(name)
        if numbers is None:
            return Same(default + unit)
        values = shortest(numbers) if numbers.dtype == np.float32 else numbers.astype(np.float64)
        return measured(values, unit)


def _whole(numbers: Numbers, name: str) -> NDArray[np.signedinteger]:
    """Whole numbers that are 0 or more."""
    whole = np.rint(numbers)
    if not bool(((whole == numbers) & (whole >= 0) & (whole < 2.0**53)).all()):
        raise ValueError(f"{name} must be whole numbers")
    small = not len(whole) or whole.max() < 2**31
    return whole.astype(np.int32 if small else np.int64)


def shortest(numbers: Numbers) -> NDArray[np.float64]:
    """The shortest decimal numbers that round to these of single precision, shape (n,)."""
    exact = numbers.astype(np.float64)
    size = np.abs(exact)
    usual = (size > 1e-12) & (size < 1e12)
    with np.errstate(divide="ignore"):
        power = np.floor(np.log10(np.where(usual, size, 1.0))).astype(np.int64)
    result = exact.copy()
    left = usual
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS + 1):
        places = digits - 1 - power
        up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
        near = np.rint(exact * up / down) / up * down
        fits = left & (near.astype(np.float32) == numbers)
        result = np.where(fits, near, result)
        left = left & ~fits
        if not bool(left.any()):
            break
    for row in np.flatnonzero(left | (~usual & np.isfinite(exact) & (exact != 0.0))):
        result[row] = float(str(numbers[row]))
    return result


def _plain_text(value: Any) -> str:
    """The text of an attribute, which old files keep in arrays."""
    if hasattr(value, "reshape"):
        value = value.reshape(-1)[0]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
