"""Faults of the machine that the native core meets, as faults that a user understands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from annarchy_ml.diagnostics import EnvironmentFault, UsageError
from annarchy_ml.engine import _core


@contextmanager
def memory_faults() -> Iterator[None]:
    """Turns want of memory inside the block into a fault with the figure.

    Raises:
        EnvironmentFault: If the model does not fit into memory.
    """
    try:
        yield
    except (MemoryError, _core.EngineError) as fault:
        if isinstance(fault, _core.EngineError) and fault.code != "memory":
            raise
        raise EnvironmentFault(
            f"the model does not fit into memory: {fault}",
            code="memory.exceeded",
            hint="fewer connections, weights that all share, or precision='single' take less",
        ) from fault


@contextmanager
def rule_faults() -> Iterator[None]:
    """Turns what the core refuses of a projection by rule into a fault of its user.

    Raises:
        UsageError: If the core cannot make its connections, or send over its delays.
    """
    try:
        yield
    except _core.EngineError as fault:
        if fault.code != "argument":
            raise
        raise UsageError(f"the projection {fault.place}: {fault}") from fault
