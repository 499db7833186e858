"""Turns how a command ended into an exit code and, if it failed, into words on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

import click

from annarchy_ml.diagnostics import Diagnostic, EnvironmentFault, ModelError, UsageError

OUR_FAULT = 70
INTERRUPTED = 130
BROKEN_PIPE = 141
DEBUG_VARIABLE = "ANNARCHY_ML_DEBUG"


def exit_code_of(command: Callable[[], Any]) -> int:
    """Run a command; whatever it raises becomes text on stderr and an exit code."""
    try:
        code = command()
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as fault:
        fault.show()
        return fault.exit_code
    except ModelError as fault:
        tell(f"{fault}\n\n{count_line(fault.diagnostics)}")
        return fault.exit_code
    except (UsageError, EnvironmentFault) as fault:
        text = str(fault)
        tell(text if text.startswith("error") else f"error: {text}")
        return fault.exit_code
    except (KeyboardInterrupt, click.Abort):
        tell("interrupted before any result was written")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except MemoryError:
        tell("error: there is not enough memory on this machine")
        return EnvironmentFault.exit_code
    except Exception as fault:
        return _our_fault(fault)


def tell(text: str) -> None:
    """Write text to stderr, each character that the terminal cannot show replaced."""
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
