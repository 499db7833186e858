"""The command line: a file per command, which parses arguments, calls `api` and renders."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence

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
    from annarchy_ml.cli.group import command_line
    from annarchy_ml.cli.outcome import exit_code_of

    gc.set_threshold(_NEW_OBJECTS_BEFORE_COLLECTION)  # reading a model makes no garbage cycles
    given = None if arguments is None else list(arguments)
    code = exit_code_of(lambda: command_line.main(given, "annarchy-ml", standalone_mode=False))
    if arguments is None:
        gc.freeze()  # nothing left to collect at the end of the process
    return code
