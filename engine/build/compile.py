"""Runs the compiler on a printed module, and reports what it says in terms of the model."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from annarchy_ml import cache_folder
from annarchy_ml.diagnostics.core import EnvironmentFault
from annarchy_ml.engine.build.cache import LIBRARY, SOURCE
from annarchy_ml.engine.build.toolchain import Toolchain
from annarchy_ml.engine.codegen.halves import HALF

_TIME_LIMIT_S = 300.0
_SHOWN_LINES = 12
_OBJECTS = ("half_1.o", "half_2.o")
_COMPLAINT = re.compile(r"kernels\.c:(\d+):\d*:? *(?:fatal )?error")


class CompileFault(EnvironmentFault):
    """The compiler refused a printed module."""


def compile_library(source: str, toolchain: Toolchain, work: Path) -> None:
    """Write `source` as `kernels.c` into the folder `work` and compile it there to `kernels.so`.

    The halves of a divided source are compiled side by side, then linked.

    Raises:
        CompileFault: If the compiler fails or takes too long.
    """
    (work / SOURCE).write_text(source, encoding="ascii")
    whole = (*toolchain.flags, SOURCE, "-o", LIBRARY, *toolchain.linking)
    if f"#if {HALF} != 1" in source:
        calls = [
            (*toolchain.flags, f"-D{HALF}={half}", "-c", SOURCE, "-o", half_object)
            for half, half_object in enumerate(_OBJECTS, start=1)
        ]
        _run_together(calls, source, toolchain, work)
        whole = (*_OBJECTS, "-o", LIBRARY, *toolchain.linking)
    _run_together([whole], source, toolchain, work)
    if not (work / LIBRARY).exists():
        raise _refused(0, "", source, toolchain)
    for half_object in _OBJECTS:
        (work / half_object).unlink(missing_ok=True)


def _run_together(
    calls: Sequence[tuple[str, ...]], source: str, toolchain: Toolchain, work: Path
) -> None:
    """Start the compiler once for each of the arguments, and wait until all have succeeded."""
    environment = {**os.environ, "LC_ALL": "C", "TMPDIR": str(work)}
    running = [
        subprocess.Popen(
            (*toolchain.command, *arguments),
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        for arguments in calls
    ]
    try:
        cache_folder.publish_pending()
        for process in running:
            said = process.communicate(timeout=_TIME_LIMIT_S)[1]
            if process.returncode != 0:
                raise _refused(process.returncode, said, source, toolchain)
    except subprocess.TimeoutExpired as error:
        raise CompileFault(
            f"the compiler took more than {_TIME_LIMIT_S:.0f} s",
            code="compile.failed",
            notes=(toolchain.version,),
        ) from error
    finally:
        for process in running:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """No compiler is left behind, and none of its pipes."""
    if process.poll() is None:
        process.kill()
        process.communicate()


def _refused(status: int, said: str, source: str, toolchain: Toolchain) -> CompileFault:
    return CompileFault(
        f"the compiler could not translate the kernels (status {status})",
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
