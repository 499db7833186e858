"""Connections by a map of pairs, many targets at a time instead of one by one.

Random numbers are drawn in the order in which PyNN draws them, target by target, so that a script
makes the same network everywhere. Where that order would be another one, PyNN's own loop is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from lazyarray import larray
from pyNN import connectors, errors
from pyNN.random import NumpyRNG, RandomDistribution

from annarchy_ml.importers.pynn.random_numbers import is_native

PAIRS_AT_ONCE = 1 << 18
"""Pairs of cells of one block, about: 2 MB of random numbers."""
_OF_PYNN = ("pyNN.connectors", "pyNN.space")
_ONE_BY_ONE = ("uniform", "normal", "exponential", "lognormal")
"""Distributions of which n numbers are n times one, of NumPy's legacy generator."""


class Blocks(connectors.MapConnector):
    """A connector whose connections are made as arrays."""

    def _connect_with_map(self, projection: Any, connection_map: Any, *others: Any) -> None:
        """Makes the connections of a map of pairs, of shape (sources, targets)."""
        taken = self.callback is None and _is_plain(connection_map)
        if not taken or not _draws_apart(self, projection, connection_map):
            super()._connect_with_map(projection, connection_map, *others)
            return
        found = list(_pairs(connection_map, projection.shape))
        if found:
            sources, targets = (np.concatenate(part) for part in zip(*found, strict=True))
            connect_pairs(self, projection, sources, targets)


def _is_plain(given: Any) -> bool:
    """Whether many columns of a map can be taken at once."""
    base = given.base_value
    if isinstance(base, RandomDistribution):
        plain = type(base.rng) is NumpyRNG and base.name == "uniform"
    elif callable(base):  # functions of a script may expect the sources of one target
        plain = getattr(base, "__module__", "") in _OF_PYNN and not hasattr(base, "projection")
    else:
        plain = isinstance(base, (bool, int, float, np.generic, np.ndarray))
    known = [arg for _, arg in given.operations if isinstance(arg, larray)]
    return plain and all(
        _is_plain(item) and not isinstance(item.base_value, RandomDistribution) for item in known
    )


def _draws_apart(connector: Any, projection: Any, connection_map: Any) -> bool:
    """Whether all random numbers come from generators of their own."""
    given = projection.synapse_type.native_parameters
    maps = [connection_map, *(item for _, item in given.items())]
    laws = [item.base_value for item in maps if isinstance(item.base_value, RandomDistribution)]
    further = any(isinstance(arg, larray) for item in maps[1:] for _, arg in item.operations)
    generators = [law.rng for law in laws if not is_native(law.rng)]
    return not further and len({id(item) for item in generators}) == len(generators)


def _pairs(connection_map: Any, shape: tuple[int, int]) -> Iterator[tuple[Any, Any]]:
    """Sources and targets of the pairs in a map, sorted by target, then source."""
    sources, targets = shape
    width = max(1, PAIRS_AT_ONCE // max(1, sources))
    for begin in range(0, targets, width):
        end = min(begin + width, targets)
        block = (slice(0, sources), slice(begin, end))
        base = connection_map.base_value
        if isinstance(base, RandomDistribution):
            drawn = base.next(sources * (end - begin)).reshape(end - begin, sources).T
            found = connection_map._apply_operations(drawn, block)
        else:
            found = connection_map._partially_evaluate(block, simplify=True)
        whole = np.broadcast_to(np.asarray(found), (sources, end - begin))
        columns, rows = np.nonzero(whole.T)
        if len(rows):
            yield rows.astype(np.int32), (columns + begin).astype(np.int32)


def connect_pairs(connector: Any, projection: Any, sources: Any, targets: Any) -> None:
    """Makes connections of pairs, with the parameters of the synapse type.

    Args:
        connector: whose options count.
        projection: to which they belong.
        sources: numbers of cells, shape (n,).
        targets: numbers of cells, shape (n,), ascending.
    """
    if not len(sources):
        return
    space = connector._parameters_from_synapse_type(projection)
    given = {name: _values(item, sources, targets) for name, item in space.items()}
    if connector.safe:
        check_given(projection, given, targets)
    hand_over(projection, connector.location_selector, (sources, targets), given)
    if connector.callback:
        connector.callback(1.0)


def check_given(projection: Any, given: dict[str, Any], targets: Any) -> None:
    """Refuses weights and delays that connections to a cell cannot have.

    Raises:
        ConnectionError: If weights to one cell have different signs, and so on.
    """
    synapse = projection.synapse_type
    for name, check in getattr(synapse, "parameter_checks", {}).items():
        values = given.get(synapse.translations[name]["translated_name"])
        if values is None:
            continue
        try:
            check(values, projection)
        except errors.ConnectionError:
            if np.ndim(values) == 0:
                raise
            for part in _by_target(targets):
                check(values[part], projection)


def _by_target(targets: Any) -> list[slice]:
    """The connections of each target."""
    begins = np.flatnonzero(np.append(True, np.diff(targets) != 0)).tolist()
    return [slice(*ends) for ends in zip(begins, [*begins[1:], len(targets)], strict=True)]


def hand_over(projection: Any, location: Any, pairs: tuple[Any, Any], given: Any) -> None:
    """All at once, but target by target where one may have morphology."""
    sources, targets = pairs
    ends = getattr(projection.post, "populations", [projection.post])
    if location is None and not any(hasattr(item.celltype, "spread") for item in ends):
        projection.connect_arrays(sources, targets, given)
        return
    for part in _by_target(targets):
        own = {key: item if np.ndim(item) == 0 else item[part] for key, item in given.items()}
        projection._convergent_connect(sources[part], int(targets[part.start]), location, **own)


def _values(item: Any, sources: Any, targets: Any) -> Any:
    """Values of a parameter for pairs of cells, drawn in their order where they are random."""
    if item.is_homogeneous:
        return item.evaluate(simplify=True)
    base = item.base_value
    if isinstance(base, RandomDistribution) and _is_one_by_one(base):
        drawn = larray(base.next(len(sources)), shape=(len(sources),))
        drawn.operations = list(item.operations)
        return np.asarray(drawn.evaluate(simplify=False), float)
    if isinstance(base, np.ndarray) and base.ndim == 2 and not item.operations:
        return base[sources, targets].astype(float)
    found = np.empty(len(sources))
    for part in _by_target(targets):
        found[part] = item[sources[part], int(targets[part.start])]
    return found


def _is_one_by_one(law: RandomDistribution) -> bool:
    """Whether all numbers can be drawn at once: they are the same, or in any order."""
    return is_native(law.rng) or (type(law.rng) is NumpyRNG and law.name in _ONE_BY_ONE)
