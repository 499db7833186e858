"""Source places, diagnostics, their collector, and the exceptions that carry them to the user."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, Unpack

from annarchy_ml.diagnostics.catalog import CATALOG

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one line of a source file.

    Attributes:
        file: The path as the user would write it.
        line: Line number, counted from 1.
        column: Column of the first character, counted from 1.
        length: Number of characters, at least 1.
    """

    file: str
    line: int
    column: int
    length: int = 1

    def part(self, offset: int, length: int = 1) -> Span:
        """The place `offset` characters to the right of this span's start."""
        return Span(self.file, self.line, self.column + offset, max(1, length))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault (or doubt) in the user's model, ready to be rendered.

    Attributes:
        code: A key of `CATALOG`; any other code is a bug of ours and raises `KeyError`.
        message: One sentence in the author's words.
        span: The smallest wrong part, if it has a place in a file.
        label: A few words written beside the carets.
        notes: Explanations, one line each.
        hint: What to write instead.
        severity: "error" stops the run, "warning" does not.
        related: Other places that matter, each with its label.
        component: Path of the component concerned, such as "net1/pop0/cell".
    """

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    notes: tuple[str, ...] = ()
    hint: str = ""
    severity: Severity = "error"
    related: tuple[tuple[Span, str], ...] = ()
    component: str = ""

    def __post_init__(self) -> None:
        if self.code not in CATALOG:
            raise KeyError(f"diagnostic code {self.code!r} is not in the catalog")

    def __str__(self) -> str:
        from annarchy_ml.diagnostics.render import render

        return render(self)


class Details(TypedDict, total=False):
    """The optional parts of a `Diagnostic`, as keyword arguments of the collector."""

    label: str
    notes: tuple[str, ...]
    hint: str
    related: tuple[tuple[Span, str], ...]
    component: str


class Diagnostics:
    """Collects every fault of a file or a pass, each once.

    They are given back in the order of their places: files as they were first met, then lines and
    columns, at last what has no place.
    """

    def __init__(self, items: Iterable[Diagnostic] = ()) -> None:
        self._items: dict[Diagnostic, None] = dict.fromkeys(items)

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic unless an equal one is already here."""
        self._items.setdefault(diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Keep several diagnostics, each once."""
        for diagnostic in diagnostics:
            self.add(diagnostic)

    def error(
        self, code: str, message: str, span: Span | None = None, **details: Unpack[Details]
    ) -> None:
        """Record a fault that makes the model unusable."""
        self.add(Diagnostic(code, message, span, severity="error", **details))

    def warning(
        self, code: str, message: str, span: Span | None = None, **details: Unpack[Details]
    ) -> None:
        """Record a doubt that does not stop the run."""
        self.add(Diagnostic(code, message, span, severity="warning", **details))

    @property
    def items(self) -> tuple[Diagnostic, ...]:
        """Everything recorded so far."""
        files: dict[str, int] = {}
        for item in self._items:
            if item.span is not None:
                files.setdefault(item.span.file, len(files))

        def place(item: Diagnostic) -> tuple[int, int, int]:
            span = item.span
            return (files[span.file], span.line, span.column) if span else (len(files), 0, 0)

        return tuple(sorted(self._items, key=place))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The recorded errors."""
        return tuple(item for item in self.items if item.severity == "error")

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """The recorded warnings."""
        return tuple(item for item in self.items if item.severity == "warning")

    @property
    def has_errors(self) -> bool:
        """Whether at least one error was recorded."""
        return any(item.severity == "error" for item in self._items)

    def raise_if_errors(self) -> None:
        """Raise everything recorded as one exception if any of it is an error.

        Raises:
            UnsupportedError: If all errors are constructs that are not supported.
            ModelError: If any other error was recorded.
        """
        errors = self.errors
        if not errors:
            return
        if all(item.code.startswith("unsupported.") for item in errors):
            raise UnsupportedError(self.items)
        raise ModelError(self.items)

    def take(self) -> tuple[Diagnostic, ...]:
        """Hands over everything recorded so far, and forgets it."""
        found = self.items
        self._items.clear()
        return found

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self._items)


class ModelError(Exception):
    """The user's model is at fault; `str()` is the rendered text of all its diagnostics."""

    exit_code = 1

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        if isinstance(diagnostics, Diagnostic):
            diagnostics = (diagnostics,)
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        from annarchy_ml.diagnostics.render import render_all

        return render_all(self.diagnostics)


class UnsupportedError(ModelError):
    """The model is valid but uses a construct that is refused by name."""


class StoppedError(ModelError):
    """The model stopped its run.

    Attributes:
        partial: What was recorded before the run stopped, or None.
    """

    def __init__(
        self, diagnostics: Diagnostic | Iterable[Diagnostic], partial: Any | None = None
    ) -> None:
        super().__init__(diagnostics)
        self.partial = partial


class NonFiniteError(StoppedError):
    """A state became infinite or not a number while running."""


class _PlainError(Exception):
    """A fault outside any model file: one sentence, notes and a hint."""

    def __init__(
        self, message: str, *, code: str = "", notes: tuple[str, ...] = (), hint: str = ""
    ) -> None:
        if code and code not in CATALOG:
            raise KeyError(f"diagnostic code {code!r} is not in the catalog")
        super().__init__(message)
        self.message, self.code, self.notes, self.hint = message, code, notes, hint

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message,), self.__dict__

    def __str__(self) -> str:
        from annarchy_ml.diagnostics.render import render_plain

        return render_plain(self.message, self.code, self.notes, self.hint)


class UsageError(_PlainError):
    """A command or an API call was written wrongly."""

    exit_code = 2


class EnvironmentFault(_PlainError):  # noqa: N818  (no "error" of anyone: the place is at fault)
    """The model may be right but cannot run here: compiler, device, memory, disk.

    Attributes:
        partial: What was recorded before the disk stopped a run, or None.
    """

    exit_code = 3
    partial: Any | None = None
