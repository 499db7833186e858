"""The command line: a file per command, which parses arguments, calls `api` and renders."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

_NEW_OBJECTS_BEFORE_COLLECTION = 100_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: What follows the program's name; None takes it from the process.

    Returns:
        The exit code: 0 complete, 1 the model is at fault, 2 usage, 3 it cannot run here,
        70 a fault of ours, 130 interrupted.
    """
    if arguments is None:
        # NumPy's linear algebra is not used here, and its threads would be started with it.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from annarchy_ml.cli.outcome import exit_code_of

    gc.set_threshold(_NEW_OBJECTS_BEFORE_COLLECTION)  # reading a model makes no garbage cycles
    given = None if arguments is None else list(arguments)
    code = exit_code_of(lambda: _command(given))
    if arguments is None:
        gc.freeze()  # nothing left to collect at the end of the process
    return code


def _command(arguments: list[str] | None) -> Any:
    """Runs a model straight away, and anything else through click; gives the exit code."""
    from annarchy_ml.cli.running import plain_arguments, run

    plain = plain_arguments(sys.argv[1:] if arguments is None else arguments)
    if plain is not None:
        return run(*plain)
    from annarchy_ml.cli.group import command_line

    return command_line.main(arguments, "annarchy-ml", standalone_mode=False)
