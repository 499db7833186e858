"""Current sources of PyNN as inputs of NeuroML, of which several may act on one cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

Input = tuple[str, dict[str, str]]
"""A component type, and its values as text."""


def _pulse(start: float, stop: float, amplitude: float) -> Input:
    duration = max(stop - start, 0.0)
    values = {
        "delay": f"{start!r} ms",
        "duration": f"{duration!r} ms",
        "amplitude": f"{amplitude!r} nA",
    }
    return "pulseGenerator", values


def pulses(source: Any) -> Iterator[Input]:
    """A constant current."""
    yield _pulse(*(float(source.kept[name]) for name in ("start", "stop", "amplitude")))


def sines(source: Any) -> Iterator[Input]:
    """A sine, and a constant current for its offset."""
    own = {name: float(value) for name, value in source.kept.items()}
    if own["offset"] != 0.0:
        yield _pulse(own["start"], own["stop"], own["offset"])
    yield (
        "sineGenerator",
        {
            "delay": f"{own['start']!r} ms",
            "duration": f"{own['stop'] - own['start']!r} ms",
            "amplitude": f"{own['amplitude']!r} nA",
            "period": f"{1000.0 / own['frequency']!r} ms",
            "phase": repr(float(np.deg2rad(own["phase"]))),
        },
    )


def steps(source: Any) -> Iterator[Input]:
    """A constant current from each time to the next one."""
    found = source.get_parameters()
    times = [*np.asarray(found["times"], float).tolist(), 1e9]
    for begin, end, value in zip(times[:-1], times[1:], found["amplitudes"], strict=True):
        if value != 0.0:
            yield _pulse(begin, end, float(value))
