"""Turns a Diagnostic into text (or a JSON-ready dictionary): the only place that does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from annarchy_ml.diagnostics.core import Diagnostic, Span
from annarchy_ml.diagnostics.source import source_text

Source = Callable[[str], list[str]]

_TAB = "    "
_WIDEST_LINE = 160
_LEFT_CONTEXT = 60
_MOST_SHOWN = 100
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def render(diagnostic: Diagnostic, source: Source | None = None) -> str:
    """The text of one diagnostic, without a final newline.

    Args:
        diagnostic: What to show.
        source: Gives the lines of a file by name; by default the file itself is read, and a
            file that cannot be read costs only the picture, never the message.
    """
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {_one_line(diagnostic.message)}"]
    if diagnostic.span is not None:
        lines += _picture(diagnostic, diagnostic.span, source or _read_lines)
    if diagnostic.component:
        lines.append(f"  component: {_one_line(diagnostic.component)}")
    lines += _remarks(diagnostic.notes, diagnostic.hint)
    return "\n".join(lines)


def render_all(diagnostics: Iterable[Diagnostic], source: Source | None = None) -> str:
    """Several diagnostics, an empty line between them; each file is read once.

    Of very many, as a generated file with one mistake earns them, the first are shown.
    """
    known: dict[str, list[str]] = {}
    read = source or _read_lines

    def remembered(file: str) -> list[str]:
        if file not in known:
            known[file] = read(file)
        return known[file]

    found = tuple(diagnostics)
    shown = [render(diagnostic, remembered) for diagnostic in found[:_MOST_SHOWN]]
    if len(found) > _MOST_SHOWN:
        shown.append(f"and {len(found) - _MOST_SHOWN} more")
    return "\n\n".join(shown)


def render_plain(message: str, code: str = "", notes: tuple[str, ...] = (), hint: str = "") -> str:
    """The same form for a fault that has no place in a file; without a code, no headline tag."""
    headline = f"error[{code}]: {_one_line(message)}" if code else _one_line(message)
    return "\n".join([headline, *_remarks(notes, hint)])


def to_dict(diagnostic: Diagnostic) -> dict[str, Any]:
    """The diagnostic as plain values, for `--json`."""
    span = diagnostic.span
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": span.file if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "length": span.length if span else None,
        "label": diagnostic.label,
        "notes": list(diagnostic.notes),
        "hint": diagnostic.hint,
        "component": diagnostic.component,
        "related": [
            {"file": s.file, "line": s.line, "column": s.column, "length": s.length, "label": text}
            for s, text in diagnostic.related
        ],
    }


def _remarks(notes: Iterable[str], hint: str) -> list[str]:
    lines = [f"  note: {_one_line(note)}" for note in notes]
    return [*lines, f"  hint: {_one_line(hint)}"] if hint else lines


def _one_line(text: str) -> str:
    """Text that cannot break the layout or drive the terminal, whatever a file put into it."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split("\n")).replace("\t", " "))


def _read_lines(file: str) -> list[str]:
    text = source_text(file)
    return text.split("\n") if text else []


def _picture(diagnostic: Diagnostic, span: Span, source: Source) -> list[str]:
    """The place, its source line and the marks below it; then related places elsewhere."""
    here = [(span, diagnostic.label, "^")]
    elsewhere = []
    for place, label in diagnostic.related:
        if (place.file, place.line) == (span.file, span.line):
            here.append((place, label, "-"))
        else:
            elsewhere.append((place, label))
    lines = [f"  --> {_one_line(str(span))}", *_snippet(here, source)]
    for place, label in elsewhere:
        lines.append(f"  ::: {_one_line(str(place))}")
        snippet = _snippet([(place, label, "-")], source)
        lines += snippet or [f"      | {_one_line(label)}"]
    return lines


def _snippet(marks: list[tuple[Span, str, str]], source: Source) -> list[str]:
    """One source line with its marks; nothing when the line cannot be had."""
    place = marks[0][0]
    text_lines = source(place.file)
    if not 1 <= place.line <= len(text_lines):
        return []
    text, first = _window(text_lines[place.line - 1].rstrip("\r\n"), place.column)
    width = max(5, len(str(place.line)))
    gutter = " " * width + " | "
    drawn = [
        (*_mark_cells(text, span.column - first, span.length), label, sign)
        for span, label, sign in marks
        if first <= span.column <= first + len(text)
    ]
    shown = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\t", _TAB))
    rows = [row for row in _mark_rows(drawn) if row]
    return [f"{place.line:>{width}} | {shown}", *(gutter + row for row in rows)]


def _window(line: str, column: int) -> tuple[str, int]:
    """The part of a line worth showing, and the column its first character has."""
    if len(line) <= _WIDEST_LINE:
        return line, 1
    start = max(0, min(column - 1 - _LEFT_CONTEXT, len(line) - _WIDEST_LINE))
    return line[start : start + _WIDEST_LINE], start + 1


def _mark_cells(text: str, start: int, length: int) -> tuple[int, int]:
    """First cell and number of cells of a mark, tabs counted as they are shown."""
    before = text[:start]
    marked = text[start : start + length]
    return len(before.replace("\t", _TAB)), max(1, len(marked.replace("\t", _TAB)))


def _mark_rows(marks: list[tuple[int, int, str, str]]) -> list[str]:
    """The row of carets and dashes, then a row for each label that does not fit beside it."""
    ordered = sorted(marks, key=lambda mark: (mark[0], mark[3] == "^"))
    row = ""
    for start, length, _, sign in ordered:
        row = row[:start].ljust(start) + sign * length + row[start + length :]
    rows = [f"{row} {_one_line(ordered[-1][2])}".rstrip()] if ordered else []
    below = [(start, _one_line(label)) for start, _, label, _ in ordered[:-1] if label]
    for index in range(len(below) - 1, -1, -1):
        start, label = below[index]
        bars = ""
        for bar, _ in below[:index]:
            bars = bars.ljust(bar) + "|" if bar < start else bars
        rows.append(bars.ljust(start) + label)
    return rows
