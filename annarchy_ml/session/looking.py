"""Finds values of a simulation by path, and shows its connections as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annarchy_ml.diagnostics.core import UsageError

if TYPE_CHECKING:
    from annarchy_ml.kernels.connectivity import Connections
    from annarchy_ml.passes.locate import Located
    from annarchy_ml.session.lowering import Lowered
    from annarchy_ml.session.simulation import Simulation


def place_of(simulation: Simulation, path: str) -> Located:
    """Where the value at a path is kept.

    Raises:
        UsageError: If nothing of this name is kept.
    """
    locate = looked_up(simulation).locate
    assert locate is not None
    try:
        place = locate(path)
    except KeyError as fault:
        raise UsageError(str(fault.args[0])) from fault
    wiring = simulation.__dict__.get("wiring")  # made when connections are first looked at
    if wiring is not None and (place.groups[0], place.field) in wiring.rows.unshared:
        raise UsageError(
            f"'{path}': connections have weights of their own since one of them was set",
            hint="read and set those of a projection, such as p/weight",
        )
    return place


def connections_of(simulation: Simulation, name: str) -> Connections:
    """The connections of a projection, by source, then target.

    Raises:
        UsageError: If there is no such projection.
    """
    try:
        made = simulation.wiring.connections(name)
    except KeyError as fault:
        raise UsageError(str(fault.args[0])) from fault
    if simulation.wiring.is_weighted(name):
        return made
    try:
        return made._replace(weights=simulation.get(f"{name}/weight"))
    except UsageError:  # nothing in the running model reads it: it is what it was
        return made


def projections_of(simulation: Simulation, name: str) -> list[int]:
    """The numbers in the engine of all that delivers events of a projection.

    Raises:
        UsageError: If there is no such projection.
    """
    links = looked_up(simulation).links
    assert links is not None
    try:
        rule = links.rule(name)
        groups = set() if rule is not None else {one.member.position for one in links.pieces(name)}
    except KeyError as fault:
        raise UsageError(str(fault.args[0])) from fault
    if rule is not None:
        return [simulation.wiring.finder.number(rule)]
    return [k for k, item in enumerate(simulation.plan.projections) if item.target in groups]


def looked_up(simulation: Simulation) -> Lowered:
    """What knows all paths; of a cached plan, the model is lowered once more."""
    if simulation.lookup is None:
        from annarchy_ml.session.lowering import lower_again

        simulation.lookup = lower_again(simulation.lowered)
    return simulation.lookup
