"""Values that scripts give: numbers, arrays, lists, quantities, laws; and laws drawn by NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException, InvalidConfiguration
from annarchy_ml.importers.equations.units import TIMES, quantity
from annarchy_ml.model.laws import drawn as drawn
from annarchy_ml.model.laws import is_law as is_law
from annarchy_ml.model.laws import is_own_law as is_own_law

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = float | NDArray[np.float64]


def numbers(
    given: Any,
    count: int,
    what: str,
    rng: np.random.Generator,
    shape: tuple[int, ...] = (),
) -> Values:
    """One number, or one for each of ``count`` elements.

    Args:
        given: what a script gives.
        count: of the elements.
        what: it is for, in messages.
        rng: draws from laws.
        shape: that an array of several axes must have; empty for any.

    Raises:
        ANNarchyException: If it is neither.
    """
    given = quantity(given)
    if given is None:
        raise ANNarchyException(f"{what} takes numbers, not a text without a number")
    if is_law(given):
        return drawn(given, count, rng)
    try:
        array = np.asarray(given, dtype=float)
    except (TypeError, ValueError) as fault:
        raise ANNarchyException(f"{what} takes numbers, not {given!r}") from fault
    if array.ndim == 0:
        return float(array)
    if np.squeeze(array).ndim > 1 and shape and array.shape != shape:
        raise ANNarchyException(f"{what} takes an array of shape {shape}, not {array.shape}")
    if array.size != count:
        raise ANNarchyException(f"{what} takes one value or {count}, not {array.size}")
    return array.reshape(count).copy()


def steps(duration: float, h: float) -> int:
    """A time in steps of ``h``, half away from zero."""
    ratio = duration / h
    return int(np.floor(abs(ratio) + 0.5)) * (1 if ratio >= 0 else -1)


def time_of(given: Any, what: str) -> float:
    """A time in ms, given as a number or a quantity.

    Raises:
        ANNarchyException: If it is none, or negative.
    """
    try:
        value = float(quantity(given, TIMES))
    except (TypeError, ValueError):
        value = -1.0
    if not 0.0 <= value < np.inf:
        raise ANNarchyException(f"{what} is a time in ms, not {given!r}")
    return value


def quantity_of_time(given: Any, what: str) -> float:
    """A time in ms that may be negative.

    Raises:
        ANNarchyException: If it is none.
    """
    negative = isinstance(given, (int, float)) and given < 0
    return -time_of(-given, what) if negative else time_of(given, what)


def step_of(given: Any) -> float:
    """The step in ms.

    Raises:
        InvalidConfiguration: If it is no time, or not longer than 0.
    """
    value = time_of(given, "dt")
    if value == 0.0:
        raise InvalidConfiguration("dt is longer than 0")
    return value


def of_type(values: Values, kind: str) -> Values:
    """Values as an attribute of this type keeps them: whole for ``int``, 0 or 1 for ``bool``."""
    if kind == "float":
        return values
    found = np.trunc(values) if kind == "int" else np.not_equal(values, 0.0).astype(float)
    return float(found) if np.ndim(found) == 0 else found
