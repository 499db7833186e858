"""The text of model files as messages show it: decoded by byte order mark or XML declaration."""

from __future__ import annotations

import codecs
import os
import re
from functools import lru_cache

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HDF5 = b"\x89HDF\r\n\x1a\n"
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._-]*)[\"']")


def decoded(content: bytes) -> str:
    """The text of an XML file, with line feeds only; undecodable bytes are replaced."""
    encoding = "utf-8"
    for mark, name in _BOMS:
        if content.startswith(mark):
            content, encoding = content[len(mark) :], name
            break
    else:
        declared = _DECLARED.match(content[:200])
        if declared:
            encoding = declared[1].decode("ascii")
    try:
        text = content.decode(encoding, "replace")
    except LookupError:
        text = content.decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def source_text(file: str) -> str:
    """Text of a file; empty if it cannot be read, or is HDF5. Files that changed are read again."""
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return ""
    return _text(os.path.abspath(file), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=16)
def _text(path: str, modified: int, size: int) -> str:
    try:
        with open(path, "rb") as stream:
            head = stream.read(len(_HDF5))
            return "" if head == _HDF5 else decoded(head + stream.read())
    except OSError:
        return ""
