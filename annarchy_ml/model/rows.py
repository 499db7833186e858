"""Many siblings of one shape, such as the connections of a projection, as columns.

Nothing is kept per row but numbers. Texts of single rows, for messages and for what cannot be told
in columns, are read again from the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from annarchy_ml.diagnostics.origin import Origin
from annarchy_ml.model.component import Component

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Place = tuple[int, str]
"""Which attribute: number of the element within a row, in document order, and its name."""


class Column:
    """The texts of one attribute in a chunk of rows."""

    __slots__ = ()

    def text(self, row: int) -> str:
        """The text of a row; a number may be written otherwise than in the file."""
        raise NotImplementedError


class Same(Column):
    """One text for all rows."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def text(self, row: int) -> str:
        """The text."""
        return self.value


class Numbered(Column):
    """Texts that differ in one whole number: ``../pop/`` 12 ``/cell``.

    Attributes:
        numbers: shape (n,), 0 or more, int32 or int64.
    """

    __slots__ = ("numbers", "prefix", "suffix")

    def __init__(self, prefix: str, numbers: NDArray[np.signedinteger], suffix: str) -> None:
        self.prefix = prefix
        self.numbers = numbers
        self.suffix = suffix

    def text(self, row: int) -> str:
        """The text of a row."""
        return f"{self.prefix}{int(self.numbers[row])}{self.suffix}"


class Measured(Column):
    """Numbers with the same unit: 0.5 `` ms``.

    Attributes:
        numbers: shape (n,), as written, in that unit.
        suffix: all that follows the number.
    """

    __slots__ = ("numbers", "suffix")

    def __init__(self, numbers: NDArray[np.float64], suffix: str) -> None:
        self.numbers = numbers
        self.suffix = suffix

    def text(self, row: int) -> str:
        """The shortest text of the same number."""
        return f"{float(self.numbers[row])!r}{self.suffix}"


class Coded(Column):
    """A few texts that repeat.

    Attributes:
        texts: each of them.
        codes: shape (n,), which text each row has.
    """

    __slots__ = ("codes", "texts")

    def __init__(self, texts: list[str], codes: NDArray[np.int32]) -> None:
        self.texts = texts
        self.codes = codes

    def text(self, row: int) -> str:
        """The text of a row."""
        return self.texts[int(self.codes[row])]


class Unread(Column):
    """Texts without a common form, such as names: nothing is kept of them."""

    __slots__ = ()

    def text(self, row: int) -> str:
        """Nothing is known without the file."""
        return ""


@dataclass(slots=True, eq=False)
class Chunk:
    """Rows that follow one another in a file.

    Attributes:
        begin: number of the first one among all rows.
        columns: by place of the attribute; what is not here is not given in any row.
        read: reads the texts of all attributes again, row by row in the order of `columns`; None
            where a column's own text is exact.
    """

    begin: int
    count: int
    columns: dict[Place, Column]
    read: Callable[[], list[str] | None] | None = None

    def texts(self, place: Place) -> list[str]:
        """The texts of one attribute, shape (count,)."""
        return [texts[place] for texts in self.attributes(range(self.count))]

    def attributes(self, rows: Iterable[int]) -> Iterator[dict[Place, str]]:
        """All texts of some rows, counted from the first of the chunk."""
        texts = self.read() if self.read is not None else None
        width = len(self.columns)
        exact = texts is not None and len(texts) == self.count * width
        for row in rows:
            if texts is not None and exact:
                own = texts[row * width : (row + 1) * width]
                yield dict(zip(self.columns, own, strict=True))
            else:
                yield {place: column.text(row) for place, column in self.columns.items()}


@dataclass(slots=True, eq=False)
class Rows(Component):
    """Siblings of one shape: as a component it is the first of them.

    Attributes:
        chunks: all rows, in document order; shared with the rows of the elements inside.
        element: number of this element within a row, in document order.
        stride: how many start tags a row has.
    """

    many: ClassVar[bool] = True
    chunks: list[Chunk] = field(default_factory=list)
    element: int = 0
    stride: int = 1

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(chunk.count for chunk in self.chunks)

    def column(self, chunk: Chunk, name: str) -> Column | None:
        """The column of an attribute; None if the rows do not have it."""
        return chunk.columns.get((self.element, name))

    def component(self, chunk: Chunk, row: int) -> Component:
        """One row of a chunk as a component with all inside of it."""
        return next(self.components(chunk, (row,)))

    def components(self, chunk: Chunk, rows: Iterable[int] | None = None) -> Iterator[Component]:
        """Rows of a chunk as components; all of them unless some are chosen."""
        chosen = range(chunk.count) if rows is None else rows
        for row, texts in zip(chosen, chunk.attributes(chosen), strict=True):
            yield self.made(texts, chunk.begin + int(row))

    def each(self) -> Iterator[Component]:
        """All rows as components, one after the other."""
        for chunk in self.chunks:
            yield from self.components(chunk)

    def made(self, texts: dict[Place, str], row: int) -> Component:
        """A row, counted from the first of all, with these texts; inside of its own parent."""
        outer = self.parent
        if not isinstance(outer, Rows):
            return self._made(texts, row, outer)
        number = [child for child in outer.children if isinstance(child, Rows)].index(self)
        return outer.made(texts, row).children[number]

    def _made(self, texts: dict[Place, str], row: int, parent: Component | None) -> Component:
        origin = self.origin
        if origin is not None:
            origin = Origin(origin.file, origin.ordinal + row * self.stride)
        attributes = {name: texts[self.element, name] for name in self.attributes}
        made = Component(self.tag, attributes, [], origin, self.type, self.slot, parent)
        made.children = [
            child._made(texts, row, made) for child in self.children if isinstance(child, Rows)
        ]
        return made


def each_of(components: list[Component]) -> Iterator[Component]:
    """All components of a list, those in rows one by one."""
    for item in components:
        if isinstance(item, Rows):
            yield from item.each()
        else:
            yield item


def rows_of(owner: Component, tag: str, chunks: list[Chunk]) -> Rows:
    """Children of an element from their columns; no file holds them as text."""
    first = next(chunks[0].attributes((0,)))
    attributes = {name: text for (element, name), text in first.items() if not element}
    origin = owner.origin and Origin(owner.origin.file, 0)
    rows = Rows(tag, attributes, [], origin, "", "", owner)
    rows.chunks, rows.stride = chunks, 0
    return rows


def row_child(rows: Rows, tag: str) -> Rows:
    """The child of each row, whose attributes are the columns of the second element."""
    made = Rows(tag, {}, [], rows.origin, "", "", rows)
    made.chunks, made.element, made.stride = rows.chunks, 1, 0
    first = next(rows.chunks[0].attributes((0,)))
    made.attributes = {name: text for (element, name), text in first.items() if element == 1}
    rows.children = [made]
    return made


def measured(numbers: NDArray[np.float64], suffix: str = "") -> Column:
    """Numbers with a unit as a column."""
    if bool((numbers == numbers[0]).all()):
        return Same(f"{float(numbers[0])!r}{suffix}")
    return Measured(numbers, suffix)
