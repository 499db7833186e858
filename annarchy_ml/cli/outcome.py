"""Turns how a command ended into an exit code and, if it failed, into words on stderr."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from annarchy_ml.diagnostics.core import Diagnostic, EnvironmentFault, ModelError, UsageError

if TYPE_CHECKING:
    import click

OUR_FAULT = 70
INTERRUPTED = 130
BROKEN_PIPE = 141
DEBUG_VARIABLE = "ANNARCHY_ML_DEBUG"


class ClosedPipeError(Exception):
    """Nobody reads what is printed; under this name click leaves the answer to us."""


@contextmanager
def closed_pipe_named() -> Iterator[None]:
    """Hides a closed pipe from click, which would end the process with the code 1.

    Raises:
        ClosedPipeError: In place of a `BrokenPipeError`.
    """
    try:
        yield
    except BrokenPipeError as fault:
        raise ClosedPipeError from fault


def exit_code_of(command: Callable[[], Any]) -> int:
    """Run a command; whatever it raises becomes text on stderr and an exit code."""
    try:
        return _exit_code(command)
    except (BrokenPipeError, ClosedPipeError):
        return _silenced(BROKEN_PIPE)


def _exit_code(command: Callable[[], Any]) -> int:
    try:
        code = command()
        if sys.stdout is not None:  # it is None where the caller has closed it
            sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except _mistakes() as fault:
        fault.show()
        return fault.exit_code
    except ModelError as fault:
        tell(f"{fault}\n\n{count_line(fault.diagnostics)}")
        return fault.exit_code
    except (UsageError, EnvironmentFault) as fault:
        text = str(fault)
        tell(text if text.startswith("error") else f"error: {text}")
        return fault.exit_code
    except _interrupts():
        tell("interrupted before all results were written")
        return INTERRUPTED
    except MemoryError:
        tell("error: there is not enough memory on this machine")
        return EnvironmentFault.exit_code
    except (BrokenPipeError, ClosedPipeError):
        raise
    except Exception as fault:
        return _full_disk(fault) if _is_full(fault) else _our_fault(fault)


def _mistakes() -> type[click.ClickException]:
    """What click raises where a command line is wrong: imported when something has been raised."""
    import click

    return click.ClickException


def _interrupts() -> tuple[type[BaseException], ...]:
    """An interrupt, and what click makes of it."""
    import click

    return KeyboardInterrupt, click.Abort


def _silenced(code: int) -> int:
    """Nobody reads what we print: drop it, also at the end of the process."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


def _is_full(fault: Exception) -> bool:
    return isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT)


def _full_disk(fault: Exception) -> int:
    """No room for what is written beside the results: the cache, or what is printed."""
    place = f"'{fault.filename}': " if isinstance(fault, OSError) and fault.filename else ""
    tell(f"error: {place}no space left on the disk")
    with suppress(OSError, AttributeError):
        sys.stdout.flush()
        return EnvironmentFault.exit_code
    return _silenced(EnvironmentFault.exit_code)


def tell(text: str) -> None:
    """Write text to stderr, each character that the terminal cannot show replaced."""
    import click

    click.echo(text, err=True)


def count_line(diagnostics: Iterable[Diagnostic]) -> str:
    """The closing line: "2 errors, 1 warning"."""
    severities = [item.severity for item in diagnostics]
    counts = [(severities.count(kind), kind) for kind in ("error", "warning")]
    parts = [f"{number} {kind}{'s' * (number != 1)}" for number, kind in counts if number]
    return ", ".join(parts) or "no faults"


def _our_fault(fault: Exception) -> int:
    """A fault that no user can mend: short, with the traceback only where it was asked for."""
    import traceback

    if os.environ.get(DEBUG_VARIABLE):
        tell(traceback.format_exc())
    place = traceback.extract_tb(fault.__traceback__)[-1]
    tell(
        f"internal error: {type(fault).__name__}: {fault} "
        f"({os.path.basename(place.filename)}, line {place.lineno})\n"
        "  This is a fault of annarchy_ml, not of your model. Please report it with the model;\n"
        f"  {DEBUG_VARIABLE}=1 shows where it happened."
    )
    return OUR_FAULT
