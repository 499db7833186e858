"""Records what a model does now as a test: writes a `.mep` and a `.omt` file beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.model.simulation import EventOutputFile, OutputFile
from annarchy_ml.validation.data_files import read_events, read_table
from annarchy_ml.validation.spike_detection import detect
from annarchy_ml.validation.trial import Trial, run_trial

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOLERANCE = 1e-6
_MILLI = 1000.0
_Experiment = tuple[str, str, dict[str, Any], Any]
"""Name, kind of observable, what the `.omt` file says of it, what is expected."""


def record(model: Path, options: Mapping[str, Any]) -> tuple[Path, Path]:
    """Runs a model and writes its `.mep` and `.omt` files.

    Spikes are expected of every column in volts that rises above 0 V and of every event list, the
    last value of any other column.

    Args:
        model: the LEMS file; the files are called ``.test.NAME.mep`` and ``.test.NAME.omt``.
        options: further arguments of `api.run`.

    Returns:
        The files written.

    Raises:
        UsageError: If the files are there already, or the model writes nothing.
        ModelError: If the model is at fault.
    """
    import tempfile

    name = model.stem.removeprefix("LEMS_")
    expected, test = (model.parent / f".test.{name}.{end}" for end in ("mep", "omt"))
    for path in (expected, test):
        if path.exists():
            raise UsageError(f"'{path}' is there already", hint="remove it to record it anew")
    with tempfile.TemporaryDirectory() as folder:
        trial = run_trial(model, Path(folder), options)
        if trial.fault is not None:
            raise trial.fault
        found = list(_experiments(trial))
    if not found:
        raise UsageError(f"'{model}' writes no file, so there is nothing to expect")
    _write(expected, {"system": name, "experiments": dict(map(_expected, found))})
    said = {"target": model.name, "engine": "annarchy_ml", "mep": expected.name}
    _write(test, {**said, "experiments": dict(map(_observed, found))})
    return expected, test


def _expected(experiment: _Experiment) -> tuple[str, Any]:
    name, kind, _, value = experiment
    return name, {"expected": {kind: value}}


def _observed(experiment: _Experiment) -> tuple[str, Any]:
    name, kind, options, _ = experiment
    return name, {"observables": {kind: {**options, "tolerance": TOLERANCE}}}


def _experiments(trial: Trial) -> Iterator[_Experiment]:
    assert trial.results is not None
    for output in trial.results.outputs:
        path = trial.written(trial.model.parent / output.written)
        if isinstance(output, OutputFile):
            yield from _columns(trial, output, read_table(path))
        else:
            yield from _trains(output, path)


def _columns(trial: Trial, output: OutputFile, table: NDArray[np.float64]) -> Iterator[_Experiment]:
    assert trial.results is not None
    for number, column in enumerate(output.columns, 1):
        unit = trial.results[column.quantity].unit
        scale = _MILLI if unit == "V" else 1.0
        values = table[:, number] * scale
        rows = detect(values) if unit == "V" else detect(values[:0])
        file = {"path": output.written, "columns": [0, number], "scaling": [_MILLI, scale]}
        name = f"{output.id} {column.id} {column.quantity}"
        if len(rows):
            times = (table[rows, 0] * _MILLI).tolist()
            yield name, "spike times", {"file": file, "spike detection": {"threshold": 0}}, times
        else:
            yield name, "resting", {"file": file, "average last": 1}, float(values[-1])


def _trains(output: EventOutputFile, path: Path) -> Iterator[_Experiment]:
    found = read_events(path, output.format)
    for selection in output.selections:
        file = {"path": output.written, "format": output.format, "ids": _number(selection.id)}
        name = f"{output.id} {selection.id} {selection.path}"
        if selection.id in found:
            times = [time * _MILLI for time in found[selection.id]]
            yield name, "spike times", {"spiketimes file": {**file, "scaling": _MILLI}}, times
        else:
            yield name, "spike rate", {"spiketimes file": file}, 0.0


def _number(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _write(path: Path, content: dict[str, Any]) -> None:
    import yaml

    with replacing(path) as temporary:
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
        temporary.write_text(text, encoding="utf-8")
