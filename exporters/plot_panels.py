"""Decides what to draw: a panel per display of the model, or per unit if it has no display."""

from __future__ import annotations

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
            end = results.provenance.get("duration") or float(results.events.times_s.max())
            end = max(end, *(float(table.times[-1]) for table in results.tables))
            found.append(Panel("events", "Events", xlim=(0.0, end / _TIME_SCALE), raster=True))
    return found or [Panel("empty", "Nothing was recorded")]


def _display_panel(results: Results, display: Display) -> Panel:
    panel = Panel(
        display.id,
        display.title or display.id,
        time_unit=time_label(display.time_scale),
        xlim=(display.xmin, display.xmax),
        ylim=(display.ymin, display.ymax),
    )
    for line in display.lines:
        if line.quantity in results:
            panel.curves.append(_line_curve(results[line.quantity], line, display))
        else:
            panel.notes.append(f"'{line.quantity}' was not recorded")
    _show_something(panel)
    return panel


def _line_curve(signal: Signal, line: Line, display: Display) -> Curve:
    return Curve(
        label=line.id or signal.path,
        unit=unit_label(signal.unit, signal.dimension, line.scale),
        quantity=words(signal.dimension),
        times=signal.times_s / (line.time_scale or display.time_scale),
        values=signal.values / line.scale,
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
        curves = [
            Curve(short_path(s.path), shown, quantity, s.times_s / _TIME_SCALE, s.values / scale)
            for s in signals
        ]
        named = len(signals) <= _MOST_NAMED
        title += "" if named else f" of {len(signals)} signals"
        yield Panel(dimension, title, curves, legend=named)


def _largest(values: NDArray[Any]) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if len(finite) else 0.0
