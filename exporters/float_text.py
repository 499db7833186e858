"""Prints numbers as Java prints a 32-bit float, and writes tables and event lists of them.

This is the plain path, taken where the native core is absent; both give the same text. The rules
are those of `Float.toString` since Java 19: the shortest decimal that reads back as the same
float, but at least two digits; plain from 1e-3 up to 1e7, otherwise with an exponent: ``1.0E-5``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from annarchy_ml.memory import Numbers

_ROWS_AT_ONCE = 4096
_SMALLEST_WITH_TWO_DIGITS = 1e-42


def texts(values: ArrayLike) -> NDArray[np.str_]:
    """The text of each number, in an array of the same shape."""
    with np.errstate(over="ignore"):
        floats = np.asarray(values).astype(np.float32)
    size = np.abs(floats)
    agrees = ((size >= np.float32(1e-3)) & (size < 1e5)) | (size == 0)
    found = floats.astype("U16")
    for place in zip(*np.nonzero(~agrees), strict=True):
        found[place] = _java_text(floats[place])
    return found


def _java_text(value: np.float32) -> str:
    """The text of one number where NumPy may write it in another way."""
    if np.isnan(value):
        return "NaN"
    if np.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if np.float32(1e-3) <= abs(value) < 1e7:
        return np.format_float_positional(value, unique=True, trim="0")
    text = np.format_float_scientific(value, unique=True, trim="0", exp_digits=1)
    if abs(float(value)) < _SMALLEST_WITH_TWO_DIGITS and text.lstrip("-")[1:4] == ".0e":
        text = f"{float(value):.1e}"
    mantissa, exponent = text.split("e")
    return f"{mantissa}E{int(exponent)}"


def write_table(path: Path, columns: Sequence[Numbers]) -> None:
    """Write a line per row, a tab behind each number.

    Args:
        path: File to write.
        columns: each of shape (rows,).
    """
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        for begin in range(0, len(columns[0]), _ROWS_AT_ONCE):
            parts = (texts(column[begin : begin + _ROWS_AT_ONCE]).tolist() for column in columns)
            stream.writelines("\t".join(row) + "\t\n" for row in zip(*parts, strict=True))


def write_events(path: Path, trains: Sequence[tuple[str, Numbers]], time_first: bool) -> None:
    """Write a line per event, by time and at the same time by train.

    Args:
        path: File to write.
        trains: A label, and ascending times [s] of shape (n_events,).
        time_first: Whether the time comes before the label; there is a tab between them.
    """
    times = np.concatenate([np.zeros(0), *(times for _, times in trains)])
    labels = [label for label, times in trains for _ in range(len(times))]
    order = np.argsort(times, kind="stable")
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        for time, place in zip(texts(times[order]).tolist(), order.tolist(), strict=True):
            parts = (time, labels[place]) if time_first else (labels[place], time)
            stream.write("\t".join(parts) + "\n")


def write_short_table(path: Path, columns: Sequence[Numbers]) -> None:
    """Writes columns with seven digits, as scripts of jNeuroML's export to NEURON do: ``%e``."""
    row = "%e\t" * len(columns) + "\n"
    with path.open("w", encoding="ascii", newline="\n") as out:
        out.writelines(map(row.__mod__, zip(*(column.tolist() for column in columns), strict=True)))
