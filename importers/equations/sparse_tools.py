"""Sparse matrices for `Projection.from_sparse`, and added functions over arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.functions import called
from annarchy_ml.importers.equations.globals import functions_everywhere
from annarchy_ml.importers.equations.values import numbers

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.population import Population, PopulationView


def sparse_random_matrix(
    pre: Population | PopulationView,
    post: Population | PopulationView,
    proba: float,
    weights: Any,
) -> Any:
    """A matrix in which each pair of neurons is joined with a probability.

    Args:
        pre: the neurons of the rows; their network draws.
        post: the neurons of the columns.
        proba: of each pair.
        weights: a number or a law.

    Returns:
        A SciPy matrix ``lil``, shape (pre.size, post.size).
    """
    if not 0.0 <= proba <= 1.0:
        raise ANNarchyException(f"a probability lies between 0 and 1, not {proba!r}")
    rng = pre.net.default_rng
    counts = rng.binomial(post.size, proba, pre.size)
    columns = [np.sort(rng.choice(post.size, count, replace=False)) for count in counts]
    rows = np.repeat(np.arange(pre.size), counts)
    values = np.broadcast_to(numbers(weights, len(rows), "'weights'", rng), rows.shape)
    places = (rows, np.concatenate([*columns, np.zeros(0, int)]))
    return _sparse().coo_matrix((values, places), (pre.size, post.size)).tolil()


def sparse_delays_from_weights(weights: Any, delays: Any) -> Any:
    """Delays for the entries of a sparse matrix of weights.

    Args:
        weights: the matrix.
        delays: a number or a law [ms].

    Returns:
        A SciPy matrix ``lil`` of the same shape.
    """
    from annarchy_ml.importers.equations.network import default_network

    entries = weights.tocoo()
    values = numbers(delays, entries.nnz, "'delays'", default_network().default_rng)
    places = (entries.row, entries.col)
    found = np.broadcast_to(values, entries.row.shape)
    return _sparse().coo_matrix((found, places), entries.shape).tolil()


def functions(name: str, network: Any = None) -> Callable[..., Any]:
    """A function of `add_function`, over numbers or arrays, element by element.

    Raises:
        ANNarchyException: If there is none of this name.
    """
    known = functions_everywhere()
    if name not in known:
        raise ANNarchyException(f"there is no function '{name}'")
    return called(known[name])


def _sparse() -> Any:
    try:
        import scipy.sparse
    except ImportError as fault:
        raise ANNarchyException("sparse matrices need SciPy: pip install scipy") from fault
    return scipy.sparse
