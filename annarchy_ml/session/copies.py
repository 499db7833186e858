"""Many copies of a small model in one: its populations repeated, so that one kernel steps them all.

A copy differs from the model alone only in the numbers of its cells: cell k of copy c is cell
``c * size + k``. Models whose cells meet (projections) or that draw random numbers have no copies.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from annarchy_ml.kernels.nodes import Draw
from annarchy_ml.kernels.uses import walk
from annarchy_ml.model.component import Component
from annarchy_ml.model.simulation import OutputFile

if TYPE_CHECKING:
    from annarchy_ml.kernels.plan import SimulationPlan
    from annarchy_ml.model.document import Document
    from annarchy_ml.session.lowering import Lowered
    from annarchy_ml.session.simulation import Simulation

_PATHS = {
    "explicitInput": "target",
    "OutputColumn": "quantity",
    "EventSelection": "select",
    "Line": "quantity",
}
"""Elements that are repeated, and the attribute that leads to a cell."""
_SILENT = frozenset(("notes", "annotation", "property"))
_CELL = re.compile(r"([^/\[\]]+)\[(\d+)\](.*)", re.S)
_NUMBERED = re.compile(r":\d+(?=/|$)")


class NoCopiesError(Exception):
    """A model cannot be copied; `str()` says why."""


class Copies:
    """Where the cells of each copy are.

    Attributes:
        count: number of copies.
        sizes: cells of one copy, by population.
        measured: paths of the model alone that are recorded of every copy.
    """

    def __init__(self, count: int, sizes: dict[str, int], measured: Iterable[str] = ()) -> None:
        self.count, self.sizes, self.measured = count, sizes, frozenset(measured)

    def path(self, path: str, number: int) -> str:
        """A path of the model alone in a copy.

        Raises:
            NoCopiesError: If it leads to no cell of a population that is copied.
        """
        match = _CELL.fullmatch(path)
        if match is None or match[1] not in self.sizes:
            raise NoCopiesError(f"'{path}' leads to no cell")
        place = number * self.sizes[match[1]] + int(match[2])
        return f"{match[1]}[{place}]{match[3]}"

    def alone(self, path: str) -> tuple[int, str]:
        """The copy that a path leads into, and the path of the model alone."""
        match = _CELL.fullmatch(path)
        assert match is not None
        size = self.sizes[match[1]]
        number, cell = divmod(int(match[2]), size)
        return number, f"{match[1]}[{cell}]{match[3]}"

    def columns(self, path: str) -> tuple[str, slice]:
        """The path of a value in all cells of all copies, and which of them it means.

        Raises:
            NoCopiesError: If it leads to no cell of a population that is copied.
        """
        match = _CELL.fullmatch(path)
        name = match[1] if match else path.partition("/")[0]
        if name not in self.sizes:
            raise NoCopiesError(f"'{path}' leads to no cell")
        if match is None:
            return path, slice(None)
        rest = _NUMBERED.sub("", match[3])
        if ":" in rest:  # an input, which need not be on every cell: right if there is one a copy
            return f"{name}{rest}", slice(None)
        return f"{name}{rest}", slice(int(match[2]), None, self.sizes[name])


def copied(simulation: Simulation, count: int) -> tuple[Lowered, Copies]:
    """Many copies of a model, lowered as one.

    Args:
        simulation: of the model alone, with the values of its file.
        count: of the copies.

    Raises:
        NoCopiesError: If the model cannot be copied.
    """
    from annarchy_ml.session.tiling import tiled

    lowered = simulation.lowered
    if not _has_values_of_file(simulation) or not os.path.isfile(lowered.path):
        raise NoCopiesError("its values are no longer those of a file")
    if _draws(simulation.whole_plan()):
        raise NoCopiesError("it draws random numbers")
    try:
        return tiled(simulation, count)
    except NoCopiesError:
        return _lowered_again(lowered, count)


def _lowered_again(lowered: Lowered, count: int) -> tuple[Lowered, Copies]:
    """Many copies of a model whose plan cannot be repeated: those of its file are lowered.

    Raises:
        NoCopiesError: If the file cannot be repeated, or has changed.
    """
    from annarchy_ml.session.lowering import lower_model
    from annarchy_ml.session.model import Model

    sizes: dict[str, int] = {}
    model = Model(lowered.path, lowered.read, partial(_repeat, count, sizes))
    many = lower_model(model, lowered.options)
    if many.model_hash != lowered.model_hash:
        raise NoCopiesError("its file has changed")
    copies = Copies(count, sizes, measured_paths(lowered))
    _check_recordings(many.plan, copies)
    return many, copies


def _has_values_of_file(simulation: Simulation) -> bool:
    """Whether no parameter has another value than in the file."""
    import numpy as np

    now, then = simulation.plan.groups, simulation.lowered.plan.groups
    return all(
        one.values.keys() == other.values.keys()
        and all(np.array_equal(one.values[name], other.values[name]) for name in one.values)
        for one, other in zip(now, then, strict=True)
    )


def _draws(plan: SimulationPlan) -> bool:
    """Whether any kernel or start program draws random numbers."""
    bodies = [
        *(kernel.body for group in plan.module.groups for kernel in group.kernels),
        *(program for group in plan.groups for program in group.start.values()),
    ]
    return any(isinstance(item, Draw) for body in bodies for item in walk(body))


def measured_paths(lowered: Lowered) -> list[str]:
    """What is recorded for files or by request; all that is drawn, where that is nothing."""
    drawn = {line.quantity for display in lowered.displays for line in display.lines}
    named = {
        column.quantity
        for output in lowered.outputs
        if isinstance(output, OutputFile)
        for column in output.columns
    }
    drawn = {lowered.aliases.get(path, path) for path in drawn}
    named = {lowered.aliases.get(path, path) for path in named}
    every = [item.path for item in lowered.plan.recordings]
    return [path for path in every if path in named or path not in drawn] or every


def _check_recordings(many: SimulationPlan, copies: Copies) -> None:
    there = {item.path for item in many.recordings}
    last = copies.count - 1
    if any(copies.path(path, last) not in there for path in copies.measured):
        raise NoCopiesError("it records more than its file asks for")


def _repeat(count: int, sizes: dict[str, int], document: Document) -> None:
    """Repeats populations, their inputs and what is recorded of them, in place."""
    networks = [item for item in _all(document.components) if _is_network(item)]
    if len(networks) != 1:
        raise NoCopiesError("it has not one network")
    for item in networks[0].children:
        _check_part(item)
        if item.tag == "population":
            sizes[item.id] = int(item.attributes["size"])
            item.attributes["size"] = str(count * sizes[item.id])
    copies = Copies(count, sizes)
    # What is drawn beside what is written stays recorded, but of the first copy: without it the
    # kernels would be others, and results differ in their last bits.
    written = any(item.tag == "OutputColumn" for item in _all(document.components))
    paths = {**_PATHS, "Line": ""} if written else _PATHS
    for parent in list(_all(document.components)):
        parent.children[:] = [
            part
            for child in parent.children
            for part in _repeated(child, copies, paths.get(child.tag, ""))
        ]


def _all(components: Iterable[Component]) -> Iterator[Component]:
    for item in components:
        yield item
        yield from _all(item.children)


def _is_network(item: Component) -> bool:
    return item.tag == "network" or item.type.startswith("network")


def _check_part(item: Component) -> None:
    """Only populations of a size, and inputs of single cells, are copied."""
    known = item.tag in ("population", "explicitInput") or item.tag in _SILENT
    inner = any(child.tag not in _SILENT for child in item.children)
    if item.many or not known or inner or (item.tag == "population" and not _sized(item)):
        raise NoCopiesError(f"it has a <{item.tag}>")


def _sized(item: Component) -> bool:
    return item.attributes.get("size", "").isdigit()


def _repeated(item: Component, copies: Copies, attribute: str) -> list[Component]:
    """An element for each copy, whose attribute leads to a cell of it; or the element itself."""
    if not attribute:
        return [item]
    found = []
    for number in range(copies.count):
        other = copy.copy(item)
        other.attributes = dict(item.attributes)
        other.attributes[attribute] = copies.path(item.attributes[attribute], number)
        if number and "id" in other.attributes:
            other.attributes["id"] += f"_copy{number}"
        found.append(other)
    return found
