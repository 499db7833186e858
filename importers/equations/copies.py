"""Copies of a value that many share: each neuron or synapse has one, and all of them are the same.

s = s + 1 : postsynaptic       a new synapse takes the s of another one of its neuron
z = k : postsynaptic           k is the same for all synapses of a neuron, or it is refused
m = k : population             k is the same for all neurons, or it is refused
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.expr import free_symbols
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.localities import WIDTHS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.population import Population
    from annarchy_ml.importers.equations.projection import Projection
    from annarchy_ml.importers.equations.statements import Equation
    from annarchy_ml.importers.equations.synapse import Synapse


def width(synapse: Synapse | None, name: str) -> str:
    """How many values a name may have, so that all shared values that read it stay the same."""
    if synapse is None or (name == "w" and name not in synapse.variables):
        return "local"
    if name in synapse.variables:
        return synapse.locality(synapse.variables[name])
    found = [synapse.parameters[name].locality]
    for item in (*synapse.equations, *synapse.post_spike):
        variable = synapse.variables.get(item.name)
        if variable is not None and name in _read(item):
            found.append(synapse.locality(variable))
    return min(found, key=WIDTHS.index)


def _read(item: Equation) -> frozenset[str]:
    """Names that an equation, its bounds and its start value read."""
    parts = (item.value, item.flags.low, item.flags.high, item.flags.init)
    known = (free_symbols(part) for part in parts if part is not None and hasattr(part, "operands"))
    return frozenset[str]().union(*known)


def check_alike(population: Population, name: str, values: Any) -> None:
    """Refuses values that differ between neurons where a value for all of them reads them.

    Raises:
        ANNarchyException: If they do.
    """
    given, neuron = np.ravel(values), population.neuron_type
    if not np.any(given != given[:1]):
        return
    for item in neuron.equations:
        if neuron.locality(neuron.variables[item.name]) == "global" and name in _read(item):
            raise ANNarchyException(
                f"'{name}' of '{population.name}' is read by '{item.name}', one value for all "
                "neurons: it cannot differ between them"
            )


def places(kind: str, targets: Any) -> NDArray[np.int64]:
    """Which of the shared values each synapse has."""
    if kind == "local":
        return np.arange(len(targets))
    found = np.unique(targets, return_inverse=True)[1]
    return found if kind == "semiglobal" else np.zeros_like(found)


def check_copies(projection: Projection, name: str, values: Any) -> None:
    """Refuses values that differ where synapses share one.

    Raises:
        ANNarchyException: If they do.
    """
    kind = width(projection.definition, name)
    if kind == "local" or np.ndim(values) == 0 or len(values) == 0:
        return
    given = np.asarray(values)
    if np.array_equal(given, _first_of_each(given, places(kind, projection.pairs()[1]))):
        return
    whose = "of a post neuron" if kind == "semiglobal" else "of the projection"
    why = "is one value" if projection.locality(name) == kind else "is read by what is one value"
    raise ANNarchyException(
        f"'{name}' of '{projection.name}' {why} for all synapses {whose}: it cannot differ "
        "between them"
    )


def _first_of_each(values: Any, where: NDArray[np.int64]) -> Any:
    """The value of the first synapse at each place, for all synapses of it."""
    _, first, back = np.unique(where, return_index=True, return_inverse=True)
    return values[first][back]


def filled(values: Any, where: NDArray[np.int64], new: NDArray[np.bool_]) -> Any:
    """Values in which new synapses have what others at their place have, the first new one else."""
    order = np.argsort(new, kind="stable")
    _, first, back = np.unique(where[order], return_index=True, return_inverse=True)
    found = np.array(values, float)
    source = np.empty(len(where), int)
    source[order] = order[first][back]
    found[new] = found[source[new]]
    return found
