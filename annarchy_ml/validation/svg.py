"""Draws figures as SVG text: curves and spike marks with axes, without any library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain
from math import ceil, floor, isfinite, log10

from annarchy_ml.validation.verdicts import Curve, Figure

_WIDTH, _HEIGHT, _LOW = 720, 240, 110
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 12, 26, 40
_MARGIN = 0.05
"""Free above and below what is drawn, by its height."""
_COLORS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#17becf")
_TICKS = 6


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where numbers lie in a picture, whose height is `height`."""

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    height: int

    def x(self, value: float) -> float:
        low, high = self.x_range
        return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        low, high = self.y_range
        return self.bottom - (value - low) / (high - low) * (self.bottom - _TOP)

    @property
    def bottom(self) -> int:
        """Where the axis of x lies."""
        return self.height - _BOTTOM


def svg_text(figure: Figure) -> str:
    """A figure as an ``<svg>`` element; one that has spikes alone is low, and has no heights."""
    has_lines = not all(curve.marks for curve in figure.curves)
    frame = _Frame(
        _range(chain.from_iterable(curve.x for curve in figure.curves)),
        _with_margin(_range(chain.from_iterable(curve.y for curve in figure.curves))),
        _HEIGHT if has_lines else _LOW,
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {frame.height}" '
        f'role="img" aria-label="{escape(figure.title, quote=True)}">',
        f'<text x="{_LEFT}" y="14" class="title">{escape(figure.title)}</text>',
        *_axes(frame, has_lines),
        *_axis_labels(figure, frame),
    ]
    labels = []
    n_lines = sum(not curve.marks for curve in figure.curves)
    for number, curve in enumerate(figure.curves):
        color = _COLORS[number % len(_COLORS)]
        is_covered = number == 0 and n_lines > 1
        parts.append(_line(curve, _stroke(color, is_covered), frame))
        labels.append(f'<tspan fill="{color}" dx="10">{escape(curve.label)}</tspan>')
    place = f'x="{_WIDTH - _RIGHT}" y="14" text-anchor="end"'
    return "\n".join([*parts, f"<text {place}>{''.join(labels)}</text>", "</svg>"])


def _stroke(color: str, is_covered: bool) -> str:
    """How a curve is drawn: broad where equal ones will lie on it."""
    return f'stroke="{color}"' + (' stroke-width="4" stroke-opacity="0.5"' if is_covered else "")


def _range(numbers: Iterator[float]) -> tuple[float, float]:
    """Smallest and largest, never equal."""
    finite = [number for number in numbers if isfinite(number)]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    if low == high:
        half = abs(low) / 2 or 0.5
        return low - half, high + half
    return low, high


def _with_margin(span: tuple[float, float]) -> tuple[float, float]:
    more = _MARGIN * (span[1] - span[0])
    return span[0] - more, span[1] + more


def _line(curve: Curve, stroke: str, frame: _Frame) -> str:
    places = [
        (frame.x(x), frame.y(y))
        for x, y in zip(curve.x, curve.y, strict=True)
        if isfinite(x) and isfinite(y)
    ]
    if curve.marks:
        path = "".join(f"M{x:.1f} {y - 4:.1f}v8" for x, y in places)
    else:
        path = "".join(
            f"{'M' if number == 0 else 'L'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(places)
        )
    return f'<path d="{path}" fill="none" {stroke}/>'


def _axes(frame: _Frame, has_heights: bool) -> Iterator[str]:
    bottom = frame.bottom
    yield (
        f'<path d="M{_LEFT} {_TOP}V{bottom}H{_WIDTH - _RIGHT}" fill="none" stroke="currentColor"/>'
    )
    for value, text in _ticks(frame.x_range):
        x = frame.x(value)
        yield f'<path d="M{x:.1f} {bottom}v4" stroke="currentColor"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{text}</text>'
    for value, text in _ticks(frame.y_range) if has_heights else ():
        y = frame.y(value)
        yield f'<path d="M{_LEFT} {y:.1f}h-4" stroke="currentColor"/>'
        yield f'<text x="{_LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'


def _axis_labels(figure: Figure, frame: _Frame) -> Iterator[str]:
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    yield (
        f'<text x="{middle}" y="{frame.height - 6}" text-anchor="middle">'
        f"{escape(figure.x_label)}</text>"
    )
    yield (
        f'<text x="14" y="{frame.height / 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {frame.height / 2})">{escape(figure.y_label)}</text>'
    )


def _ticks(span: tuple[float, float]) -> Iterator[tuple[float, str]]:
    """Round numbers within a range."""
    step = _round_step((span[1] - span[0]) / _TICKS)
    for number in range(ceil(span[0] / step - 1e-9), floor(span[1] / step + 1e-9) + 1):
        yield number * step, f"{number * step:.6g}"


def _round_step(least: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least)


def thinned(
    x: Sequence[float], y: Sequence[float], points: int = 1500
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A curve by the extremes of short stretches: no spike is lost.

    Args:
        x: positions.
        y: values, as many.
        points: about how many are kept.
    """
    stretch = max(1, 2 * len(x) // points)
    kept: list[int] = []
    for begin in range(0, len(x), stretch):
        rows = range(begin, min(begin + stretch, len(x)))
        kept += sorted({min(rows, key=y.__getitem__), max(rows, key=y.__getitem__)})
    return tuple(float(x[row]) for row in kept), tuple(float(y[row]) for row in kept)
