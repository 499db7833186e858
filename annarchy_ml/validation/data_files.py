"""Reads the text files of simulators: tables of numbers, and lists of events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEST_HEADER_LINES = 3


class DataFileError(Exception):
    """A file is not there, or does not hold what it should; `str()` says so."""


def read_table(
    path: Path, columns: Sequence[int] | None = None, skipped: int = 0
) -> NDArray[np.float64]:
    """Columns of a table, shape (rows, columns); lines that start with ``#`` are left out.

    Args:
        path: of the file.
        columns: their numbers, counted from 0; None takes all.
        skipped: lines in front.

    Raises:
        DataFileError: If it cannot be read as such a table.
    """
    import warnings

    import numpy as np

    if not path.is_file():
        raise DataFileError(f"there is no file '{path.name}'")
    delimiter = "," if path.suffix == ".csv" or _has_commas(path, skipped) else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # an empty file is an empty table
            return np.loadtxt(path, usecols=columns, skiprows=skipped, ndmin=2, delimiter=delimiter)
    except (ValueError, IndexError, OSError) as fault:
        said = _odd_line(path, delimiter, skipped) or str(fault)
        raise DataFileError(f"'{path.name}' is no such table: {said}") from fault


def _has_commas(path: Path, skipped: int) -> bool:
    """Whether commas stand between the numbers, as in tables of spreadsheets."""
    first = next(_rows(path, skipped), (0, ""))[1]
    return "," in first and "\0" not in first


def _odd_line(path: Path, delimiter: str | None, skipped: int) -> str:
    """What is wrong with the first line that does not fit a table of numbers; empty if nothing."""
    width = 0
    for number, text in _rows(path, skipped):
        words = text.split(delimiter)
        for word in words:
            try:
                float(word)
            except ValueError:
                return f"line {number}: {word.strip()[:40]!r} is no number"
        width = width or len(words)
        if len(words) != width:
            return f"line {number} has {len(words)} columns instead of {width}"
    return ""


def _rows(path: Path, skipped: int) -> Iterator[tuple[int, str]]:
    """Lines that hold more than a comment, with their numbers."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            text = line.split("#")[0].strip()
            if text and number > skipped:
                yield number, text


def read_events(path: Path, form: str, skipped: int = 0) -> dict[str, list[float]]:
    """Times by id, in the order of the file.

    Args:
        path: of the file.
        form: ``ID_TIME``, ``TIME_ID`` or ``ID_TIME_NEST_DAT``.
        skipped: lines in front.

    Raises:
        DataFileError: If it cannot be read as such a list.
    """
    if not path.is_file():
        raise DataFileError(f"there is no file '{path.name}'")
    if form not in ("ID_TIME", "TIME_ID", "ID_TIME_NEST_DAT"):
        raise DataFileError(f"there is no format '{form}' of event files")
    skipped += NEST_HEADER_LINES if form == "ID_TIME_NEST_DAT" else 0
    found: dict[str, list[float]] = {}
    for number, words in _lines(path, skipped):
        try:
            name, time = (words[1], words[0]) if form == "TIME_ID" else (words[0], words[1])
            found.setdefault(name, []).append(float(time))
        except (ValueError, IndexError) as fault:
            raise DataFileError(f"'{path.name}', line {number}: no id and time") from fault
    return found


def _lines(path: Path, skipped: int) -> Iterator[tuple[int, list[str]]]:
    for number, text in _rows(path, skipped):
        yield number, text.split()
