"""Runs each work in a process of its own, so that one that fails or hangs leaves the others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

SCRIPT = Path(__file__).with_name("run.py")
_LOOKED_AT_S = 1.0


def run_apart(
    name: str, words: list[str], limit_s: float, told: Callable[[dict[str, Any]], None]
) -> tuple[dict[str, Any] | None, str]:
    """Runs one work.

    Args:
        name: of the work.
        words: further arguments of the script.
        limit_s: after it the work is ended.
        told: is given each row as soon as it is known.

    Returns:
        The last row that it told, which may lack a part, or None; and what went wrong, or nothing.
    """
    command = [sys.executable, str(SCRIPT), *words, "--only", name, "--here"]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        started = time.perf_counter()
        work = subprocess.Popen(command, stdout=output)
        try:
            status = _watched(work, output, started + limit_s, told)
        finally:
            work.kill()
            work.wait()
        wall, lines = time.perf_counter() - started, _lines(output)
    rows = _rows(lines)
    last = rows[-1] if rows else None
    if status == 0:
        return last, ""
    said = [line for line in lines if line.startswith(f"{name} could not be run")]
    if status is None:
        return last, f"{name} was ended after {wall:.0f} s"
    return last, said[-1] if said else f"{name} ended with status {status}"


def _watched(
    work: subprocess.Popen[bytes],
    output: IO[str],
    end: float,
    told: Callable[[dict[str, Any]], None],
) -> int | None:
    """Waits until a work is over, and tells its rows; its status, None where the time is up."""
    known, status = 0, None
    while status is None and (left := end - time.perf_counter()) > 0:
        with suppress(subprocess.TimeoutExpired):
            status = work.wait(min(left, _LOOKED_AT_S))
        rows = _rows(_lines(output))
        if len(rows) > known:
            told(rows[-1])
            known = len(rows)
    return status


def _lines(output: IO[str]) -> list[str]:
    """What a work has told by now: whole lines."""
    output.flush()
    text = os.pread(output.fileno(), os.fstat(output.fileno()).st_size, 0).decode("utf-8")
    return text[: text.rfind("\n") + 1].splitlines()


def _rows(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]


def save(path: Path, head: dict[str, Any], rows: list[dict[str, Any]], faults: list[str]) -> None:
    """Writes all that is known by now."""
    known = {**head, "rows": rows, "faults": faults}
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)
