"""Compares one trace, or one spike train, of two sources: numbers, verdict, figure."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.validation.pairing import Pairing, pair_spikes
from annarchy_ml.validation.quantities import Trace
from annarchy_ml.validation.spike_detection import crossings
from annarchy_ml.validation.svg import thinned
from annarchy_ml.validation.verdicts import Check, Curve, Figure, Value, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

VOLTS = "kg*m**2/(s**3*A)"
_FLOOR = 1e-9
"""A trace that varies by less than this part of its size is constant."""
_END_SHARE = 0.05
"""Of the recording: what one step more or less may be, at most."""
_DRIFT_SHARE = 0.25
"""Of the largest shift: what has grown along the train, to be called a drift."""
_POWER_SLACK = 1e-2
"""How far a ratio may be from a power of ten that is taken for a wrong unit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What counts as agreement.

    Attributes:
        relative: largest root mean square difference, as a part of how much the trace varies.
        shift_s: largest shift of a spike or a jump [s].
        threshold: spikes are where a voltage rises above it [V].
        statistics: whether spikes are judged by rates and intervals of populations instead.
    """

    relative: float = 1e-3
    shift_s: float = 1e-4
    threshold: float = 0.0
    statistics: bool = False


def check_trace(reference: Trace, other: Trace, names: tuple[str, str], limits: Limits) -> Check:
    """One quantity of two sources.

    Args:
        reference: whose values count.
        other: of the same name.
        names: of both sources.
        limits: what counts as agreement.
    """
    label = reference.name
    if reference.dimension and other.dimension and reference.dimension != other.dimension:
        text = f"wrong unit: {other.unit} in {names[1]}, {reference.unit} in {names[0]}"
        return Check(label, Verdict.DIFFER, text)
    if len(reference.times) < 2 or len(other.times) < 2:
        counts = f"{len(other.times)} and {len(reference.times)}"
        return Check(label, Verdict.DIFFER, f"too few rows to compare: {counts}")
    unfit = _unfit(reference, other) or _ends_fault(reference, other)
    if unfit:
        return Check(label, Verdict.DIFFER, unfit)
    times, a, b = on_common_times(reference, other)
    numbers, fault = _differences(times, (a, b), reference, limits)
    spikes = _spike_numbers(reference, other, limits, numbers)
    differs = bool(fault or spikes) and not (limits.statistics and "spikes" in numbers)
    if spikes and not fault.startswith("wrong unit"):
        fault = f"{spikes}; {fault}" if fault else spikes
    verdict = Verdict.DIFFER if differs else Verdict.AGREE
    return Check(label, verdict, fault, numbers, (_figure(reference, other, names),))


def _unfit(*traces: Trace) -> str:
    """Why rows cannot be compared."""
    if not all(np.isfinite(item.values).all() for item in traces):
        return "there are values that are no numbers"
    if not all(np.all(np.diff(item.times) >= 0) for item in traces):
        return "there are times that do not rise, or are no numbers"
    return ""


def _ends_fault(reference: Trace, other: Trace) -> str:
    """Why the times of two traces do not belong together."""
    steps = 1.5 * max(_step(reference.times), _step(other.times))
    slack = min(steps, _END_SHARE * float(reference.times[-1] - reference.times[0]))
    spans = [(float(item.times[0]), float(item.times[-1])) for item in (reference, other)]
    if all(abs(x - y) <= slack for x, y in zip(*spans, strict=True)):
        return ""
    texts = [f"{begin * 1e3:g} to {end * 1e3:g} ms" for begin, end in spans]
    (_, wanted), (_, found) = spans
    power = log10(found / wanted) if found > 0 and wanted > 0 else 0.0
    is_unit = abs(power) > 0.5 and abs(power - round(power)) < _POWER_SLACK
    unit = "wrong unit of time: " if is_unit else ""
    return f"{unit}covers {texts[1]} instead of {texts[0]}"


def _step(times: NDArray[np.float64]) -> float:
    return float(times[-1] - times[0]) / (len(times) - 1)


def on_common_times(
    first: Trace, second: Trace
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Both traces at the times of the coarser one, between its rows by straight lines.

    Returns:
        Times [s] and the values of both, all of shape (rows,).
    """
    if len(first.times) == len(second.times) and np.allclose(
        first.times, second.times, rtol=1e-6, atol=1e-3 * _step(first.times)
    ):
        return first.times, first.values, second.values
    times = (first if len(first.times) <= len(second.times) else second).times
    a, b = (np.interp(times, item.times, item.values) for item in (first, second))
    return times, a, b


def _differences(
    times: NDArray[np.float64],
    values: tuple[NDArray[np.float64], NDArray[np.float64]],
    reference: Trace,
    limits: Limits,
) -> tuple[dict[str, Value], str]:
    """Differences as numbers, and what is wrong with them."""
    a, b = values
    apart = np.abs(b - a)
    scale = varies(a)
    beside = beside_shifts(times, a, b, limits.shift_s)
    part = float(np.sqrt(np.mean(beside**2))) / scale
    unit = reference.unit or "1"
    numbers: dict[str, Value] = {
        f"largest difference [{unit}]": float(apart.max()),
        f"RMS difference [{unit}]": float(np.sqrt(np.mean(apart**2))),
        "normalized RMS": part,
    }
    if part <= limits.relative:
        return numbers, ""
    ratio = _unit_ratio(a, b, limits)
    if ratio:
        return numbers, f"wrong unit: the values are {ratio:g} times as large"
    first = float(times[np.argmax(beside > limits.relative * scale)])
    return numbers, (
        f"differs by {part:.3g} of its variation (limit {limits.relative:g}), "
        f"first at {first * 1e3:.6g} ms"
    )


def varies(values: NDArray[np.float64]) -> float:
    """How much a trace varies: its root mean square deviation, or its size if it is constant."""
    size = float(np.abs(values).max())
    deviation = float(values.std())
    return deviation if deviation > _FLOOR * size else size or 1.0


def beside_shifts(
    times: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64], shift: float
) -> NDArray[np.float64]:
    """How far each reference value is from the range that the other takes near its time.

    So a jump or a spike that is shifted by less than is allowed makes no difference.

    Args:
        times: shape (rows,) [s].
        a: of the reference, shape (rows,).
        b: of the other.
        shift: how far in time the range reaches to both sides [s].
    """
    reach = max(1, round(shift / _step(times)))
    reach = min(reach, len(b) - 1)
    padded = np.pad(b, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    low, high = windows.min(axis=1), windows.max(axis=1)
    # Between jumps the range is a slope's, which must not hide a difference.
    steep = (high - low) > 0.1 * float(b.max() - b.min())
    plain = np.abs(b - a)
    return np.where(steep, np.maximum(0.0, np.maximum(low - a, a - high)), plain)


def _unit_ratio(a: NDArray[np.float64], b: NDArray[np.float64], limits: Limits) -> float:
    """The power of ten by which the values differ; 0 if that is not all that differs."""
    size = float(a @ a)
    ratio = float(a @ b) / size if size > 0 else 0.0
    if ratio <= 0:
        return 0.0
    power = 10.0 ** floor(log10(ratio) + 0.5)
    if power == 1.0 or abs(ratio / power - 1) > _POWER_SLACK:
        return 0.0
    left = float(np.sqrt(np.mean((b / power - a) ** 2)))
    return power if left <= max(limits.relative, _POWER_SLACK) * varies(a) else 0.0


def _spike_numbers(
    reference: Trace, other: Trace, limits: Limits, numbers: dict[str, Value]
) -> str:
    """Spikes of a voltage: adds their numbers, and gives what is wrong with them."""
    if reference.dimension not in ("", VOLTS):
        return ""
    trains = [crossings(item.times, item.values, limits.threshold) for item in (reference, other)]
    if not len(trains[0]) and not len(trains[1]):
        return ""
    pairing = pair_spikes(trains[0], trains[1])
    numbers.update(pairing_numbers(pairing, trains[0], trains[1], limits))
    return pairing_fault(pairing, trains[0], trains[1], limits, float(reference.times[-1]))


def check_train(
    name: str,
    trains: tuple[NDArray[np.float64], NDArray[np.float64]],
    names: tuple[str, str],
    limits: Limits,
    end: float,
) -> Check:
    """Spikes of one cell in two sources.

    Args:
        name: of the train.
        trains: of the reference and of the other, shape (spikes,) [s].
        names: of both sources.
        limits: what counts as agreement.
        end: of the recording [s].
    """
    reference, other = trains
    pairing = pair_spikes(reference, other)
    fault = pairing_fault(pairing, reference, other, limits, end)
    marks = tuple(
        Curve(f"{source}: {len(train)} spikes", _milliseconds(train), (level,) * len(train), True)
        for source, train, level in zip(names, trains, (2.0, 1.0), strict=True)
    )
    return Check(
        name,
        Verdict.DIFFER if fault and not limits.statistics else Verdict.AGREE,
        fault,
        pairing_numbers(pairing, reference, other, limits),
        (Figure(name, marks, "time [ms]"),),
    )


def pairing_numbers(
    pairing: Pairing, reference: NDArray[np.float64], other: NDArray[np.float64], limits: Limits
) -> dict[str, Value]:
    """Spikes as numbers: counts, shifts in ms, where two trains part."""
    first = _first_divergence(pairing, reference, other, limits)
    return {
        "spikes": len(reference),
        "missing": len(pairing.missing),
        "extra": len(pairing.extra),
        "largest shift [ms]": pairing.largest_shift * 1e3,
        "drift [ms/s]": pairing.drift * 1e3,
        "first divergence [ms]": None if first is None else first * 1e3,
    }


def pairing_fault(
    pairing: Pairing,
    reference: NDArray[np.float64],
    other: NDArray[np.float64],
    limits: Limits,
    end: float,
) -> str:
    """What is wrong with the spikes; those within the allowed shift of the end may be absent."""
    last = end - limits.shift_s
    missing = [reference[row] for row in pairing.missing if reference[row] < last]
    extra = [other[row] for row in pairing.extra if other[row] < last]
    parts = []
    for what, found in (("missing", missing), ("extra", extra)):
        if found:
            number = f"{len(found)} spike{'s' * (len(found) != 1)} {what}"
            parts.append(f"{number}, the first at {found[0] * 1e3:.6g} ms")
    largest = pairing.largest_shift
    if abs(largest) > limits.shift_s:
        parts.append(f"spikes shifted by up to {largest * 1e3:.4g} ms" + _drift_text(pairing))
    return "; ".join(parts)


def _drift_text(pairing: Pairing) -> str:
    """The drift, where it explains much of the shifts."""
    if len(pairing.times) < 3:
        return ""
    grown = pairing.drift * float(pairing.times[-1] - pairing.times[0])
    explained = abs(grown) > _DRIFT_SHARE * abs(pairing.largest_shift)
    return f", which drift by {pairing.drift * 1e3:.4g} ms per second" if explained else ""


def _first_divergence(
    pairing: Pairing, reference: NDArray[np.float64], other: NDArray[np.float64], limits: Limits
) -> float | None:
    far = pairing.times[np.abs(pairing.shifts) > limits.shift_s]
    found = [
        *(float(reference[row]) for row in pairing.missing[:1]),
        *(float(other[row]) for row in pairing.extra[:1]),
        *(float(time) for time in far[:1]),
    ]
    return min(found, default=None)


def _milliseconds(times: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple((times * 1e3).tolist())


def _figure(reference: Trace, other: Trace, names: tuple[str, str]) -> Figure:
    curves = tuple(
        Curve(source, *thinned(_milliseconds(item.times), item.values.tolist()))
        for source, item in zip(names, (reference, other), strict=True)
    )
    unit = reference.unit or other.unit
    return Figure(reference.name, curves, "time [ms]", "" if unit == "1" else unit)
