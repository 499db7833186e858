"""Functions of neurons and synapses as functions of arrays, for scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from annarchy_ml.expr import Expr, evaluate
from annarchy_ml.importers.equations.faults import ANNarchyException


def called(function: tuple[tuple[str, ...], Expr]) -> Callable[..., Any]:
    """A function of numbers or arrays, element by element."""
    names, body = function

    def value(*given: Any) -> Any:
        if len(given) != len(names):
            raise ANNarchyException(f"the function takes {len(names)} arguments, not {len(given)}")
        arrays = np.broadcast_arrays(*(np.asarray(item, float) for item in given))
        flat = zip(*(item.ravel().tolist() for item in arrays), strict=True)
        found = [evaluate(body, dict(zip(names, items, strict=True))) for items in flat]
        return found[0] if arrays[0].ndim == 0 else np.array(found).reshape(arrays[0].shape)

    return value
