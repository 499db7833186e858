"""Where cells that are recorded lie: the places that their instances have in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from annarchy_ml.model.instance import Container
from annarchy_ml.recorded import split_path

if TYPE_CHECKING:
    from annarchy_ml.model.component import Component
    from annarchy_ml.model.instance import NetworkInstance
    from annarchy_ml.recorded import Position

_AXES = ("x", "y", "z")
_Finder = Callable[[str], "Position | None"]


def positions_of(network: NetworkInstance, paths: Iterable[str]) -> dict[str, Position]:
    """The places of cells by the paths that lead to or into them; cells without one are left out.

    Before: ``<instance id="0"><location x="1" y="2" z="3"/></instance>``, and ``pop/0/cell/v``.
    After: ``(1.0, 2.0, 3.0)``, in micrometers as NeuroML says.
    """
    finders: dict[str, _Finder] = {}
    found: dict[str, Position] = {}
    for path in paths:
        population = split_path(path).population
        if population not in finders:
            finders[population] = _finder(network, population)
        place = finders[population](path)
        if place is not None:
            found[path] = place
    return found


def _finder(network: NetworkInstance, population: str) -> _Finder:
    """Finds places of the cells of one population, each once."""
    where = network.top.members.get(population) if network.top is not None else None
    known: dict[int, Position | None] = {}
    if not isinstance(where, Container) or not isinstance(next(iter(where.items), None), Container):
        return lambda path: None

    def find(path: str) -> Position | None:
        index = split_path(path).index
        if index not in known:
            known[index] = _place(where, index, "[" in path.partition("/")[0])
        return known[index]

    return find


def _place(population: Container, index: int, by_number: bool) -> Position | None:
    """The place of one instance.

    Args:
        population: whose it is.
        index: its number there, or its id.
        by_number: which of the two.
    """
    if by_number:
        made = population.items[index] if index < len(population.items) else None
    else:
        made = population.members.get(str(index)) or population.items.find(str(index))
    return _written(made.component) if isinstance(made, Container) else None


def _written(instance: Component) -> Position | None:
    """The place that an instance has in the file."""
    for child in instance.children:
        if child.slot == "location":
            try:
                x, y, z = (float(child.attributes[axis]) for axis in _AXES)
            except (KeyError, ValueError):
                return None
            return x, y, z
    return None
