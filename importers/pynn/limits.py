"""What parameters of the standard cells can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pyNN import errors
from pyNN.standardmodels import StandardCellType

_POSITIVE = ("cm", "delta_T", "delta_v", "g_leak")
_NOT_NEGATIVE = ("rate", "duration", "lambda0")
_TIMES = ("start", "stop", "duration", "spike_times")
"""Parameters that may be infinite: what they tell of never comes."""
NEVER = 1e15
"""What the engine takes for an infinite time [ms or steps]."""


def check_finite(name: str, values: Any) -> None:
    """Refuses what is no number, and what is infinite but no time.

    Raises:
        InvalidParameterValueError: With the name.
    """
    if np.any(np.isnan(values)):
        raise errors.InvalidParameterValueError(f"{name} must not be NaN")
    if name not in _TIMES and np.any(np.isinf(values)):
        raise errors.InvalidParameterValueError(f"{name} must be finite")


def check_parameter(celltype: Any, name: str, given: Any) -> None:
    """Refuses values that a parameter, by its native name, cannot have.

    Raises:
        InvalidParameterValueError: With the name and the value.
    """
    parts = given if np.asarray(given).dtype == object else [given]
    fits = _limit(name) if isinstance(celltype, StandardCellType) else None
    for item in parts:
        value = np.asarray(getattr(item, "value", item))
        if value.dtype.kind not in "fiu":
            continue
        check_finite(name, value)
        if fits is not None and not np.all(fits[0](value)):
            raise errors.InvalidParameterValueError(f"{name} must {fits[1]}, not {np.min(value)}")


def _limit(name: str) -> tuple[Callable[[Any], Any], str] | None:
    last = name.rpartition("tau_")[2] if "tau_" in name else name
    if last in ("refrac", *_NOT_NEGATIVE):
        return lambda value: value >= 0.0, "not be negative"
    if "tau_" in name or last in _POSITIVE:
        return lambda value: value > 0.0, "be positive"
    return None


def check_together(celltype: Any, values: Mapping[str, Any]) -> None:
    """Refuses parameters that do not fit each other.

    Raises:
        InvalidParameterValueError: If spikes are to come faster than the dead time allows.
    """
    if isinstance(celltype, StandardCellType) and {"rate", "tau_refrac"} <= set(values):
        shares = np.asarray(values["rate"], float) * np.asarray(values["tau_refrac"], float)
        if np.any(shares > 1000.0):
            raise errors.InvalidParameterValueError(
                "rate must be less than one spike in tau_refrac: "
                f"{np.max(shares) * 1e-3:.6g} spikes are wanted"
            )
