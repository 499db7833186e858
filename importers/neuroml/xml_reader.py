"""XML text to elements, each with the number of its start tag, by the expat parser of Python.

Entities, document type definitions and extreme nesting are refused (DESIGN.md §9). Namespaces and
prefixes have no meaning in LEMS and are dropped, and so are comments and documentation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count, islice
from typing import Any, Protocol
from xml.parsers import expat

from annarchy_ml.diagnostics import Diagnostics, Span
from annarchy_ml.diagnostics.origin import Origin, locate_in
from annarchy_ml.diagnostics.source import decoded
from annarchy_ml.garbage import collection_paused
from annarchy_ml.importers.neuroml.stored_bytes import Content
from annarchy_ml.model.component import Component

MAX_DEPTH = 100
LARGE_BYTES = 1 << 15
DOCUMENTATION = frozenset(
    ("notes", "annotation", "property", "Description", "description", "About")
)
PROPERTY, CABLE = "property", "segmentGroup"
KEPT_PROPERTIES = frozenset(("numberInternalDivisions",))
"""Properties of segment groups that change results: they become attributes."""
_ENTITY = re.compile(r"&(?!(?:lt|gt|amp|quot|apos);|#)[^;\s]*;?")


class Element(Component):
    """An XML element: local name, attributes without namespaces, children, place."""

    __slots__ = ()
    children: list[Element]  # type: ignore[assignment]

    def get(self, name: str, default: str = "") -> str:
        """An attribute's text."""
        return self.attributes.get(name, default)


class _RefusedError(Exception):
    """A feature of XML that is switched off."""

    def __init__(
        self, message: str, hint: str, length: int = 1, marker: re.Pattern[str] | None = None
    ) -> None:
        super().__init__(message)
        self.hint = hint
        self.length = length
        self.marker = marker


def parse_bytes(
    content: Content, shown: str, report: Diagnostics, file: str = ""
) -> Element | None:
    """Parses one file; what is no safe, well-formed XML is reported and gives None.

    Args:
        content: of the file.
        shown: its name in messages.
        report: collects faults.
        file: where it can be read again; then long runs of alike elements become columns.
    """
    builder = TreeBuilder(shown)
    parser = _parser(builder)
    large = bool(file) and len(content) > LARGE_BYTES
    try:
        with collection_paused():
            if large:
                from annarchy_ml.importers.neuroml.uniform import feed

                feed(parser, builder, content, file)
            else:
                parser.Parse(content[:], True)
    except (expat.ExpatError, _RefusedError, ValueError, LookupError) as fault:
        if large:
            return parse_bytes(content[:], shown, report)
        _report(fault, content[:], builder, parser, report)
        return None
    return builder.root


def parse_alone(content: bytes) -> tuple[Element | None, int]:
    """Parses one element of a file: it, and how many start tags it has; None if it is none."""
    builder = TreeBuilder("")
    try:
        _parser(builder).Parse(content, True)
    except (expat.ExpatError, _RefusedError, ValueError, LookupError):
        return None, 0
    return builder.root, next(builder.ordinals)


def _parser(builder: TreeBuilder) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = builder.handlers()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    if (at_once := getattr(parser, "SetReparseDeferralEnabled", None)) is not None:
        at_once(False)  # newer versions of expat may wait for more than a whole tag
    return parser


def _report(
    fault: Exception,
    content: bytes,
    builder: TreeBuilder,
    parser: expat.XMLParserType,
    report: Diagnostics,
) -> None:
    """Reports why a file cannot be read."""
    shown = builder.shown
    if isinstance(fault, expat.ExpatError):
        _report_malformed(fault, content, builder, report)
    elif isinstance(fault, _RefusedError):
        at = Span(shown, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1, fault.length)
        at = _found(content, shown, fault.marker, 1) or at
        report.error("xml.unsafe", str(fault), at, hint=fault.hint)
    else:  # an encoding that is unknown or of several bytes
        report.error(
            "xml.malformed",
            f"the encoding of '{shown}' is not known",
            _found(content, shown, re.compile("(?<=encoding=.)[^\"']*"), 1) or Span(shown, 1, 1),
            hint='save it as UTF-8, with encoding="UTF-8" or none in its first line',
        )


def _refuse_doctype(name: str, *_: Any) -> None:
    raise _RefusedError(
        "document type definitions and entities are not accepted in model files",
        "remove <!DOCTYPE ...> and write the text of its entities where they are used",
        marker=re.compile("<!DOCTYPE"),
    )


class _Starts(Protocol):
    def __call__(self, name: str, attributes: dict[str, str], /) -> None: ...


class TreeBuilder:
    """Builds the tree while expat reads.

    Attributes:
        shown: name of the file in messages.
        root: the outermost element.
        open: elements whose end is still to come, the outermost first.
        ordinals: numbers of the start tags that are still to come.
    """

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.root: Element | None = None
        self.open: list[Element] = []
        self.ordinals = count()

    def skip(self, tags: int) -> int:
        """Leaves out so many start tags, at least one; gives the number of the first."""
        first = next(self.ordinals)
        next(islice(self.ordinals, tags - 1, tags - 1), None)
        return first

    def handlers(self) -> tuple[_Starts, Callable[[str], None]]:
        """What expat calls for each start and end tag."""
        shown, stack, plain, ordinals = self.shown, self.open, set[str](), self.ordinals
        skipped = 0

        def start(name: str, attributes: dict[str, str], /) -> None:
            nonlocal skipped
            ordinal = next(ordinals)
            if skipped:
                skipped += 1
                return _keep_property(stack[-1], name, attributes)
            if not plain.issuperset(attributes):
                attributes = _without_prefixes(attributes, plain)
            if ":" in name:
                name = name.rpartition(":")[2]
            if name in DOCUMENTATION and stack:
                skipped = 1
                return _keep_property(stack[-1], name, attributes)
            depth = len(stack)
            parent = stack[-1] if depth > 1 else None
            element = Element(name, attributes, [], Origin(shown, ordinal), "", "", parent)
            if depth:
                stack[-1].children.append(element)
                if depth >= MAX_DEPTH:
                    raise _RefusedError(
                        f"elements are nested more than {MAX_DEPTH} levels deep",
                        "this is no model file that a person or a tool would write",
                        len(name) + 1,
                    )
            else:
                self.root = element
            stack.append(element)

        def end(_: str) -> None:
            nonlocal skipped
            if skipped:
                skipped -= 1
            else:
                stack.pop()

        return start, end


def _keep_property(owner: Element, tag: str, attributes: dict[str, str]) -> None:
    """A property, also within an annotation, that changes results is an attribute of its owner."""
    name = attributes.get("tag", "")
    if name in KEPT_PROPERTIES and owner.tag == CABLE and tag.endswith(PROPERTY):
        owner.attributes[name] = attributes.get("value", "")


def _without_prefixes(attributes: dict[str, str], plain: set[str]) -> dict[str, str]:
    """Attributes that are not of another namespace; their names are remembered in ``plain``."""
    kept = {name: text for name, text in attributes.items() if ":" not in name and name != "xmlns"}
    plain.update(kept)
    return kept


def _report_malformed(
    fault: expat.ExpatError, content: bytes, builder: TreeBuilder, report: Diagnostics
) -> None:
    shown = builder.shown
    at = Span(shown, max(fault.lineno, 1), fault.offset + 1)
    reason = expat.ErrorString(fault.code) or "not well-formed"
    hint = "every element that is opened must be closed, and every attribute quoted"
    unclosed = builder.open[-1] if builder.open else None
    related: tuple[tuple[Span, str], ...] = ()
    if reason in ("mismatched tag", "no element found", "unclosed token") and unclosed is not None:
        reason = f"<{unclosed.tag}> is never closed"
        hint = f"write </{unclosed.tag}> where it ends, or end its tag with '/>'"
        place = _place_of(content, shown, unclosed)
        related = ((place, "opened here"),) if place else ()
    elif wrong := _wrong_bytes(content):
        reason, hint = wrong
    elif reason == "undefined entity":
        at = _found(content, shown, _ENTITY, fault.lineno) or at
        hint = "write the character itself; only &lt; &gt; &amp; &quot; and &apos; are known"
    elif reason == "junk after document element":
        reason, hint = "there is text after the end of the document", "keep one root element"
    elif reason == "duplicate attribute":
        reason, hint = "an attribute is given twice", "remove one of the two"
    elif reason == "not well-formed (invalid token)":
        reason = "a character stands where it may not"
        hint = "write &lt; for '<' and &amp; for '&', and quote every attribute"
    report.error(
        "xml.malformed",
        f"'{shown}' is not well-formed XML: {reason}",
        at,
        hint=hint,
        related=related,
    )


def _wrong_bytes(content: bytes) -> tuple[str, str] | None:
    """Whether the file is not encoded as it says."""
    head = content[:200].lower()
    says_other = b"encoding" in head and b"utf-8" not in head
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or says_other:
        return None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as fault:
        byte = content[fault.start]
        return (
            f"the byte {byte:#04x} is not UTF-8",
            'save the file as UTF-8, or name its encoding: <?xml version="1.0" '
            'encoding="ISO-8859-1"?>',
        )
    return None


def _found(
    content: bytes, shown: str, marker: re.Pattern[str] | None, first_line: int
) -> Span | None:
    """Where a text stands first, from some line on."""
    if marker is None:
        return None
    for number, line in enumerate(decoded(content).split("\n")[first_line - 1 :], first_line):
        match = marker.search(line)
        if match:
            return Span(shown, number, match.start() + 1, max(1, len(match[0])))
    return None


def _place_of(content: bytes, shown: str, element: Element) -> Span | None:
    """Where the start tag of an element stands, in a file that cannot be read to its end."""
    return locate_in(decoded(content), element.origin) if element.origin is not None else None
