"""Compares all that two sources have recorded: quantities by name, spikes, populations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from annarchy_ml.results import split_path
from annarchy_ml.validation.quantities import Recorded
from annarchy_ml.validation.trace_checks import Limits, check_trace, check_train
from annarchy_ml.validation.train_statistics import Likeness, Statistics, likeness, statistics_of
from annarchy_ml.validation.verdicts import Case, Check, Verdict

LEAST_TRAINS = 5
"""Populations of fewer trains say little about rates."""


def compare_recorded(reference: Recorded, other: Recorded, limits: Limits) -> Case:
    """Two sources.

    Args:
        reference: whose values count.
        other: who is compared with it.
        limits: what counts as agreement.
    """
    names = (reference.source, other.source)
    checks = [*_traces(reference, other, limits), *_trains(reference, other, limits)]
    if not checks:
        checks = [Check("results", Verdict.NOT_RUN, "neither of them has recorded anything")]
    notes = [f"{item.source}: {item.seconds:.2f} s" for item in (reference, other) if item.seconds]
    return Case(f"{names[1]} against {names[0]}", tuple(checks), other.seconds, tuple(notes))


def _traces(reference: Recorded, other: Recorded, limits: Limits) -> Iterator[Check]:
    names = (reference.source, other.source)
    for name in dict.fromkeys((*reference.traces, *other.traces)):
        if name in reference.traces and name in other.traces:
            yield check_trace(reference.traces[name], other.traces[name], names, limits)
        else:
            yield _absent(name, reference, other, name in reference.traces)


def _trains(reference: Recorded, other: Recorded, limits: Limits) -> Iterator[Check]:
    names, end = (reference.source, other.source), _end(reference, other)
    shared = [name for name in reference.trains if name in other.trains]
    for name in dict.fromkeys((*reference.trains, *other.trains)):
        if name in shared:
            pair = (reference.trains[name], other.trains[name])
            yield check_train(name, pair, names, limits, end)
        else:
            yield _absent(name, reference, other, name in reference.trains)
    yield from _populations(reference, other, shared, limits)


def _absent(name: str, reference: Recorded, other: Recorded, in_reference: bool) -> Check:
    lacking, having = (other, reference) if in_reference else (reference, other)
    why = lacking.absent.get(name, f"{having.source} has it")
    return Check(name, Verdict.DIFFER, f"missing in {lacking.source}: {why}")


def _end(reference: Recorded, other: Recorded) -> float:
    """The end of the recordings [s], as far as it shows."""
    lasts = [
        float(times[-1])
        for item in (reference, other)
        for times in (*(trace.times for trace in item.traces.values()), *item.trains.values())
        if len(times)
    ]
    return max(lasts, default=0.0)


def _populations(
    reference: Recorded, other: Recorded, shared: list[str], limits: Limits
) -> Iterator[Check]:
    """Rates and intervals of each population that is large enough, or if they decide."""
    groups: dict[str, list[str]] = {}
    for name in shared:
        groups.setdefault(split_path(name.rsplit(":", 1)[0]).population or name, []).append(name)
    duration = _end(reference, other)
    for population, names in groups.items():
        if duration <= 0 or (len(names) < LEAST_TRAINS and not limits.statistics):
            continue
        sides = [
            statistics_of([item.trains[name] for name in names], duration)
            for item in (reference, other)
        ]
        yield _population(population, sides[0], sides[1], limits)


def _population(name: str, first: Statistics, second: Statistics, limits: Limits) -> Check:
    found: Likeness = likeness(first, second)
    text = "" if found.alike else "rates or intervals differ by more than chance explains"
    return Check(
        f"{name}: rates and intervals",
        Verdict.AGREE if found.alike or not limits.statistics else Verdict.DIFFER,
        text,
        {
            "mean rate [Hz]": float(first.rates.mean()),
            "mean rate of the other [Hz]": float(second.rates.mean()),
            "difference in standard errors": found.rate_errors,
            "mean interval [ms]": _mean_ms(first),
            "mean interval of the other [ms]": _mean_ms(second),
            "variation": first.variation,
            "variation of the other": second.variation,
            "distance of intervals": found.distance,
            "distance allowed": found.allowed,
        },
    )


def _mean_ms(side: Statistics) -> float | None:
    return float(np.mean(side.intervals)) * 1e3 if len(side.intervals) else None
