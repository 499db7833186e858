"""Runs each work in a process of its own, so that one that fails or hangs leaves the others."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("run.py")


def run_apart(name: str, words: list[str], limit_s: float) -> tuple[dict[str, Any] | None, str]:
    """Runs one work.

    Args:
        name: of the work.
        words: further arguments of the script.
        limit_s: after it the work is ended.

    Returns:
        The last row that it told, which may lack its check, or None; and what went wrong, or
        nothing.
    """
    command = [sys.executable, str(SCRIPT), *words, "--only", name, "--here"]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
        started = time.perf_counter()
        work = subprocess.Popen(command, stdout=told)
        try:
            status = work.wait(limit_s)
        except subprocess.TimeoutExpired:
            work.kill()
            work.wait()
            status = None
        wall = time.perf_counter() - started
        told.seek(0)
        lines = told.read().splitlines()
    rows = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
    last = rows[-1] if rows else None
    if status == 0:
        return last, ""
    said = [line for line in lines if line.startswith(f"{name} could not be run")]
    if status is None:
        return last, f"{name} was ended after {wall:.0f} s"
    return last, said[-1] if said else f"{name} ended with status {status}"


def save(path: Path, head: dict[str, Any], rows: list[dict[str, Any]], faults: list[str]) -> None:
    """Writes all that is known by now."""
    known = {**head, "rows": rows, "faults": faults}
    path.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
