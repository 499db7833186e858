"""Decides what to draw: a panel per display of the model, or per unit if it has no display."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.exporters.plot_labels import (
    fitting_scale,
    short_path,
    time_label,
    unit_label,
    words,
)
from annarchy_ml.model.simulation import Display, Line
from annarchy_ml.recorded import Signal
from annarchy_ml.results import Results

Limits = tuple[float | None, float | None]

_TIME_SCALE = 1e-3
_MOST_NAMED = 12
_MOST_POINTS = 8000


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line to draw.

    Attributes:
        label: What the legend says.
        unit: Of the drawn values; empty for plain numbers.
        quantity: In words, such as "voltage".
        times: In the panel's unit of time.
        values: In `unit`.
        color: As the model writes it; empty for the next one of our own.
    """

    label: str
    unit: str
    quantity: str
    times: NDArray[Any]
    values: NDArray[Any]
    color: str = ""


@dataclass(slots=True, eq=False)
class Panel:
    """One set of axes.

    Attributes:
        name: Id of the display, or what the panel shows.
        title: Shown above it.
        curves: In drawing order.
        time_unit: Of the horizontal axis.
        xlim, ylim: Limits; None fits the data.
        notes: What the reader should know: a line that could not be drawn as asked for.
        legend: Whether to name each curve.
        raster: Whether to draw the event trains here.
    """

    name: str
    title: str
    curves: list[Curve] = field(default_factory=list)
    time_unit: str = "ms"
    xlim: Limits = (None, None)
    ylim: Limits = (None, None)
    notes: list[str] = field(default_factory=list)
    legend: bool = True
    raster: bool = False


def panels(results: Results) -> list[Panel]:
    """The panels of a picture of these results; at least one."""
    found = [_display_panel(results, display) for display in results.displays]
    if not found:
        found = list(_unit_panels(results))
        if len(results.events.times_s):
            found.append(Panel("events", "Events", xlim=(0.0, _end(results)), raster=True))
    return found or [Panel("empty", "Nothing was recorded")]


def _display_panel(results: Results, display: Display) -> Panel:
    panel = Panel(
        display.id,
        display.title or display.id,
        time_unit=_time_unit(display),
        xlim=_limits(display.xmin, display.xmax),
        ylim=_limits(display.ymin, display.ymax),
    )
    for line in display.lines:
        if line.quantity in results:
            panel.curves.append(_line_curve(results[line.quantity], line, display))
        else:
            panel.notes.append(f"'{line.quantity}' was not recorded")
    _show_something(panel)
    return panel


def _time_scale(line: Line, display: Display) -> float:
    return line.time_scale or display.time_scale or _TIME_SCALE


def _time_unit(display: Display) -> str:
    """The unit in which the lines of a display are drawn; all of them where they differ."""
    scales = [_time_scale(line, display) for line in display.lines]
    labels = map(time_label, scales or [display.time_scale or _TIME_SCALE])
    return " or ".join(dict.fromkeys(labels))


def _limits(low: float | None, high: float | None) -> Limits:
    """Limits that axes can have; others fit the data."""
    low, high = (end if end is None or math.isfinite(end) else None for end in (low, high))
    return (low, high) if low is None or high is None or low < high else (None, None)


def _line_curve(signal: Signal, line: Line, display: Display) -> Curve:
    times, values = thinned(signal.times_s, signal.values)
    scale = line.scale or 1.0
    return Curve(
        label=line.id or signal.path,
        unit=unit_label(signal.unit, signal.dimension, scale),
        quantity=words(signal.dimension),
        times=times / _time_scale(line, display),
        values=values / scale,
        color=line.color.strip(),
    )


def _show_something(panel: Panel) -> None:
    """Give up limits that would leave the panel empty."""
    low, high = panel.ylim
    if low is None or high is None or not panel.curves:
        return
    if not any(np.any((c.values >= low) & (c.values <= high)) for c in panel.curves):
        panel.ylim = (None, None)
        panel.notes.append(f"nothing lies between {low:g} and {high:g}, the limits in the model")


def _unit_panels(results: Results) -> Iterator[Panel]:
    """A panel for all recorded signals of the same unit."""
    by_unit: dict[tuple[str, str], list[Signal]] = {}
    for signal in results.signals.values():
        by_unit.setdefault((signal.dimension, signal.unit), []).append(signal)
    for (dimension, unit), signals in by_unit.items():
        largest = max((_largest(signal.values) for signal in signals), default=0.0)
        scale = fitting_scale(unit, dimension, largest)
        shown, quantity = unit_label(unit, dimension, scale), words(dimension)
        title = (quantity or "values without unit").capitalize()
        curves = []
        for signal in signals:
            times, values = thinned(signal.times_s, signal.values)
            label = short_path(signal.path)
            curves.append(Curve(label, shown, quantity, times / _TIME_SCALE, values / scale))
        named = len(signals) <= _MOST_NAMED
        title += "" if named else f" of {len(signals)} signals"
        yield Panel(dimension, title, curves, legend=named)


def _end(results: Results) -> float:
    """The end of the run, in units of `_TIME_SCALE`."""
    ends = [float(table.times[-1]) for table in results.tables if len(table.times)]
    ends += [results.provenance.get("duration", 0.0), float(results.events.times_s.max())]
    return max(ends) / _TIME_SCALE


def _largest(values: NDArray[Any]) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if len(finite) else 0.0


def thinned(
    times: NDArray[Any], values: NDArray[Any], most: int = _MOST_POINTS
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Fewer points that draw the same curve: the extremes of each short stretch.

    Args:
        times: shape (rows,).
        values: shape (rows,).
        most: Number of points from which on the curve is thinned.
    """
    if len(values) <= most:
        return times, values
    width = math.ceil(len(values) / (most // 4))
    whole = len(values) // width * width
    blocks = np.nan_to_num(values[:whole], nan=0.0).reshape(-1, width)
    starts = np.arange(0, whole, width)
    picked = (starts, starts + blocks.argmin(axis=1), starts + blocks.argmax(axis=1))
    rest = np.arange(whole, len(values))
    places = np.unique(np.concatenate([*picked, rest, [len(values) - 1]]))
    return times[places], values[places]
