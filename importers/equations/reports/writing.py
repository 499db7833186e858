"""Reports as Markdown and LaTeX."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.registry import network_of
from annarchy_ml.importers.equations.reports.content import (
    Formulas,
    Heading,
    Part,
    Table,
    Text,
    content,
)

_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip
_SECTIONS = {1: "section", 2: "subsection"}
_HEAD = r"""\documentclass[a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{amsmath}
\usepackage{tabularx}
\usepackage[margin=2cm]{geometry}
"""


def report(
    network: Any = None,
    filename: str | os.PathLike[str] = "./report.tex",
    title: str = "Network description",
    author: str = "",
    date: str = "",
    standalone: bool = True,
    net_id: int = 0,
) -> None:
    """Describes a network in a file.

    Args:
        network: the network, or the name of the file alone for the default network.
        filename: ends with ``.md`` or ``.tex``.
        title: of the report.
        author: of the report.
        date: of the report.
        standalone: whether LaTeX is a document of its own, or a part to be included.
        net_id: number of the network, its ``id``; 0 is the default network.

    Raises:
        ANNarchyException: If the file has another ending or cannot be written.
    """
    if isinstance(network, (str, os.PathLike)):
        network, filename = None, network
    path = Path(filename)
    parts = list(content(network_of(net_id) if network is None else network))
    if path.suffix == ".md":
        text = "\n\n".join([f"# {title}", *_markdown(parts)]) + "\n"
    elif path.suffix == ".tex":
        text = "\n\n".join(_latex(parts)) + "\n"
        text = _document(text, (title, author, date)) if standalone else text
    else:
        raise ANNarchyException(f"a report is a .tex or .md file, not '{path}'")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise ANNarchyException(f"'{path}' cannot be written: {fault.strerror}") from fault


def _document(text: str, names: tuple[str, str, str]) -> str:
    """A whole document with title, author and date."""
    words = zip(("title", "author", "date"), names, strict=True)
    head = "\n".join(rf"\{word}{{{_plain(name)}}}" for word, name in words)
    begin = "\\begin{document}\n\\maketitle"
    return f"{_HEAD}{head}\n{begin}\n\n{text}\n\\end{{document}}\n"


def _markdown(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        match part:
            case Heading(text, level):
                yield f"{'#' * (level + 1)} {text}"
            case Text(text):
                yield text
            case Formulas(lines):
                yield "\n\n".join(f"$$\n{line}\n$$" for line in lines)
            case Table(header, rows):
                made = [header, tuple("---" for _ in header), *rows]
                cells = (" | ".join(cell.replace("|", r"\|") for cell in row) for row in made)
                yield "\n".join(f"| {line} |" for line in cells)


def _latex(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        match part:
            case Heading(text, level):
                yield rf"\{_SECTIONS[level]}{{{_plain(text)}}}"
            case Text(text):
                yield _plain(text)
            case Formulas(lines):
                yield "\n".join(rf"\[ {line} \]" for line in lines)
            case Table(header, rows):
                yield _table(header, rows)


def _table(header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    lines = [" & ".join(rf"\textbf{{{_plain(cell)}}}" for cell in header) + r" \\ \hline"]
    lines += [" & ".join(map(_plain, row)) + r" \\" for row in rows]
    columns = "|".join("X" for _ in header)
    body = "\n".join(lines)
    begin = rf"\begin{{tabularx}}{{\linewidth}}{{|{columns}|}}"
    return f"\\noindent\n{begin}\n\\hline\n{body}\n\\hline\n\\end{{tabularx}}"


def _plain(text: str) -> str:
    return "".join(_SPECIAL.get(letter, letter) for letter in text)
