"""Comments in generated code: whatever a model file holds, they end where they should."""

from __future__ import annotations

import re

_LONGEST = 160
_KEPT = frozenset(range(0x20, 0x7F)) - {ord("\\")}

_POWERS = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹ᐟ"
_POWER = re.compile(f"[{_POWERS}]+")
_ASCII = str.maketrans(
    dict(zip(_POWERS, "-0123456789/", strict=True)) | {"·": "*", "Ω": "ohm", "µ": "u"}
)


def comment_line(text: str) -> str:
    """One C comment; characters that could end it or mean something to a compiler are replaced."""
    text = _POWER.sub(lambda found: f"^{found[0]}", text).translate(_ASCII)
    plain = "".join(c if ord(c) in _KEPT else " " for c in text)
    plain = " ".join(plain.split())
    if len(plain) > _LONGEST:
        plain = plain[: _LONGEST - 3] + "..."
    for mark, harmless in (("*/", "* /"), ("/*", "/ *"), ("??", "? ?")):
        while mark in plain:
            plain = plain.replace(mark, harmless)
    return f"/* {plain} */"
