"""Where a model element was read from, and its exact place in the text when a message needs it.

An XML parser keeps at most the line of an element. Keeping exact columns of every attribute
would cost memory and time that only faulty files need, so an ``Origin`` remembers the file and
the number of the element in document order, and ``locate`` scans the file again.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from functools import lru_cache
from html import unescape
from typing import NamedTuple

from annarchy_ml.diagnostics.core import Span
from annarchy_ml.diagnostics.source import source_text

_TOKEN = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<!(?:[^<>\[]|\[[^\]]*\])*>|</[^>]*>"
    r"|<(?P<name>[^\s/>]+)(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.S,
)
_ATTRIBUTE = re.compile(r"(?:[^\s=:\"']+:)?([^\s=:\"']+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


class Origin(NamedTuple):
    """An element of a file.

    Attributes:
        file: path as shown to the user.
        ordinal: 0-based number of the element's start tag in document order.
    """

    file: str
    ordinal: int


class _Tags(NamedTuple):
    """Start tags of a text, three numbers for each, and where lines start."""

    text: str
    numbers: array[int]
    lines: array[int]

    def tag(self, ordinal: int) -> tuple[int, int, int] | None:
        """Position, length of ``<name`` and end of a start tag; None if there is none."""
        found = self.numbers[3 * ordinal : 3 * ordinal + 3]
        return (found[0], found[1], found[2]) if len(found) == 3 else None


@lru_cache(maxsize=16)
def _start_tags(text: str) -> _Tags:
    numbers = array("q")
    for match in _TOKEN.finditer(text):
        if match["name"] is not None:
            numbers.extend((match.start(), match.end("name") - match.start(), match.end()))
    lines = array("q", [0])
    lines.extend(match.end() for match in re.finditer("\n", text))
    return _Tags(text, numbers, lines)


def locate(origin: Origin | None, attribute: str = "", value: bool = True) -> Span | None:
    """The place of an element, or of one of its attributes, as a ``Span``.

    Args:
        origin: the element; None gives None.
        attribute: name of the attribute; empty for the element's name. An attribute that the
            element does not have gives the element.
        value: point at the attribute's value, not at its name.
    """
    if origin is None:
        return None
    source = _start_tags(source_text(origin.file))
    tag = source.tag(origin.ordinal)
    if tag is None:
        return Span(origin.file, 1, 1)
    position, length, end = tag
    if attribute:
        found = _attribute(source.text, position + length, end, attribute)
        if found is not None:
            position = found.start(_value_group(found)) if value else found.start()
            length = found.end(_value_group(found) if value else 1) - position
    return _span(origin.file, source, position, length)


def locate_in(text: str, origin: Origin) -> Span | None:
    """The place of an element in a text that is not the file's own, or that is cut short."""
    source = _start_tags(text)
    tag = source.tag(origin.ordinal)
    if tag is None:
        return None
    position, length, _ = tag
    return _span(origin.file, source, position, length)


def attribute_text(origin: Origin | None, attribute: str) -> str | None:
    """The text of an attribute as it stands in the file; None if it cannot be had."""
    if origin is None:
        return None
    source = _start_tags(source_text(origin.file))
    tag = source.tag(origin.ordinal)
    if tag is None:
        return None
    position, length, end = tag
    found = _attribute(source.text, position + length, end, attribute)
    if found is None:
        return None
    return found[_value_group(found)]


def within(origin: Origin | None, attribute: str, start: int, length: int) -> Span | None:
    """The place of some characters of an attribute's value, as counted in ``attribute_text``."""
    if origin is None:
        return None
    source = _start_tags(source_text(origin.file))
    tag = source.tag(origin.ordinal)
    if tag is not None:
        position, name, end = tag
        found = _attribute(source.text, position + name, end, attribute)
        if found is not None:
            return _span(origin.file, source, found.start(_value_group(found)) + start, length)
    return locate(origin, attribute)


def part_of(origin: Origin | None, attribute: str, part: str) -> Span | None:
    """The place of ``part`` in the value of an attribute; of the whole value if it is not there."""
    at = (attribute_text(origin, attribute) or "").find(part) if part else -1
    return within(origin, attribute, at, len(part)) if at >= 0 else locate(origin, attribute)


def _attribute(text: str, start: int, end: int, name: str) -> re.Match[str] | None:
    for match in _ATTRIBUTE.finditer(text, start, end):
        if match[1] == name or unescape(match[1]) == name:
            return match
    return None


def _value_group(attribute: re.Match[str]) -> int:
    """Which group of `_ATTRIBUTE` holds the value: it stands in one kind of quotes."""
    return 2 if attribute[2] is not None else 3


def _span(file: str, source: _Tags, position: int, length: int) -> Span:
    """A stretch of text, cut at the end of its line."""
    line = bisect_right(source.lines, position)
    start = source.lines[line - 1]
    stop = source.text.find("\n", position, position + length)
    if stop >= 0:
        length = stop - position
    return Span(file, line, position - start + 1, max(1, length))
