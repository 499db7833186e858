"""What differs between the cells of W1, with the distributions of Izhikevich (2003)."""

from __future__ import annotations

from typing import Any

import numpy as np


def izhikevich_values(excitatory: int, inhibitory: int, seed: int) -> dict[str, dict[str, Any]]:
    """Values by population and parameter; what is not given is a 0.02, b 0.2, c -65, d 2."""
    draw = np.random.default_rng(seed)
    e, i = draw.random(excitatory), draw.random(inhibitory)
    return {
        "exc": {"c": -65 + 15 * e**2, "d": 8 - 6 * e**2, "noise": 5.0},
        "inh": {"a": 0.02 + 0.08 * i, "b": 0.25 - 0.05 * i, "noise": 2.0},
    }
