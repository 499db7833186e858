"""SONATA configurations: JSON whose texts may name variables of its manifest."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from annarchy_ml.diagnostics import Span, did_you_mean
from annarchy_ml.importers.sonata.faults import FormatError, Reading

Section = Mapping[str, Any]
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_MOST_BYTES = 200_000_000
_NESTING = 20


class Settings:
    """One file of settings.

    Attributes:
        path: of the file.
        shown: its name in messages.
        folder: where relative paths begin.
        content: its settings.
    """

    def __init__(self, path: str, shown: str, text: str, content: dict[str, Any]) -> None:
        self.path, self.shown, self.content = path, shown, content
        self.folder = os.path.dirname(path)
        self._text = text
        self._variables = {
            name.lstrip("$"): str(value) for name, value in self.section("manifest").items()
        }

    def span(self, *keys: str) -> Span:
        """Where a key stands: the first one of this name behind those before it."""
        at = 0
        for key in keys:
            found = re.compile(re.escape(json.dumps(key)) + r"\s*:").search(self._text, at)
            at = found.start() if found else at
        line = self._text.count("\n", 0, at)
        start = self._text.rfind("\n", 0, at) + 1
        return Span(self.shown, line + 1, at - start + 1, len(json.dumps(keys[-1])) if keys else 1)

    def section(self, name: str) -> Section:
        """A part of the settings; empty if it is not there.

        Raises:
            FormatError: If it is no object.
        """
        found = self.content.get(name)
        if found is not None and not isinstance(found, dict):
            raise FormatError("value.range", f"'{name}' must be an object", self.span(name))
        return found or {}

    def expanded(self, text: str, *keys: str) -> str:
        """A text with the values of its variables.

        Raises:
            FormatError: If a variable is not in the manifest, or leads to itself.
        """
        for _ in range(_NESTING):
            found = _VARIABLE.search(text)
            if found is None:
                return text
            name = found[1] or found[2]
            if name not in self._variables:
                raise FormatError(
                    "value.range",
                    f"the manifest holds no variable '${name}'",
                    self.span(*keys),
                    did_you_mean(name, self._variables),
                )
            text = text[: found.start()] + self._variables[name] + text[found.end() :]
        raise FormatError(
            "value.range", f"variables lead to themselves: '{text}'", self.span(*keys)
        )

    def path_of(self, text: Any, *keys: str) -> str:
        """The path that a text stands for; relative ones begin in the folder of the file."""
        if not isinstance(text, str) or not text:
            raise FormatError("value.range", f"'{keys[-1]}' must be a path", self.span(*keys))
        return os.path.normpath(os.path.join(self.folder, self.expanded(text, *keys)))

    def number(self, part: Section, keys: tuple[str, ...], default: float | None = None) -> float:
        """A number of a section.

        Raises:
            FormatError: If there is none, or it is no finite number.
        """
        value = part.get(keys[-1], default)
        if value is None:
            message = f"'{'.'.join(keys[:-1])}' must give '{keys[-1]}'"
            raise FormatError("attribute.missing", message, self.span(*keys[:-1]))
        plain = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not plain or not math.isfinite(value):
            raise FormatError("value.range", f"'{keys[-1]}' must be a number", self.span(*keys))
        return float(value)

    def check(self, part: Section, keys: tuple[str, ...], known: Iterable[str]) -> None:
        """Refuses what nobody understands.

        Raises:
            FormatError: For the first key that is not among the known ones.
        """
        for name in part:
            if name not in known:
                raise FormatError(
                    "attribute.unknown",
                    f"'{name}' of '{'.'.join(keys)}' is not understood",
                    self.span(*keys, name),
                    did_you_mean(name, list(known)),
                )


def read_settings(reading: Reading, path: str, asked: Span | None = None) -> Settings:
    """The settings of a file.

    Raises:
        FormatError: If it cannot be read, or is no JSON object.
    """
    real = reading.file(path, asked)
    shown = os.path.relpath(path)
    try:
        with open(real, "rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as fault:
        raise FormatError(
            "file.missing", f"'{shown}' cannot be read: {fault.strerror}", asked
        ) from fault
    if len(content) > _MOST_BYTES:
        raise FormatError("file.unrecognized", f"'{shown}' is too large for settings", asked)
    text = content.decode("utf-8-sig", "replace")
    try:
        made = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as fault:
        place = Span(shown, fault.lineno, fault.colno)
        raise FormatError(
            "file.unrecognized", f"'{shown}' is no JSON: {fault.msg}", place
        ) from fault
    except (ValueError, RecursionError) as fault:
        why = str(fault) if isinstance(fault, ValueError) else "it is nested too deeply"
        raise FormatError("file.unrecognized", f"'{shown}': {why}", Span(shown, 1, 1)) from fault
    if not isinstance(made, dict):
        raise FormatError("file.unrecognized", f"'{shown}' holds no settings", Span(shown, 1, 1))
    return Settings(os.path.abspath(path), shown, text, made)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"'{twice}' is given twice")
    return made


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")
