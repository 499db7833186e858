"""Looks at one observable of a test: what was observed, what is expected, whether they agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annarchy_ml.validation.data_files import DataFileError, read_events, read_table
from annarchy_ml.validation.omt import Observable
from annarchy_ml.validation.spike_detection import RATE_METHODS, detect, rate
from annarchy_ml.validation.tolerance import compare, tolerance_of
from annarchy_ml.validation.verdicts import Check, Curve, Figure, Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SHOWN_POINTS = 2000
_TIME_UNITS = {1.0: "s", 1e3: "ms", 1e6: "us"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an observable may look at.

    Attributes:
        observed: the file that the run has written for a path of the `.omt` file.
        expected_folder: where paths of the `.mep` file start.
        fact: the area [um2] of a cell (``area``, its name) or the temperature [degC].
    """

    observed: Callable[[str], Path]
    expected_folder: Path
    fact: Callable[[str, str], float]


class ObservableError(Exception):
    """An observable cannot be looked at; `str()` says why."""


def check_observable(name: str, observable: Observable, around: Surroundings) -> Check:
    """One check of a test whose model has run.

    Args:
        name: of the experiment.
        observable: what to look at.
        around: files and facts of the run.
    """
    label = f"{name}: {observable.kind}"
    try:
        return _KINDS[observable.kind](label, observable, around)
    except (ObservableError, DataFileError, ValueError, TypeError, KeyError) as fault:
        text = f"'{fault.args[0]}' is missing" if isinstance(fault, KeyError) else str(fault)
        return Check(label, Verdict.NOT_RUN, text)


def _compared(
    label: str, observed: Any, observable: Observable, expected: Any, figures: Sequence[Figure] = ()
) -> Check:
    """Numbers against numbers by the rule of tolerances."""
    tolerance = tolerance_of(observable.options)
    if expected is None:
        raise ObservableError("the .mep file does not say what is expected")
    match = compare(observed, expected, tolerance)
    return Check(
        label,
        Verdict.AGREE if match.agree else Verdict.DIFFER,
        match.message,
        {"tolerance": tolerance, "least tolerance": match.least},
        tuple(figures),
    )


def _table(file: Mapping[str, Any], path: Path) -> NDArray[np.float64]:
    """The columns of a file that a test names, in its units, shape (rows, columns)."""
    import numpy as np

    columns = [int(number) for number in file.get("columns", (0, 1))]
    scaling = np.asarray(file.get("scaling", 1.0), np.float64)
    return read_table(path, columns, int(file.get("header", 0))) * scaling


def _trains(file: Mapping[str, Any], path: Path) -> dict[str, list[float]]:
    """Spike times by id, in the unit of the test; only those of the id that it names."""
    scaling, wanted = float(file.get("scaling", 1.0)), file.get("ids", 0)
    found = read_events(path, str(file.get("format", "ID_TIME")))
    return {
        name: [time * scaling for time in times]
        for name, times in found.items()
        if wanted == "*" or name == str(wanted) or _same_number(name, wanted)
    }


def _same_number(name: str, wanted: object) -> bool:
    try:
        return float(name) == float(str(wanted))
    except ValueError:
        return False


def _spike_source(
    options: Mapping[str, Any], around: Surroundings
) -> tuple[dict[str, list[float]], tuple[Curve, ...]]:
    """Spike times by id, and the trace in which they were found."""
    if "spiketimes file" in options:
        file = options["spiketimes file"]
        return _trains(file, around.observed(file["path"])), ()
    if "file" not in options:
        raise ObservableError("neither 'file' nor 'spiketimes file' is given")
    file = options["file"]
    table = _table(file, around.observed(file["path"]))
    if "spike detection" not in options:
        return {"": [float(time) for time in table.ravel()]}, ()
    found = options["spike detection"] or {}
    if not isinstance(found, Mapping):
        raise ObservableError("'spike detection' is no table of names and values")
    times, values = table[:, 0], table[:, 1]
    rows = detect(values, found.get("method", "threshold"), float(found.get("threshold", 0)))
    every = max(1, len(times) // _SHOWN_POINTS)
    trace = Curve("observed", tuple(times[::every].tolist()), tuple(values[::every].tolist()))
    return {"": times[rows].tolist()}, (trace,)


def _spike_times(label: str, observable: Observable, around: Surroundings) -> Check:
    trains, curves = _spike_source(observable.options, around)
    if len(trains) != 1:
        raise ObservableError(f"the spikes of one cell are wanted, but these are of {len(trains)}")
    (times,) = trains.values()
    wanted = observable.expected
    if not isinstance(wanted, list):
        raise ObservableError("the .mep file has no list of spike times")
    heights = _mark_heights(curves)
    figure = Figure(
        label,
        (
            *curves,
            Curve("expected spikes", tuple(map(float, wanted)), (heights[0],) * len(wanted), True),
            Curve("observed spikes", tuple(times), (heights[1],) * len(times), True),
        ),
        *_axis_labels(observable.options, bool(curves)),
    )
    return _compared(label, times, observable, wanted, (figure,))


def _axis_labels(options: Mapping[str, Any], has_trace: bool) -> tuple[str, str]:
    """What is drawn: times, which files have in seconds, and values, as the test scales them."""
    file = options.get("spiketimes file") or options.get("file") or {}
    scaling = file.get("scaling", 1.0)
    factors = [float(item) for item in (scaling if isinstance(scaling, list) else [scaling] * 2)]
    unit = _TIME_UNITS.get(factors[0])
    times = f"time [{unit}]" if unit else f"time [s] x {factors[0]:g}"
    if not has_trace:
        return times, ""
    column = f"column {list(file.get('columns', (0, 1)))[1]}"
    return times, column if factors[1] == 1 else f"{column} x {factors[1]:g}"


def _mark_heights(curves: Sequence[Curve]) -> tuple[float, float]:
    """Where spikes are drawn: above the trace, expected ones higher."""
    if not curves or not curves[0].y:
        return 2.0, 1.0
    low, high = min(curves[0].y), max(curves[0].y)
    return high + 0.12 * (high - low), high + 0.05 * (high - low)


def _spike_rate(label: str, observable: Observable, around: Surroundings) -> Check:
    options = observable.options
    trains, _ = _spike_source(options, around)
    window = (float(options.get("start_time", 0)), float(options.get("end_time", "inf")))
    if "method" not in options:
        window = (0.0, float("inf"))
    method = options.get("method", RATE_METHODS[0])
    rates = [rate(times, method, window) for times in trains.values()]
    mean = sum(rates) / len(rates) if rates else 0.0
    return _compared(label, mean, observable, observable.expected)


def _resting(label: str, observable: Observable, around: Surroundings) -> Check:
    options = observable.options
    if isinstance(options, (int, float)):
        return _compared(label, options, observable, observable.expected)
    file = options["file"]
    table = _table(file, around.observed(file["path"]))
    last = float(table[-int(options.get("average last", 1)) :, 1].mean())
    return _compared(label, last, observable, observable.expected)


def _timeseries(label: str, observable: Observable, around: Surroundings) -> Check:
    file = observable.options["file"]
    found = _table(file, around.observed(file["path"]))
    wanted = observable.expected
    if isinstance(wanted, Mapping):
        wanted = _table(wanted["file"], around.expected_folder / str(wanted["file"]["path"]))
    return _compared(label, found, observable, wanted)


def _activation(label: str, observable: Observable, around: Surroundings) -> Check:
    file = observable.options["file"]
    values = _table(file, around.observed(file["path"]))[:, 1:]
    low, high = float(values.min()), float(values.max())
    inside = low >= 0 and high <= 1
    text = "" if inside else f"values from {low:g} to {high:g} leave the range from 0 to 1"
    verdict = Verdict.AGREE if inside else Verdict.DIFFER
    return Check(label, verdict, text, {"smallest": low, "largest": high})


def _input_resistance(label: str, observable: Observable, around: Surroundings) -> Check:
    options = observable.options
    voltage, current = (
        _table(options[key], around.observed(options[key]["path"]))
        for key in ("file_Vm", "file_VC_i")
    )
    times = current[:, 0]
    means = []
    for key in ("holding window", "command window"):
        begin, end = options.get(key, (0.0, 0.0))
        rows = (times >= begin) & (times <= end)
        if not rows.any() or len(voltage) != len(current):
            raise ObservableError(f"there are no values in the {key} from {begin} to {end}")
        means.append((voltage[rows, 1].mean(), current[rows, 1].mean()))
    (holding_v, holding_i), (command_v, command_i) = means
    resistance = float((command_v - holding_v) / (command_i - holding_i))
    return _compared(label, resistance, observable, observable.expected)


def _morphology(label: str, observable: Observable, around: Surroundings) -> Check:
    area = around.fact("area", str(observable.options.get("base section", "cell[0]")))
    found = float(observable.options.get("scaling", 1.0)) * area
    return _compared(label, found, observable, observable.expected["total area"])


def _temperature(label: str, observable: Observable, around: Surroundings) -> Check:
    return _compared(label, around.fact("temperature", ""), observable, float(observable.expected))


def _dry(label: str, observable: Observable, around: Surroundings) -> Check:
    return Check(label, Verdict.AGREE)


_KINDS: dict[str, Callable[[str, Observable, Surroundings], Check]] = {
    "spike times": _spike_times,
    "spike rate": _spike_rate,
    "resting": _resting,
    "timeseries": _timeseries,
    "activation variables": _activation,
    "input resistance": _input_resistance,
    "morphology": _morphology,
    "temperature": _temperature,
    "dry": _dry,
}
