"""Runs the compiler on a printed module, and reports what it says in terms of the model."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from annarchy_ml import cache_folder
from annarchy_ml.diagnostics.core import EnvironmentFault
from annarchy_ml.engine.build.cache import LIBRARY, SOURCE
from annarchy_ml.engine.build.toolchain import Toolchain

_TIME_LIMIT_S = 300.0
_SHOWN_LINES = 12
_COMPLAINT = re.compile(r"kernels\.c:(\d+):\d*:? *(?:fatal )?error")


class CompileFault(EnvironmentFault):
    """The compiler refused a printed module."""


def compile_library(source: str, toolchain: Toolchain, work: Path) -> None:
    """Write `source` as `kernels.c` into the folder `work` and compile it there to `kernels.so`.

    Raises:
        CompileFault: If the compiler fails or takes too long.
    """
    (work / SOURCE).write_text(source, encoding="ascii")
    arguments = [*toolchain.command, *toolchain.flags, SOURCE, "-o", LIBRARY, *toolchain.libraries]
    environment = {**os.environ, "LC_ALL": "C", "TMPDIR": str(work)}
    with subprocess.Popen(
        arguments,
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        cache_folder.publish_pending()
        try:
            _, said = process.communicate(timeout=_TIME_LIMIT_S)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise CompileFault(
                f"the compiler took more than {_TIME_LIMIT_S:.0f} s",
                code="compile.failed",
                notes=(toolchain.version,),
            ) from error
    if process.returncode != 0 or not (work / LIBRARY).exists():
        raise CompileFault(
            f"the compiler could not translate the kernels (status {process.returncode})",
            code="compile.failed",
            notes=(*_notes(said, source), toolchain.version),
            hint="this is a fault of annarchy_ml or of the compiler, not of the model",
        )


def _notes(complaint: str, source: str) -> tuple[str, ...]:
    """The equation nearest above the first error, then the compiler's own words."""
    match = _COMPLAINT.search(complaint)
    said = tuple(line for line in complaint.splitlines() if line.strip())[:_SHOWN_LINES]
    if match is None:
        return said
    lines = source.splitlines()[: int(match[1])]
    comment = next((line.strip() for line in reversed(lines) if line.strip().startswith("/*")), "")
    equation = comment.removeprefix("/*").removesuffix("*/").strip()
    return (f"while compiling: {equation}", *said) if equation else said
