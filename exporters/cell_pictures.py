"""Draws cells with morphology: a projection, or all three dimensions, with values as colors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.collections import PolyCollection
from numpy.typing import NDArray

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.drawn_cells import DrawnCell
from annarchy_ml.exporters.plot_labels import fitting_scale, unit_label
from annarchy_ml.results import time_text

AXES = "xyz"
THREE = "3d"
MICRON = 1e-6
COLORS = "viridis"
_CORNERS = 24
_WIDEST, _THINNEST = 6.0, 0.8
"""Lines in 3D, in points."""
_FLATTEST = 0.25
"""The shortest edge of the box in 3D, by the longest."""
_MOST_MARKS = 8
_BESIDE = ((6, 6), (9, -3), (-9, -3), (6, -12), (-6, 6), (-6, -12))
"""Where the name of a mark may stand, in points from it."""
_APART = 8.5
"""From a name to marks and other names, in points."""


def draw_cell(
    cell: DrawnCell, path: str | Path | None = None, *, view: str = "xy", show: bool = False
) -> Any:
    """Draws one cell.

    Args:
        cell: what to draw.
        path: picture to write; its suffix names the format.
        view: two axes, such as ``xy``; ``3d`` for all three.
        show: whether to open a window.

    Returns:
        The matplotlib figure.

    Raises:
        UsageError: If there is no such view, or matplotlib writes no such format.
        EnvironmentFault: If the file cannot be written.
    """
    from annarchy_ml.exporters.plots import STYLE, finished, new_figure

    numbers = _axes_of(view)
    with matplotlib.rc_context(STYLE):
        figure = new_figure((6.4, 5.6), show)
        if numbers is None:
            _in_space(figure.add_subplot(projection=THREE), cell)
        else:
            draw_on(figure.add_subplot(), cell, numbers)
    return finished(figure, path, show)


def is_sensible(cell: DrawnCell) -> bool:
    """Whether a cell has an extent in its projection on x and y."""
    points = np.concatenate((cell.shape.begins, cell.shape.ends))[:, :2]
    return len(cell.values) > 1 and bool(np.all(np.ptp(points, axis=0).max() > 0.0))


def _ticks(size: float) -> Any:
    """So many ticks as have room on an edge, whose length is one by that of the longest."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(max(1, round(6 * size)))


def _axes_of(view: str) -> tuple[int, int] | None:
    """Numbers of two axes; None for all three."""
    if view == THREE:
        return None
    if len(view) == 2 and set(view) <= set(AXES) and view[0] != view[1]:
        return AXES.index(view[0]), AXES.index(view[1])
    raise UsageError(f"there is no view {view!r}", hint="give two axes, such as 'xy', or '3d'")


def draw_on(axes: Any, cell: DrawnCell, numbers: tuple[int, int] = (0, 1)) -> None:
    """Draws a projection of one cell.

    Args:
        axes: of matplotlib.
        cell: what to draw.
        numbers: of the two axes in space.
    """
    scale, label = _labelled(cell)
    chosen = [*numbers, 3]
    begins, ends = (part[:, chosen] / MICRON for part in (cell.shape.begins, cell.shape.ends))
    outlines = [_outline(begin, end) for begin, end in zip(begins, ends, strict=True)]
    drawn = PolyCollection(
        outlines, array=(cell.values / scale)[cell.shape.compartments], cmap=COLORS
    )
    drawn.set(edgecolor="face", linewidth=_THINNEST, joinstyle="round")
    axes.add_collection(drawn)
    axes.set_title(cell.path, loc="left")
    axes.set_aspect("equal", adjustable="box")
    axes.autoscale_view()
    axes.margins(0.06)
    axes.axis("off")
    _add_scale_bar(axes, np.concatenate(outlines), tuple(AXES[number] for number in numbers))
    _colors_beside(axes, drawn, label, 0.8)
    _mark(axes, cell, (begins + ends)[:, :2] / 2)


def _labelled(cell: DrawnCell) -> tuple[float, str]:
    """The scale of the values, and what the color bar says."""
    finite = np.abs(cell.values[np.isfinite(cell.values)])
    scale = fitting_scale(cell.unit, cell.dimension, float(finite.max(initial=0.0)))
    unit = unit_label(cell.unit, cell.dimension, scale)
    name = cell.variable.rpartition("/")[2]
    text = f"{name} ({unit})" if unit else name
    return scale, f"{text} at {time_text(cell.time)}"


def _outline(begin: NDArray[Any], end: NDArray[Any]) -> NDArray[Any]:
    """The outline of a frustum, or of a circle where it has no length in the projection.

    Args:
        begin: x, y and diameter, shape (3,).
        end: the same.
    """
    along = end[:2] - begin[:2]
    length = math.hypot(*along)
    if length == 0.0:
        angles = np.linspace(0.0, 2 * np.pi, _CORNERS, endpoint=False)
        radius = max(begin[2], end[2]) / 2
        return np.asarray(begin[:2] + radius * np.stack((np.cos(angles), np.sin(angles)), axis=1))
    across = np.array([-along[1], along[0]]) / (2 * length)
    first, last = across * begin[2], across * end[2]
    return np.array([begin[:2] + first, end[:2] + last, end[:2] - last, begin[:2] - first])


def _mark(axes: Any, cell: DrawnCell, middles: NDArray[Any]) -> None:
    """Points where traces were recorded."""
    places: dict[int, str] = {}
    for path, compartment in cell.recorded.items():
        places.setdefault(compartment, path)
    axes.figure.draw_without_rendering()  # so that lengths in points are known
    chosen = list(places.items())[:_MOST_MARKS]
    points = []
    for compartment, _ in chosen:
        own = np.flatnonzero(cell.shape.compartments == compartment)
        points.append(middles[own[len(own) // 2]])
    taken = [_in_points(axes, point) for point in points]
    for (compartment, path), (x, y) in zip(chosen, points, strict=True):
        axes.plot([x], [y], "o", ms=5, mfc="white", mec="#d1495b", mew=1.4, zorder=3)
        beside = _free_place(axes, (x, y), taken)
        side = "right" if beside[0] < 0 else "left"
        note = {"textcoords": "offset points", "xytext": beside, "fontsize": 8, "ha": side}
        text = _place(path) or str(cell.shape.places[compartment][0])
        axes.annotate(text, (x, y), color="#a02c40", zorder=4, **note)


def _in_points(axes: Any, at: Any) -> NDArray[Any]:
    """Where a point of the cell is in the figure, in points."""
    found: NDArray[Any] = np.asarray(axes.transData.transform(at)) * 72.0 / axes.figure.dpi
    return found


def _free_place(axes: Any, at: Any, taken: list[NDArray[Any]]) -> tuple[float, float]:
    """Where the name of a mark stands clear of the marks and names before it, which it joins."""
    here = _in_points(axes, at)
    own = min(taken, key=lambda item: float(np.hypot(*(item - here))))
    free = (
        item
        for item in _BESIDE
        if all(other is own or np.hypot(*(here + item - other)) >= _APART for other in taken)
    )
    chosen = next(free, _BESIDE[0])
    taken.append(here + chosen)
    return chosen


def _place(path: str) -> str:
    """The part of a path that says where along the cell it leads: ``3@0.9``; or empty."""
    for step in path.split("/")[1:-1][::-1]:
        if step.partition("@")[0].isdecimal():
            return step
    return ""


def _add_scale_bar(axes: Any, points: NDArray[Any], names: Sequence[str]) -> None:
    """A line of known length below the cell."""
    low, high = points.min(axis=0), points.max(axis=0)
    long = _round(max(high - low) / 4)
    y = low[1] - 0.06 * max(high - low)
    axes.plot([low[0], low[0] + long], [y, y], color="black", linewidth=2, solid_capstyle="butt")
    text = f"{long:g} µm ({names[0]} to the right, {names[1]} up)"
    note = {"textcoords": "offset points", "xytext": (0, -5), "va": "top", "fontsize": 8}
    axes.annotate(text, (low[0], y), **note)


def _round(length: float) -> float:
    """A length of 1, 2 or 5 times a power of ten, at most."""
    power = 10.0 ** math.floor(math.log10(length)) if length > 0.0 else 1.0
    return power * max(step for step in (1, 2, 5) if step * power <= length or step == 1)


def _in_space(axes: Any, cell: DrawnCell) -> None:
    """Lines as wide as the cell is, relative to its widest part."""
    from mpl_toolkits.mplot3d.art3d import Line3DCollection

    scale, label = _labelled(cell)
    begins, ends = cell.shape.begins / MICRON, cell.shape.ends / MICRON
    point = np.all(begins[:, :3] == ends[:, :3], axis=1)  # spheres as short lines
    ends = np.where(point[:, None], ends + np.array([1e-3, 0.0, 0.0, 0.0]), ends)
    widths = (begins[:, 3] + ends[:, 3]) / 2
    drawn = Line3DCollection(
        np.stack((begins[:, :3], ends[:, :3]), axis=1),
        array=(cell.values / scale)[cell.shape.compartments],
        linewidths=np.clip(_WIDEST * widths / widths.max(), _THINNEST, _WIDEST),
        cmap=COLORS,
        capstyle="round",
    )
    axes.add_collection3d(drawn)
    points = np.concatenate((begins, ends))[:, :3]
    low, high = points.min(axis=0), points.max(axis=0)
    extent = np.maximum(high - low, _FLATTEST * max(high - low))
    for name, middle, size in zip(AXES, (low + high) / 2, extent, strict=True):
        getattr(axes, f"set_{name}lim")(middle - 0.52 * size, middle + 0.52 * size)
        getattr(axes, f"set_{name}label")(f"{name} (µm)", labelpad=18 if name == "y" else 4)
        getattr(axes, f"{name}axis").set_major_locator(_ticks(size / max(extent)))
    axes.view_init(elev=20, azim=-60, vertical_axis="y")  # first: it turns the box as well
    axes.set_box_aspect(extent / max(extent), zoom=0.85)
    axes.set_title(cell.path, loc="left")
    _colors_beside(axes, drawn, label, 0.6)


def _colors_beside(axes: Any, drawn: Any, label: str, part: float) -> None:
    """What the colors mean, in full: also where all values are close to each other."""
    bar = axes.figure.colorbar(drawn, ax=axes, shrink=part, label=label, panchor=False)
    bar.formatter.set_useOffset(False)
    bar.update_ticks()
