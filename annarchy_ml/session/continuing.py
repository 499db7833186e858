"""A network that goes on as a larger one: what of the one before becomes what of the other.

Before: two simulations, of which the second has all groups and connections of the first, and more.
After: the second has its time, its events under way and its values. Synapses that are listed one by
one share a group with what has been added, and lie elsewhere in it: their values follow the
connections. Where one of the two sums the synapses of a compartment, sums are what goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.kernels.nodes import Placement, Role
from annarchy_ml.passes.links import listed_places
from annarchy_ml.passes.wired import UNHEARD
from annarchy_ml.session.looking import looked_up, projections_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.passes.links import Links
    from annarchy_ml.session.simulation import Simulation

    Ends = tuple[str, str, str, str]
    Places = dict[tuple[int, int], tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]]


def go_on(
    before: Simulation, own: Simulation, names: Sequence[str], couplings: Iterable[str]
) -> None:
    """Goes on at the time and with the values of a simulation of a part of a network.

    Args:
        before: what has run so far; its groups are called as in the other.
        own: what goes on.
        names: of the projections of the former, with the connections that they have in the latter.
        couplings: names of its couplings, and of components at the ends of its junctions, whose
            parameters are those that they have in the latter.
    """
    own.runtime.network.go_on_from(before.runtime.network, list(_delivering(before, own, names)))
    _keep_groups(before, own, set(couplings))
    _keep_listed(before, own, names)


def _delivering(
    before: Simulation, own: Simulation, names: Sequence[str]
) -> Iterator[tuple[int, int]]:
    """The numbers in both engines of all that delivers the same events."""
    taken: tuple[set[int], set[int]] = set(), set()
    for name in names:
        old, new = (_named(item, name) for item in (before, own))
        yield from zip(old, new, strict=True)
        taken[0].update(old)
        taken[1].update(new)
    others = _by_ends(own, taken[1])
    for ends, numbers in _by_ends(before, taken[0]).items():
        yield from zip(numbers, others.get(ends, ()), strict=False)


def _named(simulation: Simulation, name: str) -> list[int]:
    """The numbers of what delivers to the connections of a projection, and of no other."""
    links = looked_up(simulation).links
    assert links is not None
    if links.rule(name) is not None:
        return projections_of(simulation, name)
    found = simulation.wiring.found(name)
    numbers = {int(item) for item in np.unique(found.numbers)}
    return sorted((numbers | set(found.traces.values())) - {UNHEARD})


def _by_ends(simulation: Simulation, left_out: set[int]) -> dict[Ends, list[int]]:
    """The other projections by where they lead from and to, in the order in which they were made.

    These are the events of cells that their synapses hear.
    """
    found: dict[Ends, list[int]] = {}
    groups = simulation.plan.groups
    for number, item in enumerate(simulation.plan.projections):
        if number not in left_out:
            ends = groups[item.source].name, item.source_port
            found.setdefault((*ends, groups[item.target].name, item.target_port), []).append(number)
    return found


def _keep_groups(before: Simulation, own: Simulation, couplings: set[str]) -> None:
    """Values of groups that have as many instances as before; of one name, the last one counts."""
    position = {item.name: at for at, item in enumerate(own.plan.groups)}
    for name, at in {item.name: at for at, item in enumerate(before.plan.groups)}.items():
        if name not in position:
            continue
        left_out = name.rpartition("/")[2].rpartition(":")[2] in couplings
        fields = {item.name for item in own.runtime.kernel_of(position[name]).fields}
        for item in before.runtime.kernel_of(at).fields:
            if item.name not in fields or (left_out and item.role is Role.PARAMETER):
                continue
            values = before.runtime.field(at, item.name)
            kept = own.runtime.field(position[name], item.name)
            if kept.shape == values.shape:
                kept[...] = values


def _keep_listed(before: Simulation, own: Simulation, names: Sequence[str]) -> None:
    """Values of synapses that are listed one by one, connection by connection."""
    for (old, new), places in _listed(before, own, names).items():
        former, present = (np.concatenate(item) for item in places)
        _, once = np.unique(former, return_index=True)
        former, present = former[once], present[once]
        fields = {item.name: item for item in own.runtime.kernel_of(new).fields}
        for item in before.runtime.kernel_of(old).fields:
            if item.role is Role.PARAMETER or item.placement is not Placement.PER_INSTANCE:
                continue
            if item.name in fields and fields[item.name].placement is Placement.PER_INSTANCE:
                values = before.runtime.field(old, item.name)[former]
                kept = own.runtime.field(new, item.name)
                kept[present] = 0
                np.add.at(kept, present, values)


def _listed(before: Simulation, own: Simulation, names: Sequence[str]) -> Places:
    """Where the synapses of some projections lie in both, by the numbers of their groups."""
    found: Places = {}
    both = [(item, looked_up(item).links) for item in (before, own)]
    for name in names:
        places = [_places(links, name) for _, links in both if links is not None]
        if places[0] is None or places[1] is None:
            continue
        (old, former), (new, present) = places[0], places[1]
        kept = found.setdefault((old, new), ([], []))
        kept[0].append(former)
        kept[1].append(present)
    return found


def _places(links: Links, name: str) -> tuple[int, NDArray[np.int64]] | None:
    """The group of the synapses of a projection and where they lie in it, by source, then target.

    None if they are not listed one by one, or are split into parts that nothing is added to.
    """
    if links.rule(name) is not None:
        return None
    return listed_places(links, name)
