"""Reads the test files of Open Source Brain.

A `.omt` file says what to run and to look at, a `.mep` file what is expected.

Source: the format of OSB Model Validation, https://github.com/OpenSourceBrain/osb-model-validation
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OBSERVABLES = (
    "spike times",
    "spike rate",
    "resting",
    "timeseries",
    "activation variables",
    "input resistance",
    "morphology",
    "temperature",
    "dry",
)


class OmtError(Exception):
    """A test file cannot be understood; `str()` says where and why."""


@dataclass(frozen=True, slots=True)
class Observable:
    """One property of an experiment.

    Attributes:
        kind: one of `OBSERVABLES`.
        options: what the `.omt` file says of it.
        expected: what the `.mep` file says of it; None where it says nothing.
    """

    kind: str
    options: Any
    expected: Any


@dataclass(frozen=True, slots=True)
class ModelTest:
    """One `.omt` file with its `.mep` file.

    Attributes:
        path: of the `.omt` file.
        engine: the name that it asks for.
        targets: the files to run or to validate, patterns among them.
        expected_path: of the `.mep` file; None for a test that only runs.
        experiments: name and observables, in the order of the file.
    """

    path: Path
    engine: str
    targets: tuple[str, ...]
    expected_path: Path | None
    experiments: tuple[tuple[str, tuple[Observable, ...]], ...]

    @property
    def folder(self) -> Path:
        """Where relative file names of the `.omt` file start."""
        return self.path.parent

    @property
    def model(self) -> Path:
        """The file to run.

        Raises:
            OmtError: If the test names several, or one that is not there.
        """
        if len(self.targets) != 1:
            raise OmtError(f"{self.path}: a run has one target, but here are {self.targets}")
        path = (self.folder / self.targets[0]).resolve()
        if not path.is_file():
            raise OmtError(f"{self.path}: the target '{self.targets[0]}' is not there")
        return path


def find_tests(paths: Iterator[Path] | list[Path]) -> list[Path]:
    """The `.omt` files that are meant by files and folders, each once, in order."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = sorted(path.rglob("*.omt")) if path.is_dir() else [path]
        found.update(dict.fromkeys(inside))
    return list(found)


def read_test(path: Path) -> ModelTest:
    """Reads a `.omt` file and the `.mep` file that it names.

    Raises:
        OmtError: If a file is not there, is no YAML, or lacks what it must say.
    """
    said = _mapping(path)
    for key in ("target", "engine"):
        if not isinstance(said.get(key), str):
            raise OmtError(f"{path}: '{key}' is missing")
    expected_path = path.parent / str(said["mep"]) if "mep" in said else None
    return ModelTest(
        path,
        said["engine"],
        tuple(said["target"].split()),
        expected_path,
        tuple(_experiments(path, said, expected_path)),
    )


def _experiments(
    path: Path, said: Mapping[str, Any], expected_path: Path | None
) -> Iterator[tuple[str, tuple[Observable, ...]]]:
    if expected_path is None:
        yield "Dry run", (Observable("dry", {}, None),)
        return
    known = _part(_mapping(expected_path), "experiments", expected_path)
    for name, experiment in _part(said, "experiments", path).items():
        if name not in known:
            raise OmtError(f"{expected_path}: there is no experiment '{name}'")
        expected = _part(known[name], "expected", f"{expected_path}: '{name}'")
        observed = _part(experiment, "observables", f"{path}: '{name}'")
        yield str(name), tuple(_observables(path, observed, expected))


def _observables(
    path: Path, observed: Mapping[str, Any], expected: Mapping[str, Any]
) -> Iterator[Observable]:
    for kind, options in observed.items():
        if kind not in OBSERVABLES:
            raise OmtError(
                f"{path}: there is no observable '{kind}'; there are: {', '.join(OBSERVABLES)}"
            )
        yield Observable(kind, {} if options is None else options, expected.get(kind))


def _mapping(path: Path) -> Mapping[str, Any]:
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        found = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as fault:
        raise OmtError(f"{path}: cannot be read: {fault}") from fault
    except yaml.YAMLError as fault:
        raise OmtError(f"{path}: is no YAML: {fault}") from fault
    if not isinstance(found, Mapping):
        raise OmtError(f"{path}: holds no table of names and values")
    return found


def _part(parent: Any, key: str, place: object) -> Mapping[str, Any]:
    part = parent.get(key) if isinstance(parent, Mapping) else None
    if not isinstance(part, Mapping):
        raise OmtError(f"{place}: '{key}' is missing")
    return part
