"""Long runs of alike elements, such as the connections of a projection, straight to columns.

Expat reads some of them. When its last elements are alike, the text of the last one is taken apart
at its quotes: what follows byte by byte in the same form, with other values of plain characters
between the quotes, is well-formed and means elements of the same shape, so it goes to columns and
expat goes on behind it. Whatever is written otherwise is left to expat.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from xml.parsers import expat

import numpy as np

from annarchy_ml.diagnostics import Diagnostic, ModelError
from annarchy_ml.diagnostics.origin import Origin
from annarchy_ml.importers.neuroml.columns import ColumnReader, Window
from annarchy_ml.model.rows import Chunk, Place, Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.neuroml.stored_bytes import Content
    from annarchy_ml.importers.neuroml.xml_reader import Element, TreeBuilder

_BLOCK = 1024  # bytes between looks at what expat has read
_LONGEST_ROW = 4096
_SHORT, _WINDOW = 1 << 16, 1 << 20  # bytes compared at once
_ALIKE = 4  # siblings after which more of them are expected
_LEAST = 32  # rows that are worth a chunk
_TAGS_IN_ROW = 16
_MOST_INSIDE = 4  # children of an element in a row
_CONTROLS = bytes(range(32))
_DEFINING = "ComponentType"


class _Pattern:
    """The form of a row.

    Attributes:
        first: the element whose text it was taken from.
        literals: what stands between the values; the first begins where the row before ends.
        places: which attribute each value belongs to.
        stride: how many start tags a row has.
    """

    def __init__(self, first: Element, gap: bytes, pieces: list[bytes], stride: int) -> None:
        self.first = first
        self.literals = [gap + pieces[0], *pieces[2:-1:2]]
        self.tail = pieces[-1]
        self.stride = stride
        self.places: list[Place] = [
            (number, name)
            for number, element in enumerate(_inside(first))
            for name in element.attributes
        ]
        whole = b"".join((*self.literals, self.tail))
        self._open = whole.count(b"<")
        self._controls = _controls_in(whole)

    def rows_in(self, window: Window) -> tuple[NDArray[np.int64], int]:
        """Places of the quotes of all rows at the beginning of a window, and their length."""
        marks = 2 * len(self.places)
        found = np.flatnonzero(window.bytes == ord('"')) - 8
        quotes = found[: len(found) // marks * marks].reshape(-1, marks)
        if len(quotes) and quotes[-1, -1] + 1 + len(self.tail) > len(window.content):
            quotes = quotes[:-1]
        begin = np.zeros(len(quotes), np.int64)
        begin[1:] = quotes[:-1, -1] + 1 + len(self.tail)
        alike = np.ones(len(quotes), bool)
        for number, literal in enumerate(self.literals):
            alike &= quotes[:, 2 * number] - begin == len(literal)
            alike &= window.equals(begin, literal)
            begin = quotes[:, 2 * number + 1] + 1
        alike &= window.equals(begin, self.tail)
        count = len(alike) if bool(alike.all()) else int(np.argmin(alike))
        used = int(quotes[count - 1, -1]) + 1 + len(self.tail) if count else 0
        return (quotes[:count], used) if self._is_plain(window, count, used) else (quotes[:0], 0)

    def texts(self, window: Window, quotes: NDArray[np.int64]) -> dict[Place, str]:
        """The texts of one row, whose quotes stand at these positions."""
        ends = quotes.reshape(-1, 2).tolist()
        return {
            place: window.content[begin + 1 : end].decode("ascii")
            for place, (begin, end) in zip(self.places, ends, strict=True)
        }

    def _is_plain(self, window: Window, count: int, used: int) -> bool:
        """Whether the values hold neither markup nor characters of other alphabets."""
        text = window.content[:used]
        return (
            text.isascii()
            and b"&" not in text
            and text.count(b"<") == self._open * count
            and _controls_in(text) == self._controls * count
        )


def feed(parser: expat.XMLParserType, builder: TreeBuilder, content: Content, file: str) -> None:
    """Parses a whole file.

    Args:
        parser: with the handlers of the builder.
        builder: of the tree.
        content: of the file.
        file: where texts can be read again.

    Raises:
        expat.ExpatError: Where it is not well-formed.
    """
    read: Any
    if isinstance(content, bytes):
        read = partial(_values_in, content)
    else:
        read = partial(_texts, file, builder.shown, _version(file))
    at, size = 0, _BLOCK
    while at < len(content):
        parser.Parse(content[at : at + size], False)
        at = min(at + size, len(content))
        size = _BLOCK if at - parser.CurrentByteIndex < size else 2 * size
        parent = _parent_of_alike(builder.open)
        if parent is not None:
            at = _take_rows(parser, builder, content, at, read, parent)
    parser.Parse(b"", True)


def _parent_of_alike(open_elements: list[Element]) -> Element | None:
    """The open element whose last children have the same form."""
    if len(open_elements) < 2 or open_elements[1].tag == _DEFINING:
        return None
    for depth in (len(open_elements) - 1, len(open_elements) - 2):
        parent = open_elements[depth]
        done = len(parent.children) - (depth + 1 < len(open_elements))
        if depth > 0 and done >= _ALIKE:
            last = parent.children[done - 1]
            if not last.many and _alike(last, parent.children[done - 2]):
                return parent
    return None


def _alike(one: Element, other: Element) -> bool:
    return (
        one.tag == other.tag
        and one.tag != "Component"
        and list(one.attributes) == list(other.attributes)
        and not {"type", "extends"} & one.attributes.keys()
        and len(one.children) == len(other.children) <= _MOST_INSIDE
        and all(map(_alike, one.children, other.children))
    )


def _take_rows(
    parser: expat.XMLParserType,
    builder: TreeBuilder,
    content: Content,
    at: int,
    read: Any,
    parent: Element,
) -> int:
    """Reads the rows that follow; gives where expat goes on."""
    for _ in range(_TAGS_IN_ROW):
        end = content.find(b">", at) + 1
        if not end:
            return at
        before = _children_read(builder, parent)
        parser.Parse(content[at:end], False)
        at = end
        if _children_read(builder, parent) > max(before, 0):
            break
    else:
        return at
    closing = b"</" + parent.tag.encode()
    if _ahead(content, at, closing).count(_tag_of(parent)) < _LEAST:
        return at
    pattern = _pattern_of(content, at, parent)
    if pattern is None:
        return at
    chunks: list[Chunk] = []
    texts: dict[Place, str] = {}
    done = 0
    while True:
        window = Window(_ahead(content, at, closing))
        quotes, used = pattern.rows_in(window)
        if len(quotes) < _LEAST:
            break
        columns = {
            place: ColumnReader(window, quotes[:, 2 * i] + 1, quotes[:, 2 * i + 1]).read()
            for i, place in enumerate(pattern.places)
        }
        texts = texts or pattern.texts(window, quotes[0])
        chunks.append(Chunk(done, len(quotes), columns, partial(read, at, at + used)))
        done += len(quotes)
        at += used
        if len(window.content) < _WINDOW:
            break
    if chunks:
        _add_rows(builder, parent, pattern, chunks, texts)
    return at


def _children_read(builder: TreeBuilder, parent: Element) -> int:
    """How many children of an element are read to their end.

    What ends in comments, documentation or plain text does not count.
    """
    if not any(item is parent for item in builder.open):
        return -1
    return len(parent.children) - (builder.open[-1] is not parent)


def _tag_of(parent: Element) -> bytes:
    """How the start tags of the last children of an element begin."""
    return b"<" + parent.children[-1].tag.encode()


def _ahead(content: Content, at: int, closing: bytes) -> bytes:
    """What follows, as far as the end of the parent and no more than a window."""
    short = content[at : at + _SHORT]
    end = short.find(closing)
    return short[:end] if end >= 0 else content[at : at + _WINDOW]


def _pattern_of(content: Content, end: int, parent: Element) -> _Pattern | None:
    """The form of the row that ends at a position; None if it is nothing plain."""
    from annarchy_ml.importers.neuroml.xml_reader import parse_alone

    if not parent.children or parent.children[-1].many:
        return None
    last = parent.children[-1]
    begin = content.rfind(_tag_of(parent), max(0, end - _LONGEST_ROW), end)
    if begin < 0:
        return None
    before = content.rfind(b">", max(0, begin - _LONGEST_ROW), begin) + 1
    row, gap = content[begin:end], content[before:begin]
    pieces = row.split(b'"')
    between = b"".join(pieces[::2])
    if gap.strip() or any(mark in between for mark in (b"'", b"<!", b"<?", b"&")):
        return None
    alone, stride = parse_alone(row)
    if alone is None or not _same(alone, last):
        return None
    values = [text.encode() for item in _inside(last) for text in item.attributes.values()]
    return _Pattern(last, gap, pieces, stride) if values and values == pieces[1::2] else None


def _inside(element: Element) -> Iterator[Element]:
    """An element and all inside of it, in document order."""
    yield element
    for child in element.children:
        yield from _inside(child)


def _same(one: Element, other: Element) -> bool:
    return (
        _alike(one, other)
        and one.attributes == other.attributes
        and all(map(_same, one.children, other.children))
    )


def _add_rows(
    builder: TreeBuilder,
    parent: Element,
    pattern: _Pattern,
    chunks: list[Chunk],
    texts: dict[Place, str],
) -> None:
    """Adds a run, the texts of its first row given, to the children of its parent."""
    count = chunks[-1].begin + chunks[-1].count
    ordinal = builder.skip(count * pattern.stride)
    numbers = iter(range(len(list(_inside(pattern.first)))))
    shift = ordinal - (pattern.first.origin.ordinal if pattern.first.origin else 0)

    def made(like: Element, owner: Element) -> Rows:
        number = next(numbers)
        place = Origin(builder.shown, (like.origin.ordinal if like.origin else 0) + shift)
        attributes = {name: texts[number, name] for name in like.attributes}
        rows = Rows(like.tag, attributes, [], place, "", "", owner)
        rows.chunks, rows.element, rows.stride = chunks, number, pattern.stride
        rows.children = [made(child, cast("Any", rows)) for child in like.children]
        return rows

    parent.children.append(cast("Any", made(pattern.first, parent)))


def _values_in(content: bytes, begin: int, end: int) -> list[str]:
    """The values of rows that lie in a stretch of a text."""
    return content[begin:end].decode("ascii").split('"')[1::2]


def _version(file: str) -> tuple[int, int]:
    """What differs after a file was written anew."""
    found = os.stat(file)
    return found.st_mtime_ns, found.st_size


def _texts(file: str, shown: str, version: tuple[int, int], begin: int, end: int) -> list[str]:
    """The values of rows that lie in a stretch of a file.

    Raises:
        ModelError: If the file is no longer what it was when its rows were read.
    """
    try:
        if _version(file) == version:
            with open(file, "rb") as stream:
                stream.seek(begin)
                return _values_in(stream.read(end - begin), 0, end - begin)
    except (OSError, UnicodeDecodeError):
        pass
    message = f"'{shown}' was changed or removed after the model was read"
    raise ModelError(
        Diagnostic("file.changed", message, hint="read the model again, and leave its files alone")
    )


def _controls_in(text: bytes) -> int:
    return len(text) - len(text.translate(None, _CONTROLS))
