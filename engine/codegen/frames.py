"""Fills the frames in `templates/`: named holes only, and every hole must be filled."""

from __future__ import annotations

import re
from pathlib import Path

_HOLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_FOLDER = Path(__file__).parent / "templates"


def fill(frame: str, **holes: str) -> str:
    """The frame with its holes filled; lines after the first keep the hole's indentation.

    Raises:
        ValueError: If a hole is left empty or a value has no hole.
    """
    text = (_FOLDER / frame).read_text(encoding="ascii")
    return fill_text(text, f"frame {frame}", **holes)


def fill_text(text: str, name: str = "a frame", **holes: str) -> str:
    """The text of a frame with its holes filled.

    Raises:
        ValueError: If a hole is left empty or a value has no hole.
    """
    found = {first or second for first, second in _HOLE.findall(text)}
    if found != set(holes):
        raise ValueError(f"{name} has the holes {sorted(found)}, not {sorted(holes)}")
    lines = [_fill_line(line, holes) for line in text.splitlines()]
    return "\n".join(line for line in lines if line is not None) + "\n"


def _fill_line(line: str, holes: dict[str, str]) -> str | None:
    whole = _HOLE.fullmatch(line.strip())
    if whole is None:
        return _HOLE.sub(lambda match: holes[match[1] or match[2]], line)
    value = holes[whole[1] or whole[2]]
    if not value:
        return None
    indent = line[: len(line) - len(line.lstrip())]
    return "\n".join(f"{indent}{part}" if part else part for part in value.split("\n"))
