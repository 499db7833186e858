"""Draws the displays of a model, or all that was recorded, with matplotlib."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import is_color_like, to_hex, to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.exporters.cell_pictures import draw_on, is_sensible
from annarchy_ml.exporters.plot_labels import short_path
from annarchy_ml.exporters.plot_panels import Curve, Panel, panels
from annarchy_ml.results import EventTable, Results

PALETTE = ("#0b66b5", "#d1495b", "#2e8b57", "#e08e0b", "#7a4fa3", "#00868b", "#8c564b", "#6b6b6b")
_BRIGHTEST = 0.75  # from 0, black, to 1, white
_DARKENED = 0.62
_GRAY = 0.1  # channels closer than this
STYLE: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#808080",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.constrained_layout.h_pad": 0.12,
    "figure.constrained_layout.w_pad": 0.12,
    "font.size": 9.5,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "text.parse_math": False,
    "xtick.color": "#606060",
    "ytick.color": "#606060",
    "xtick.labelcolor": "black",
    "ytick.labelcolor": "black",
}
_LEGEND_ROWS, _LEGEND_COLUMNS = 12, 3
_MOST_MARKS = 160_000
_MOST_NAMED_TRAINS = 24
_RASTER_CELLS = (2400, 1200)
_TITLE = 62  # characters in a line
_MOST_CELLS = 4
_DPI = 140


class Picture(Figure):
    """A figure that needs no window and shows itself in a notebook."""

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.savefig(stream, format="png", dpi=_DPI)
        return stream.getvalue()


def draw(results: Results, path: str | Path | None = None, *, show: bool = False) -> Any:
    """Draw all displays into one figure, side by side.

    Args:
        results: What to draw.
        path: Picture to write; its suffix names the format.
        show: Whether to open a window.

    Returns:
        The matplotlib figure.

    Raises:
        UsageError: If matplotlib writes no such format.
        EnvironmentFault: If the file cannot be written.
    """
    return finished(_figure(panels(results), results, show), path, show)


def new_figure(size: tuple[float, float], show: bool) -> Any:
    """An empty figure, with a window or without one."""
    if not show:
        return Picture(figsize=size, layout="constrained")
    from matplotlib import pyplot

    return pyplot.figure(figsize=size, layout="constrained")


def finished(figure: Any, path: str | Path | None, show: bool) -> Any:
    """Writes and shows a figure, as far as that is asked for.

    Raises:
        UsageError: If matplotlib writes no such format.
        EnvironmentFault: If the file cannot be written.
    """
    if path is not None:
        _check_suffix(figure, Path(path))
        with replacing(Path(path)) as temporary:
            figure.savefig(temporary, dpi=_DPI)
    if show:
        from matplotlib import pyplot

        pyplot.show()
    return figure


def write(results: Results, path: Path) -> None:
    """Write one picture with all displays, in the format that the suffix names."""
    draw(results).savefig(path, dpi=_DPI)


def _check_suffix(figure: Any, path: Path) -> None:
    known = sorted(figure.canvas.get_supported_filetypes())
    if path.suffix.lower()[1:] not in known:
        raise UsageError(
            f"'{path.name}' does not tell in which format to draw",
            notes=(f"known suffixes: {', '.join(f'.{name}' for name in known)}",),
        )


def _figure(shown: Sequence[Panel], results: Results, show: bool) -> Any:
    cells = [item for item in results.cells if is_sensible(item)][:_MOST_CELLS]
    count = len(shown) + len(cells)
    columns = 1 if count <= 2 else 2 if count <= 8 else 3
    rows = math.ceil(count / columns)
    size = (8.4, 4.4) if count == 1 else (7.2 * columns, 3.4 * rows)
    with matplotlib.rc_context(STYLE):
        figure = new_figure(size, show)
        axes = figure.subplots(rows, columns, squeeze=False)
        for place, panel in zip(axes.flat, shown, strict=False):
            _draw_panel(place, panel, results)
        for place, cell in zip(axes.flat[len(shown) :], cells, strict=False):
            draw_on(place, cell)
        for place in axes.flat[count:]:
            place.remove()
    return figure


def _draw_panel(axes: Any, panel: Panel, results: Results) -> None:
    axes.set_title(textwrap.fill(_plain(panel.title), _TITLE), loc="left")
    axes.set_xlabel(f"time ({panel.time_unit})")
    axes.grid(True)
    notes = list(panel.notes)
    if panel.raster:
        _draw_raster(axes, results.events)
    width = 1.1 if len(panel.curves) <= _LEGEND_ROWS else 0.7
    lines = []
    for index, curve in enumerate(panel.curves):
        color = _color(curve, index, notes)
        lines += axes.plot(curve.times, curve.values, color=color, linewidth=width)
    _label_values(axes, panel.curves)
    if panel.legend:
        _add_legend(axes, lines, panel.curves)
    axes.margins(x=0.01)
    axes.set_xlim(*panel.xlim)
    axes.set_ylim(*panel.ylim)
    if notes:
        text = "\n".join(f"note: {_plain(note)}" for note in notes[:3])
        below = {
            "xycoords": ("axes fraction", "axes points"),
            "va": "top",
            "annotation_clip": False,
        }
        axes.annotate(text, (0, -42), fontsize=7.5, color="#9a4a00", **below)


def _color(curve: Curve, index: int, notes: list[str]) -> str:
    """The color that the model names, made to be seen on white, or one of our own."""
    if is_color_like(curve.color) and curve.color.lower() != "none":
        return _on_white(curve.color)
    if curve.color:
        notes.append(f"'{curve.color}' of line '{curve.label}' is not a color")
    return PALETTE[index % len(PALETTE)]


def _on_white(color: str) -> str:
    """A light color made darker: models choose theirs for the black background of jLEMS."""
    channels = to_rgb(color)
    brightness = sum(w * c for w, c in zip((0.21, 0.72, 0.07), channels, strict=True))
    if brightness <= _BRIGHTEST:
        return color
    if max(channels) - min(channels) < _GRAY:
        return "black"
    red, green, blue = (channel * _DARKENED / brightness for channel in channels)
    return to_hex((red, green, blue))


def _label_values(axes: Any, curves: Sequence[Curve]) -> None:
    """Name the vertical axis after what all curves share."""
    units = {curve.unit for curve in curves}
    if len(units) != 1:
        return
    quantities = {curve.quantity for curve in curves if curve.quantity}
    what = curves[0].label if len(curves) == 1 else " or ".join(sorted(quantities)) or "value"
    axes.set_ylabel(_plain(f"{what} ({units.pop() or 'no unit'})"))


def _add_legend(axes: Any, lines: Sequence[Any], curves: Sequence[Curve]) -> None:
    """Name the lines beside the axes; with units where they differ."""
    if len(lines) < 2:
        return
    mixed = len({curve.unit for curve in curves}) > 1
    shown = lines[: _LEGEND_ROWS * _LEGEND_COLUMNS]
    legend = axes.legend(
        shown,
        ["line"] * len(shown),  # texts are set below, where a leading "_" hides nothing
        ncols=math.ceil(len(shown) / _LEGEND_ROWS),
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        borderaxespad=0.2,
        handlelength=1.4,
    )
    for text, curve in zip(legend.get_texts(), curves, strict=False):
        told = curve.label.endswith(f"({curve.unit})")
        unit = f" ({curve.unit or 'no unit'})" if mixed and not told else ""
        text.set_text(_plain(short_path(curve.label) + unit))
    if len(lines) > len(shown):
        legend.set_title(f"first {len(shown)} of {len(lines)}")


def _draw_raster(axes: Any, events: EventTable) -> None:
    """A mark for each event, a row for each train, a color for each population."""
    size = min(9.0, max(0.8, 180 / max(1, len(events))))
    few = len(events) <= _MOST_NAMED_TRAINS
    marker = {"marker": "|", "mew": 1.2} if few else {"marker": ".", "mew": 0}
    populations = events.rows_by_population()
    for index, rows in enumerate(populations.values()):
        times = events.times_of(rows) / 1e-3
        trains = np.repeat(rows, events.counts[rows])
        if len(times) > _MOST_MARKS:
            times, trains = _visible_marks(times, trains)
        color = PALETTE[index % len(PALETTE)]
        axes.plot(times, trains, linestyle="", color=color, ms=size, rasterized=not few, **marker)
    axes.set_ylim(-0.6, len(events) - 0.4)
    axes.grid(False, axis="y")
    if few:
        axes.set_yticks(range(len(events)), [_plain(path) for path in events.paths], fontsize=8)
    elif len(populations) <= _MOST_NAMED_TRAINS:
        middles = [float(np.mean(rows)) for rows in populations.values()]
        names = [f"{_plain(name)}\n({len(rows)})" for name, rows in populations.items()]
        axes.set_yticks(middles, names, fontsize=8)
    else:
        axes.set_ylabel("train")


def _visible_marks(times: NDArray[Any], rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """One mark for those that would cover each other."""
    x_cells, y_cells = _RASTER_CELLS
    x = ((times - times.min()) * (x_cells / max(np.ptp(times), 1e-30))).astype(np.int64)
    y = (rows * (y_cells / (rows.max() + 1))).astype(np.int64)
    places = np.unique(x * (y_cells + 1) + y, return_index=True)[1]
    return times[places], rows[places]


def _plain(text: str) -> str:
    """Text from a model file on one line, never longer than a figure is wide."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 100 else line[:99] + "…"
