"""Other simulators: how each is started on a LEMS file, and what its end means.

Each one gets a copy of the model's files in a folder of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from annarchy_ml.importers.neuroml import archive

_LACKS = re.compile(
    r"not (?:yet |currently |been )?(?:supported|implemented)|unsupported|NotImplemented"
    r"|do(?:es not|esn't)(?: yet| currently)? support|no support for"
    r"|can(?:not|'t)(?: yet)? be exported|cannot\W+(?:yet|currently)\W+handle"
    r"|unknown \w+ type \w",  # of EDEN; all types of a model that ran here are known
    re.IGNORECASE,
)
_TOLD_LINES = 12
_CORE = "core_types"
Command = Callable[[str, str], list[list[str]]]
"""Gives the commands for a LEMS file and a Python interpreter."""


class EngineError(Exception):
    """An engine did not give a result; `lacks` tells whether it refused a feature."""

    def __init__(self, message: str, lacks: bool = False) -> None:
        super().__init__(message)
        self.lacks = lacks


@dataclass(frozen=True, slots=True)
class Engine:
    """Another simulator.

    Attributes:
        commands: what starts it, in the folder of the model.
        modules: Python modules that must be there.
        programs: executables that must be there.
        needs_core: whether it must be given the core types as files.
        program: what starts it where a program of its name is on the path, without any module.
    """

    commands: Command
    modules: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    needs_core: bool = False
    program: Command | None = None


def _jneuroml(*options: str) -> Command:
    def commands(model: str, python: str) -> list[list[str]]:
        return [["java", "-Xmx2G", "-jar", archive.archive_path(), model, *options]]

    return commands


def _eden(model: str, python: str) -> list[list[str]]:
    return [[python, "-c", f"import eden_simulator as e; e.runEden({model!r})"]]


def _eden_program(model: str, python: str) -> list[list[str]]:
    return [["eden", "nml", model]]


def _pylems(model: str, python: str) -> list[list[str]]:
    program = "import sys; from lems.run import main; sys.argv = ['pylems', *sys.argv[1:]]; main()"
    return [[python, "-c", program, "-I", _CORE, "-nogui", model]]


def _brian2(model: str, python: str) -> list[list[str]]:
    script = f"{Path(model).stem}_brian2.py"
    return [*_jneuroml("-brian2")(model, python), [python, script, "-nogui"]]


ENGINES = {
    "jneuroml": Engine(_jneuroml("-nogui"), programs=("java",)),
    "neuron": Engine(_jneuroml("-neuron", "-run", "-nogui"), ("neuron",), ("java", "nrnivmodl")),
    "netpyne": Engine(_jneuroml("-netpyne", "-run", "-nogui"), ("netpyne",), ("java", "nrnivmodl")),
    "eden": Engine(_eden, ("eden_simulator",), program=_eden_program),
    "pylems": Engine(_pylems, ("lems",), needs_core=True),
    "brian2": Engine(_brian2, ("brian2",), ("java",)),
}


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where other engines are, and how long they may take.

    Attributes:
        python: the interpreter that finds their modules; their programs lie beside it or on the
            path.
        limit_s: the longest run [s].
    """

    python: str = sys.executable
    limit_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Source:
    """A model as others need it.

    Attributes:
        model: the LEMS file.
        files: all files that it is made of.
        outputs: the names of the files that it writes.
    """

    model: Path
    files: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of another engine.

    Attributes:
        folder: in which the model's file names start.
        seconds: wall time.
    """

    folder: Path
    seconds: float


def run_engine(name: str, source: Source, folder: Path, where: Elsewhere) -> Ran:
    """Runs another simulator on a copy of a model.

    Args:
        name: a key of `ENGINES`.
        source: the model.
        folder: an empty one, for the copy and the results.
        where: the engine is.

    Raises:
        EngineError: If it is not there, fails, or refuses the model.
    """
    where = replace(where, python=_interpreter(where.python))
    environment = _environment(where)
    engine = _as_installed(name, environment)
    _require(name, engine, where, environment)
    copy = _copied(source, folder)
    if engine.needs_core:
        _write_core(copy.parent / _CORE)
    started = time.perf_counter()
    said = ""
    for command in engine.commands(copy.name, where.python):
        said = _call(name, command, copy.parent, environment, where.limit_s)
    ran = Ran(copy.parent, time.perf_counter() - started)
    if source.outputs and not any((ran.folder / output).is_file() for output in source.outputs):
        raise _failed(f"{name} wrote none of the files that the model names", said)
    return ran


def _as_installed(name: str, environment: dict[str, str]) -> Engine:
    """The engine, as its own program where there is one."""
    engine = ENGINES[name]
    if engine.program is None or not shutil.which(name, path=environment["PATH"]):
        return engine
    return Engine(engine.program, programs=(name,), needs_core=engine.needs_core)


def _interpreter(python: str) -> str:
    """The path of an interpreter, which is started in another folder; links in it are kept."""
    return os.path.abspath(shutil.which(python) or python)


def _environment(where: Elsewhere) -> dict[str, str]:
    """Programs beside the interpreter come first; NEURON's folder is what jNeuroML asks for."""
    beside = str(Path(where.python).parent)
    path = os.pathsep.join((beside, os.environ.get("PATH", "")))
    found = {**os.environ, "PATH": path}
    if shutil.which("nrnivmodl", path=path):
        home = str(Path(str(shutil.which("nrnivmodl", path=path))).parent.parent)
        found.setdefault("NEURON_HOME", home)
    return found


def _require(name: str, engine: Engine, where: Elsewhere, environment: dict[str, str]) -> None:
    gone = [item for item in engine.programs if not shutil.which(item, path=environment["PATH"])]
    if engine.modules:
        names = ", ".join(map(repr, engine.modules))
        program = (
            "import importlib.util as u, sys\n"
            f"print(*[m for m in [{names}] if u.find_spec(m) is None])"
        )
        try:
            done = subprocess.run(
                [where.python, "-c", program], capture_output=True, text=True, check=False
            )
        except OSError as fault:
            raise EngineError(f"{where.python} cannot be started: {fault.strerror}") from fault
        gone += done.stdout.split() if done.returncode == 0 else [where.python]
    if gone:
        raise EngineError(f"{name} is not installed here: there is no {', '.join(gone)}")


def _copied(source: Source, folder: Path) -> Path:
    """The model's own files, as they lie to each other, and folders for its results."""
    model = Path(os.path.abspath(source.model))
    paths = {Path(os.path.abspath(file)) for file in source.files if os.path.isfile(file)} | {model}
    common = Path(os.path.commonpath([path.parent for path in paths]))
    for path in paths:
        place = folder / path.relative_to(common)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    copy = folder / model.relative_to(common)
    for name in source.outputs:  # engines expect these folders to be there
        place = Path(os.path.normpath((copy.parent / name).parent))
        if place.is_relative_to(folder):
            place.mkdir(parents=True, exist_ok=True)
    return copy


def _write_core(folder: Path) -> None:
    """The core types as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in archive.archive_names():
        place = Path(name)
        if place.parent.name == "NeuroML2CoreTypes" and place.suffix == ".xml":
            (folder / place.name).write_bytes(archive.read_archived(name))


def _call(
    name: str, command: list[str], folder: Path, environment: dict[str, str], limit_s: float
) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        raise EngineError(f"{name} took more than {limit_s:g} s") from fault
    except OSError as fault:
        raise EngineError(f"{name} cannot be started: {fault}") from fault
    if done.returncode != 0:
        raise _failed(f"{name} ended with {done.returncode}", done.stdout)
    return done.stdout


def _failed(message: str, said: str) -> EngineError:
    """What an engine said at its end tells whether it refused a feature."""
    last = "\n".join(said.strip().splitlines()[-_TOLD_LINES:])
    return EngineError(f"{message}:\n{last}", _LACKS.search(said) is not None)
