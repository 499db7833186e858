"""Faults that stop a run, in the words of equations: ms, and names without units."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from annarchy_ml.diagnostics.core import NonFiniteError

_HINT = "a smaller step often helps, or another method: Network(dt=...), config(method=...)"


@contextmanager
def told_in_ms() -> Iterator[None]:
    """Faults of the engine, which takes ms for its seconds, as those of a network of equations."""
    try:
        yield
    except NonFiniteError as fault:
        cause = fault.__cause__
        time, field = getattr(cause, "time", None), getattr(cause, "field", None)
        if time is None or field is None:
            raise
        (told,) = fault.diagnostics
        where = f"{getattr(cause, 'group', '')}[{getattr(cause, 'index', '')}]"
        name = str(field).removeprefix("./")
        message = f"'{name}' of {where} is no longer a number at {time:.6g} ms"
        notes = tuple(note.replace(" (SI units)", "") for note in told.notes)
        hint = told.hint if "another value" in told.hint else _HINT
        told = replace(told, message=message, notes=notes, hint=hint)
        raise NonFiniteError(told, fault.partial) from cause
