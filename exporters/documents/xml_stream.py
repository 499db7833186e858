"""Components as XML text, written while it is made: no tree of elements, however many there are.

Long runs of alike components (`model.Rows`) go from their columns of numbers to text in pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from typing import TextIO
from xml.etree.ElementTree import Element, indent, tostring
from xml.sax.saxutils import quoteattr

from annarchy_ml.model.component import Component
from annarchy_ml.model.rows import Chunk, Coded, Column, Measured, Numbered, Place, Rows, Same
from annarchy_ml.model.rows import Unread as UnreadColumn

_INDENT = "    "
_PIECE = 1 << 14  # rows whose text is in memory at once
_PROPERTY = "numberInternalDivisions"
"""A property of segment groups that is read as an attribute."""


Naming = tuple[str, Mapping[str, str]]
"""Name and attributes of an element."""
Named = Callable[[Component], Naming | None]


class XmlStream:
    """An XML file that grows."""

    def __init__(self, out: TextIO, declared: bool = True) -> None:
        """Begins the file; its encoding is declared where it is no text within another file."""
        self.out = out
        self._open: list[str] = []
        if declared:
            out.write('<?xml version="1.0" encoding="UTF-8"?>\n')

    def begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Opens an element."""
        self.out.write(f"{self._margin}<{tag}{texts(attributes)}>\n")
        self._open.append(tag)

    def end(self) -> None:
        """Closes the element that was opened last."""
        tag = self._open.pop()
        self.out.write(f"{self._margin}</{tag}>\n")

    def empty(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element with nothing inside."""
        self.out.write(f"{self._margin}<{tag}{texts(attributes)}/>\n")

    def element(self, made: Element) -> None:
        """A small element with all inside of it."""
        indent(made, _INDENT, len(self._open))
        self.out.write(f"{self._margin}{tostring(made, 'unicode')}\n")

    def component(self, made: Component, named: Named = lambda _: None) -> None:
        """A component with all inside of it.

        Args:
            made: the component.
            named: element and attributes that stand for a component; None for its own.
        """
        self._start(made, named)
        open_parts = [iter(made.children)] if made.children else []
        while open_parts:
            child = next(open_parts[-1], None)
            if child is None:
                open_parts.pop()
                self.end()
            elif isinstance(child, Rows):
                self._rows(child)
            else:
                self._start(child, named)
                if child.children:
                    open_parts.append(iter(child.children))

    def _start(self, made: Component, named: Named) -> None:
        tag, attributes = named(made) or (made.tag, made.attributes)
        given = dict(attributes)
        divisions = given.pop(_PROPERTY, None)
        if not made.children and divisions is None:
            self.empty(tag, given)
            return
        self.begin(tag, given)
        if divisions is not None:
            self.empty("property", {"tag": _PROPERTY, "value": divisions})
            if not made.children:
                self.end()

    def _rows(self, rows: Rows) -> None:
        places: list[Place] = []
        form = f"{self._margin}{_form(rows, places)}\n"
        for chunk in rows.chunks:
            for piece in _pieces(chunk, places):
                self.out.write("".join(map(form.__mod__, piece)))

    @property
    def _margin(self) -> str:
        return _INDENT * len(self._open)


def texts(attributes: Mapping[str, str]) -> str:
    """Attributes as they stand in a tag."""
    return "".join(f" {name}={quoteattr(text)}" for name, text in attributes.items())


def _form(rows: Rows, places: list[Place]) -> str:
    """A row as text with holes; notes which attribute goes into each hole."""
    places += [(rows.element, name) for name in rows.attributes]
    head = rows.tag + "".join(f" {name}=%s" for name in rows.attributes)
    inside = "".join(_form(child, places) for child in rows.children if isinstance(child, Rows))
    return f"<{head}>{inside}</{rows.tag}>" if inside else f"<{head}/>"


def _pieces(chunk: Chunk, places: list[Place]) -> Iterator[Iterator[tuple[str, ...]]]:
    """Texts of the rows of a chunk, some at a time, in the order of the places."""
    if any(isinstance(chunk.columns[place], UnreadColumn) for place in places):
        rows = chunk.attributes(range(chunk.count))
        yield (tuple(quoteattr(texts[place]) for place in places) for texts in rows)
        return
    for begin in range(0, chunk.count, _PIECE):
        part = slice(begin, min(begin + _PIECE, chunk.count))
        yield zip(*(_quoted(chunk.columns[place], part) for place in places), strict=True)


def _quoted(column: Column, part: slice) -> Iterator[str]:
    """Texts of some rows of a column, with quotes."""
    if isinstance(column, Same):
        return repeat(quoteattr(column.value), part.stop - part.start)
    if isinstance(column, Numbered):
        begin, end = quoteattr(column.prefix)[:-1], quoteattr(column.suffix)[1:]
        return (f"{begin}{number}{end}" for number in column.numbers[part].tolist())
    if isinstance(column, Measured):
        end = quoteattr(column.suffix)[1:]
        return (f'"{number!r}{end}' for number in column.numbers[part].tolist())
    if isinstance(column, Coded):
        known = [quoteattr(text) for text in column.texts]
        return (known[code] for code in column.codes[part].tolist())
    return (quoteattr(column.text(row)) for row in range(part.start, part.stop))
