"""Where a model element was read from, and its exact place in the text when a message needs it.

An XML parser keeps at most the line of an element. Keeping exact columns of every attribute
would cost memory and time that only faulty files need, so an ``Origin`` remembers the file and
the number of the element in document order, and ``locate`` scans the file again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from annarchy_ml.diagnostics.core import Span

_TOKEN = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<!(?:[^<>\[]|\[[^\]]*\])*>|</[^>]*>"
    r"|<(?P<name>[^\s/>]+)(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.S,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """An element of a file.

    Attributes:
        file: path as shown to the user.
        ordinal: 0-based number of the element's start tag in document order.
    """

    file: str
    ordinal: int


@lru_cache(maxsize=16)
def _start_tags(file: str) -> tuple[str, tuple[tuple[int, str, int], ...]]:
    """Text of the file and (position, attribute text, its position) of every start tag."""
    try:
        with open(file, encoding="utf-8", errors="replace") as stream:
            text = stream.read()
    except OSError:
        return "", ()
    tags = tuple(
        (match.start(), match["attributes"], match.start("attributes"))
        for match in _TOKEN.finditer(text)
        if match["name"] is not None
    )
    return text, tags


def locate(origin: Origin | None, attribute: str = "", value: bool = True) -> Span | None:
    """The place of an element, or of one of its attributes, as a ``Span``.

    Args:
        origin: the element; None gives None.
        attribute: name of the attribute; empty for the element's name.
        value: point at the attribute's value, not at its name.
    """
    if origin is None:
        return None
    text, tags = _start_tags(origin.file)
    if origin.ordinal >= len(tags):
        return Span(origin.file, 1, 1)
    start, attributes, base = tags[origin.ordinal]
    position, length = start, len(re.match(r"<[^\s/>]+", text[start:]).group())  # type: ignore[union-attr]
    if attribute:
        match = re.search(
            rf"(?<![\w.:-])(?:\w+:)?{re.escape(attribute)}\s*=\s*(\"[^\"]*\"|'[^']*')", attributes
        )
        if match:
            begin, end = match.span(1) if value else match.span(0)
            position = base + begin + (1 if value else 0)
            length = end - begin - (2 if value else 0)
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return Span(origin.file, line, column, max(1, length))
