"""Faults of model texts, each with its object, section, line and column, and the line marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from annarchy_ml.diagnostics.core import Diagnostic, ModelError, Span
from annarchy_ml.diagnostics.suggest import did_you_mean

UNSUPPORTED = "unsupported.construct"


class ANNarchyException(Exception):  # noqa: N818  (the name that users catch)
    """Any fault of a model or of a call in the equation language."""


class InvalidConfiguration(ANNarchyException):
    """A setting that does not exist, or a value that it cannot have."""


@dataclass(frozen=True, slots=True)
class Section:
    """A text of a model, for messages.

    Attributes:
        object: such as ``Neuron 'LIF'``.
        name: such as ``equations``.
        text: all of it.
    """

    object: str
    name: str
    text: str

    def span(self, start: int, end: int) -> Span:
        """The place from one offset up to another, which ends with its first line."""
        line_start = self.text.rfind("\n", 0, start) + 1
        line_end = self.text.find("\n", start)
        stop = end if line_end < 0 else min(end, line_end)
        line = self.text.count("\n", 0, start) + 1
        where = f"{self.object}, {self.name}"
        return Span(where, line, start - line_start + 1, max(1, stop - start))

    def line(self, number: int) -> str:
        """One line of the text, counted from 1."""
        lines = self.text.split("\n")
        return lines[number - 1] if number <= len(lines) else ""


class EquationError(ModelError, ANNarchyException):
    """A fault in the text of a neuron, a synapse or a function.

    Attributes:
        kind: what is wrong, such as ``unknown-name``.
        object, section: where it stands: ``Neuron 'LIF'``, ``equations``.
        line, column, length: counted from 1; 0 where it has no place in a text.
        text: the line.
        hint: what to write instead.
    """

    def __init__(
        self, code: str, message: str, section: Section, span: Span | None, hint: str = ""
    ):
        super().__init__(Diagnostic(code, message, span, hint=hint, component=section.object))
        self.message = message
        self.kind = "unsupported" if code == UNSUPPORTED else code.partition(".")[2]
        self.object, self.section = section.object, section.name
        self.line = span.line if span else 0
        self.column = span.column if span else 0
        self.length = span.length if span else 0
        self.text = section.line(self.line) if span else ""
        self.hint = hint

    def __str__(self) -> str:
        headline = f"{self.message} ({self.hint})" if self.hint else self.message
        if not self.line:
            return f"{headline}\n  in {self.object}, {self.section}"
        indent = len(self.text) - len(self.text.lstrip())
        marks = " " * (self.column - 1 - indent) + "^" * self.length
        return (
            f"{headline}\n  in {self.object}, {self.section}, line {self.line}, "
            f"column {self.column}:\n    {self.text.strip()}\n    {marks}"
        )


def fault(
    code: str, message: str, section: Section, where: Span | None, hint: str = ""
) -> EquationError:
    """A fault at a place of a section, ready to be raised."""
    return EquationError(code, message, section, where, hint)


def hinted(message: str, name: str, known: Iterable[str]) -> str:
    """A message about an unknown name, with the known ones that are near."""
    hint = did_you_mean(name, known)
    return message + (f" ({hint})" if hint else "")
