"""The rule by which observed numbers meet expected ones, that of OSB Model Validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

DEFAULT_TOLERANCE = 0.1
ABSOLUTE = 1e-8


class Match(NamedTuple):
    """Whether numbers agree, and the least tolerance with which they would.

    Attributes:
        agree: each observed number is within the tolerance, a fraction of the expected one.
        least: None where no tolerance helps, as with another number of values.
        message: why they do not agree.
    """

    agree: bool
    least: float | None
    message: str


def compare(observed: ArrayLike, expected: ArrayLike, tolerance: float) -> Match:
    """Compares numbers one by one: |observed - expected| <= 1e-8 + tolerance |expected|.

    Args:
        observed: numbers.
        expected: numbers of the same shape.
        tolerance: a fraction.
    """
    import numpy as np

    try:
        found, wanted = np.asarray(observed, np.float64), np.asarray(expected, np.float64)
    except (ValueError, TypeError):
        return Match(False, None, "these are no numbers")
    if found.shape != wanted.shape:
        counts = f"{_count(found)} instead of {_count(wanted)}"
        return Match(False, None, f"another number of values: {counts}")
    least = _least(found, wanted)
    if bool(np.allclose(found, wanted, rtol=tolerance, atol=ABSOLUTE)):
        return Match(True, least, "")
    worst = int(np.argmax(np.abs(found - wanted).ravel() - tolerance * np.abs(wanted).ravel()))
    one = f"{found.ravel()[worst]:.10g} instead of {wanted.ravel()[worst]:.10g}"
    return Match(False, least, f"{one}, which the tolerance {tolerance:g} does not cover")


def _least(found: NDArray[np.float64], wanted: NDArray[np.float64]) -> float | None:
    """The largest difference as a fraction; those that are covered anyway do not count."""
    import numpy as np

    apart = np.abs(found - wanted).ravel()
    apart = np.where(apart <= ABSOLUTE, 0.0, apart)
    with np.errstate(divide="ignore", invalid="ignore"):
        fractions = np.where(apart == 0.0, 0.0, apart / np.abs(wanted).ravel())
    least = float(np.max(fractions)) if len(fractions) else 0.0
    return least if np.isfinite(least) else None


def tolerance_of(options: Any) -> float:
    """The tolerance that an observable names, or the usual one.

    Raises:
        ValueError: If it is no number.
    """
    given = options.get("tolerance") if isinstance(options, dict) else None
    tolerance = DEFAULT_TOLERANCE if given is None else float(given)
    if tolerance != tolerance:
        raise ValueError("the tolerance is no number")
    return tolerance


def _count(values: NDArray[np.float64]) -> str:
    return " x ".join(map(str, values.shape)) or "one"
