"""Times whole processes, prints one JSON line per measurement, and takes medians."""

from __future__ import annotations

import compileall
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import annarchy_ml

OURS = "annarchy_ml"
_ROOMS = ("importers", "exporters", "engine")


@dataclass(frozen=True, slots=True)
class Timing:
    """One finished process: wall, user and system seconds, peak memory in MiB, exit status."""

    wall_s: float
    user_s: float
    system_s: float
    rss_mib: float
    status: int


def process(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    output: Path | None = None,
) -> Timing:
    """Runs a command once and measures it, children included.

    Its memory is asked of this process alone: `RUSAGE_CHILDREN` knows only the largest of all that
    have run so far. What it prints, faults too, goes to a file, if one is given.
    """
    with open(output or os.devnull, "wb") as printed:
        started = time.perf_counter()
        running = subprocess.Popen(
            command,
            cwd=folder,
            env={**_surroundings(), **(environment or {})},
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(running.pid, 0)
        wall = time.perf_counter() - started
    running.returncode = os.waitstatus_to_exitcode(status)
    memory = used.ru_maxrss / 1024
    return Timing(wall, used.ru_utime, used.ru_stime, memory, running.returncode)


def _surroundings() -> dict[str, str]:
    """The environment of a user's shell: Python may keep the bytecode of what it imports."""
    return {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def compile_bytecode() -> None:
    """Compiles the package's Python files, as an installer does."""
    for name in ("annarchy_ml", *(f"annarchy_ml.{room}" for room in _ROOMS)):
        found = importlib.util.find_spec(name)
        for folder in (found and found.submodule_search_locations) or ():
            compileall.compile_dir(folder, quiet=1)


def medians(timings: Sequence[Timing]) -> dict[str, float]:
    """Median wall, user and system seconds, and the largest memory [MiB]."""
    return {
        "whole_process_s": round(statistics.median(item.wall_s for item in timings), 4),
        "whole_process_user_s": round(statistics.median(item.user_s for item in timings), 4),
        "whole_process_sys_s": round(statistics.median(item.system_s for item in timings), 4),
        "peak_rss_mb": round(max(item.rss_mib for item in timings), 1),
        "ok": all(item.status == 0 for item in timings),
        "runs": len(timings),
    }


def ours(entry: Path, *options: str) -> list[str]:
    """The command that runs a LEMS file with the installed package."""
    return [sys.executable, "-m", "annarchy_ml.cli", "run", str(entry), "--quiet", *options]


def empty_cache() -> dict[str, str]:
    """An environment as after the installation."""
    return {"ANNARCHY_ML_CACHE": tempfile.mkdtemp(prefix="annarchy-ml-bench-")}


def forget_models(environment: Mapping[str, str]) -> None:
    """Leaves of a cache what does not depend on models: the parsed core definitions."""
    for folder in ("libraries", "index", "plans"):
        shutil.rmtree(os.path.join(environment["ANNARCHY_ML_CACHE"], folder), ignore_errors=True)


def forget_plans(environment: Mapping[str, str]) -> None:
    """Leaves of a cache all but lowered models."""
    shutil.rmtree(os.path.join(environment["ANNARCHY_ML_CACHE"], "plans"), ignore_errors=True)


def report(workload: str, peer: str, **fields: object) -> None:
    """Prints one JSON line; the fields are listed in README.md."""
    if peer == OURS:
        fields = {"version": annarchy_ml.__version__, **fields}
    fields.setdefault("load1", round(os.getloadavg()[0], 2))
    fields.setdefault("when", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    print(json.dumps({"workload": workload, "peer": peer, **fields}), flush=True)


def jneuroml(archive: str) -> list[str]:
    """The command that runs jNeuroML on a file, to which the file and ``-nogui`` are added."""
    return ["java", "-Xmx800M", "-Djava.awt.headless=true", "-jar", archive]
