"""Runs a model at dt, dt/2 and dt/4: the limit, the order, and whose result is nearest to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.validation.pairing import pair_spikes
from annarchy_ml.validation.quantities import Recorded, Trace
from annarchy_ml.validation.spike_detection import crossings
from annarchy_ml.validation.trace_checks import VOLTS, Limits, on_common_times
from annarchy_ml.validation.verdicts import Case, Check, Value, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACTORS = (1, 2, 4)
_NEAR = 1.01
"""Sources whose errors differ by less than this factor are equally near."""
_LEAST_ORDER, _MOST_ORDER = 0.5, 5.0


@dataclass(frozen=True, slots=True)
class Limit:
    """What a sequence of finer steps leads to.

    Attributes:
        values: numbers at the limit, shape (values,).
        order: with which it is approached; None if no order shows.
        error: of our run at the model's step, as root mean square.
    """

    values: NDArray[np.float64]
    order: float | None
    error: float


def limit_of(finer: Sequence[NDArray[np.float64]]) -> Limit:
    """The limit of three results by Richardson's extrapolation.

    Args:
        finer: of steps dt, dt/2 and dt/4, each of shape (values,).
    """
    whole, half, quarter = finer
    far, near = _rms(whole - half), _rms(half - quarter)
    order = log2(far / near) if far > 0 and near > 0 else None
    if order is None or not _LEAST_ORDER <= order <= _MOST_ORDER:
        return Limit(quarter, None, _rms(whole - quarter))
    values = quarter + (quarter - half) / (2.0**order - 1)
    return Limit(values, order, _rms(whole - values))


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2))) if len(values) else 0.0


def check_convergence(
    finer: Sequence[Recorded], others: Sequence[Recorded], limits: Limits
) -> Case:
    """Which source is nearest to the limit of our own steps, quantity by quantity.

    Args:
        finer: our results with dt, dt/2 and dt/4.
        others: of other engines.
        limits: where spikes are.
    """
    sources = [finer[0], *others]
    checks = [
        *(
            _check(name, [item.traces[name] for item in finer], sources, limits)
            for name in finer[0].traces
        ),
        *(
            _check_times(name, [item.trains[name] for item in finer], _trains(name, sources))
            for name in finer[0].trains
        ),
    ]
    return Case("our steps dt, dt/2, dt/4", tuple(checks), sum(item.seconds for item in finer[1:]))


def _trains(name: str, sources: Sequence[Recorded]) -> dict[str, NDArray[np.float64]]:
    return {item.source: item.trains[name] for item in sources if name in item.trains}


def _check(name: str, finer: Sequence[Trace], sources: Sequence[Recorded], limits: Limits) -> Check:
    """By spikes where there are some, by values elsewhere."""
    there = {item.source: item.traces[name] for item in sources if name in item.traces}
    if finer[0].dimension in ("", VOLTS):

        def spikes(trace: Trace) -> NDArray[np.float64]:
            return crossings(trace.times, trace.values, limits.threshold)

        trains = [spikes(item) for item in finer]
        if any(len(train) for train in trains):
            return _check_times(name, trains, {key: spikes(item) for key, item in there.items()})

    def values(trace: Trace) -> NDArray[np.float64]:
        return on_common_times(finer[0], trace)[2]

    rows = len(finer[0].times)
    found = limit_of([values(item) for item in finer])
    same = {key: values(item) for key, item in there.items() if len(values(item)) == rows}
    apart = {key: _rms(item - found.values) for key, item in same.items()}
    return _nearest(name, found, apart, f"RMS of {{}} to the limit [{finer[0].unit or '1'}]", 1.0)


def _check_times(
    name: str,
    finer: Sequence[NDArray[np.float64]],
    there: dict[str, NDArray[np.float64]],
) -> Check:
    if len({len(train) for train in finer}) > 1:
        counts = ", ".join(str(len(train)) for train in finer)
        text = f"the number of spikes changes with the step: {counts}; no limit shows"
        return Check(name, Verdict.SKIPPED, text)
    found = limit_of(finer)
    apart = {key: _time_error(found.values, train) for key, train in there.items()}
    return _nearest(name, found, apart, "RMS of {}'s spikes to the limit [ms]", 1e3)


def _time_error(limit: NDArray[np.float64], train: NDArray[np.float64]) -> float:
    """Root mean square shift from the limit [s]; infinite with other spikes."""
    if len(train) == len(limit):
        return _rms(train - limit)
    pairing = pair_spikes(limit, train)
    return float("inf") if pairing.missing or pairing.extra else _rms(pairing.shifts)


def _nearest(name: str, found: Limit, apart: dict[str, float], label: str, scale: float) -> Check:
    numbers: dict[str, Value] = {"order": found.order}
    numbers |= {label.format(key): value * scale for key, value in apart.items()}
    if found.error == 0.0:
        return Check(name, Verdict.AGREE, "does not depend on the step", numbers)
    least = min(apart.values())
    near = [key for key, value in apart.items() if value <= _NEAR * least]
    nearest = f"{' and '.join(near)} {'are' if len(near) > 1 else 'is'} nearest to the limit"
    order = "no order shows" if found.order is None else f"order {found.order:.2f}"
    return Check(name, Verdict.AGREE, f"{order}; {nearest}", numbers)


def finer_runs(run: Callable[[float], Recorded], dt: float, first: Recorded) -> Iterator[Recorded]:
    """Our results with dt, dt/2 and dt/4.

    Args:
        run: gives our result for a step [s].
        dt: the model's own step [s].
        first: our result with it.
    """
    yield first
    for factor in FACTORS[1:]:
        yield run(dt / factor)
