"""What comes from outside of a network: spikes at given times, currents that depend on time alone.

when t >= time and spiked == 0: spiked = 1, emit spike        a spike at `time`
i = amplitude, if delay <= t < delay + duration               a current, step by step
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.exporters.nir.linear import Equations, emits
from annarchy_ml.exporters.nir.wanted import refused
from annarchy_ml.expr import Binary, Expr, Number, Symbol, free_symbols
from annarchy_ml.expr.arrays import evaluate_arrays
from annarchy_ml.expr.traverse import is_stochastic
from annarchy_ml.kernels.nodes import Set, When

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_ON = Number(1.0)
_OFF = Number(0.0)


def spikes_of(own: Equations) -> list[Numbers] | None:
    """The times at which cells send spikes, for each one; None of other cells than such."""
    if not own.conditions or not all(emits(item) for item in own.conditions):
        return None
    times = [_once(own, item) for item in own.conditions]
    if any(item is None for item in times):
        return None
    rows = np.array(times, float).reshape(len(times), own.size)
    return [np.sort(rows[:, cell]) for cell in range(own.size)]


def _once(own: Equations, condition: When) -> Numbers | None:
    """When a condition holds, if that is once: ``t >= time and spiked == 0``."""
    test = condition.test
    if not isinstance(test, Binary) or test.op != "and":
        return None
    when, flag = test.left, test.right
    if not isinstance(when, Binary) or when.op not in (">", ">=") or when.left != Symbol("t"):
        return None
    if not isinstance(flag, Binary) or flag.op != "==" or flag.right != _OFF:
        return None
    if not any(
        isinstance(item, Set) and Symbol(item.name) == flag.left and item.value == _ON
        for item in condition.body
    ):
        return None
    if free_symbols(when.right) - own.values.keys():
        return None
    return own.number(when.right, "its times")


def current_of(own: Equations, variable: str, times: Numbers) -> Numbers:
    """The values of a variable at given times, shape (times, instances).

    Raises:
        UsageError: If they depend on anything but time.
    """
    if own.rates or own.system.handlers:
        raise refused(own.label, "inputs with states of their own")
    values = {**own.values, "t": times[:, None]}
    shape = (len(times), own.size)
    if variable in own.known:
        return _at(own, own.known[variable], values, shape)
    found = np.zeros(shape)
    for condition in own.conditions:
        holds = _at(own, condition.test, values, shape) != 0.0
        for item in condition.body:
            if not isinstance(item, Set):
                raise refused(own.label, "inputs that do more than change with time")
            if item.name == variable:
                found = np.where(holds, _at(own, own.whole(item.value), values, shape), found)
    return found


def _at(own: Equations, e: Expr, values: dict[str, Numbers], shape: tuple[int, int]) -> Numbers:
    if is_stochastic(e) or free_symbols(e) - values.keys():
        raise refused(own.label, "inputs that depend on more than time")
    return np.array(np.broadcast_to(np.asarray(evaluate_arrays(e, values), float), shape))
