"""Finds values of a simulation by path, and shows its connections as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.kernels.connectivity import Connections
from annarchy_ml.passes.links import in_order

if TYPE_CHECKING:
    from annarchy_ml.passes.locate import Located
    from annarchy_ml.session.lowering import Lowered
    from annarchy_ml.session.simulation import Simulation


def place_of(simulation: Simulation, path: str) -> Located:
    """Where the value at a path is kept.

    Raises:
        UsageError: If nothing of this name is kept.
    """
    locate = _looked_up(simulation).locate
    assert locate is not None
    try:
        return locate(path)
    except KeyError as fault:
        raise UsageError(str(fault.args[0])) from fault


def connections_of(simulation: Simulation, name: str) -> Connections:
    """The connections of a projection, by source, then target.

    Raises:
        UsageError: If there is no such projection.
    """
    links = _looked_up(simulation).links
    assert links is not None
    try:
        rule = links.rule(name)
        made = links.listed(name) if rule is None else None
    except KeyError as fault:
        raise UsageError(str(fault.args[0])) from fault
    if made is None:
        assert rule is not None
        return _from_engine(simulation, rule)
    try:
        return made._replace(weights=simulation.get(f"{name}/weight"))
    except UsageError:  # nothing in the running model reads it: it is what it was
        return made


def _from_engine(simulation: Simulation, rule: int) -> Connections:
    rows, targets, weights, delays = simulation.runtime.network.connections(rule)
    sources = np.repeat(np.arange(len(rows) - 1), np.diff(rows))
    each = np.broadcast_to(weights, targets.shape)
    return in_order(Connections(sources, targets.astype(np.int64), each, delays))


def _looked_up(simulation: Simulation) -> Lowered:
    """What knows all paths; of a cached plan, the model is lowered once more."""
    if simulation.lookup is None:
        from annarchy_ml.session.lowering import lower_again

        simulation.lookup = lower_again(simulation.lowered)
    return simulation.lookup
