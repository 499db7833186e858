"""Comments in generated code: whatever a model file holds, they end where they should."""

from __future__ import annotations

_LONGEST = 160
_KEPT = frozenset(range(0x20, 0x7F)) - {ord("\\")}


def comment_line(text: str) -> str:
    """One C comment; characters that could end it or mean something to a compiler are replaced."""
    plain = "".join(c if ord(c) in _KEPT else " " for c in text)
    plain = " ".join(plain.split())
    if len(plain) > _LONGEST:
        plain = plain[: _LONGEST - 3] + "..."
    for mark, harmless in (("*/", "* /"), ("/*", "/ *"), ("??", "? ?")):
        while mark in plain:
            plain = plain.replace(mark, harmless)
    return f"/* {plain} */"
