"""Copies of a model by its plan: instance k of a group is ``c * size + k`` of it in copy c.

Nothing is read or lowered for that. The kernels are those of the model, and so are start values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from annarchy_ml.session.copies import Copies, NoCopiesError, measured_paths

if TYPE_CHECKING:
    from annarchy_ml.kernels.plan import (
        EventRecording,
        FloatArray,
        GroupPlan,
        Recording,
        SimulationPlan,
        StartValues,
    )
    from annarchy_ml.passes.locate import Located
    from annarchy_ml.session.lowering import Lowered
    from annarchy_ml.session.simulation import Simulation

_Item = TypeVar("_Item", "Recording", "EventRecording")


class Tiles(Copies):
    """Where the cells of each copy are; a path means the same value in all of them."""

    def columns(self, path: str) -> tuple[str, slice]:
        """The path itself: all that is found there is meant."""
        return path, slice(None)


def tiled(simulation: Simulation, count: int) -> tuple[Lowered, Copies]:
    """Many copies of a model.

    Args:
        simulation: of the model alone, with the values of its file.
        count: of the copies.

    Raises:
        NoCopiesError: If instances of its groups meet or do not lie in a row.
    """
    from annarchy_ml.kernels.initialize import start_values
    from annarchy_ml.session.looking import looked_up

    lowered = simulation.lowered
    alone = lowered.whole_plan()
    copies = Tiles(count, _sizes(alone), measured_paths(lowered))
    many = _repeated(alone, copies)
    starts = start_values(many, many.seed)
    _check_starts(starts, lowered.starts, many)
    locate = looked_up(simulation).locate
    assert locate is not None
    found = partial(_located, locate, [group.size for group in alone.groups], count)
    made = replace(
        lowered, plan=many, starts=starts, read_bodies=None, locate=found, links=None, timings={}
    )
    return made, copies


def _sizes(plan: SimulationPlan) -> dict[str, int]:
    """The sizes of populations.

    Raises:
        NoCopiesError: If the plan has more than these and what is attached to their cells.
    """
    if plan.projections or plan.couplings or plan.group_events:
        raise NoCopiesError("its cells meet")
    for group in plan.groups:
        if group.externals or group.indices or group.cable is not None or group.couples:
            raise NoCopiesError(f"'{group.name}' is no row of like instances")
    roots = [(number, group) for number, group in enumerate(plan.groups) if group.host is None]
    sizes = {group.name: group.size for _, group in roots}
    whole = sorted((number, 0, group.size) for number, group in roots)
    if len(sizes) != len(roots) or whole != sorted((k.group, k.begin, k.end) for k in plan.blocks):
        raise NoCopiesError("a population steps in several parts")
    return sizes


def _repeated(alone: SimulationPlan, copies: Copies) -> SimulationPlan:
    count, sizes = copies.count, [group.size for group in alone.groups]
    return replace(
        alone,
        groups=tuple(_group(group, sizes, count) for group in alone.groups),
        blocks=tuple(replace(item, end=item.end * count) for item in alone.blocks),
        recordings=tuple(
            _recorded(item, copies, sizes[item.group], number)
            for item in alone.recordings
            # what is only drawn is a field of the kernels, which stay the same
            for number in range(count if item.path in copies.measured else 1)
        ),
        event_recordings=tuple(
            _recorded(item, copies, sizes[item.group], number)
            for item in alone.event_recordings
            for number in range(count)
        ),
    )


def _recorded(item: _Item, copies: Copies, size: int, number: int) -> _Item:
    """What is recorded of one copy, in a group that had ``size`` instances."""
    return replace(item, path=copies.path(item.path, number), index=number * size + item.index)


def _group(group: GroupPlan, sizes: Sequence[int], count: int) -> GroupPlan:
    hosts = group.host_index
    if group.host is not None and hosts is not None:
        first = sizes[group.host] * np.arange(count)[:, None]
        hosts = (first + hosts).ravel().astype(hosts.dtype)
    return replace(
        group,
        size=group.size * count,
        values={name: _tile(value, count) for name, value in group.values.items()},
        given={
            name: np.tile(np.broadcast_to(value, (group.size,)), count)
            for name, value in group.given.items()
        },
        host_index=hosts,
    )


def _tile(value: FloatArray, count: int) -> FloatArray:
    """Values of all copies; one that all instances have stays one."""
    return value if len(value) == 1 else np.tile(value, count)


def _check_starts(many: StartValues, alone: StartValues, plan: SimulationPlan) -> None:
    """Refuses models whose start values depend on the number of an instance."""
    for group, ours, theirs in zip(plan.groups, many, alone, strict=True):
        for name, value in theirs.items():
            tile = np.broadcast_to(_tile(value, group.size // len(value)), ours[name].shape)
            if not np.array_equal(ours[name], tile, equal_nan=True):
                raise NoCopiesError(f"the start values of '{group.name}' are those of its places")


def _located(
    locate: Callable[[str], Located], sizes: Sequence[int], count: int, path: str
) -> Located:
    """Where the value at a path of the model alone is kept in all copies, copy by copy.

    Raises:
        KeyError: If nothing of this name is kept, or not once in each copy.
    """
    place = locate(path)
    if len(place.groups) > 1 or (place.single and place.index < 0):
        raise KeyError(f"'{path}' is not once in each copy")
    size = sizes[place.groups[0]]
    own = np.array([place.index]) if place.single else place.order
    own = np.arange(size) if own is None else own
    order = (size * np.arange(count)[:, None] + own).ravel()
    return replace(place, index=-1, single=False, order=order)
