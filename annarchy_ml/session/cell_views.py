"""Cells with morphology of a simulation in space: their compartments, with present values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from annarchy_ml.diagnostics.core import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from annarchy_ml.drawn_cells import DrawnCell
    from annarchy_ml.model.cell_shape import CellShape
    from annarchy_ml.model.instance import Group
    from annarchy_ml.session.simulation import Simulation


class CellViews:
    """The part of a simulation that shows cells with morphology."""

    def shape(self, population: str) -> CellShape:
        """The cells of a population in space.

        Compartments are counted as the values of the population stand for each cell: from the root
        outwards, section by section.

        Raises:
            UsageError: If there is no such population, or its cells have one compartment.
        """
        return _shape(_group(cast("Simulation", self), population))

    def instances(
        self, population: str, cells: Any, place: tuple[int, float] | None = None
    ) -> NDArray[np.int64]:
        """Which of the engine's instances compartments of cells are, shape (n,).

        Args:
            population: its name.
            cells: their numbers, shape (n,).
            place: segment and fraction along it; None for where cells without a place are.

        Raises:
            UsageError: If there is no such population.
        """
        from annarchy_ml.model.cable_places import placed
        from annarchy_ml.model.network import At

        known = {item.name: item for item in _populations(cast("Simulation", self))}
        if population not in known:
            raise UsageError(f"there is no population '{population}'")
        return placed(known[population], cells, None if place is None else At(*place))

    def plot_cell(
        self,
        cell: str,
        variable: str = "v",
        path: str | Path | None = None,
        *,
        values: Any = None,
        view: str = "xy",
        show: bool = False,
    ) -> Any:
        """Draws a cell with morphology, with values as colors.

        Args:
            cell: such as ``pop[3]``; without a number the first one.
            variable: whose present values are shown, as in a path after the cell.
            path: picture to write; its suffix names the format.
            values: shown instead [SI], one for each compartment.
            view: two axes, such as ``xy`` or ``xz``; ``3d`` for all three.
            show: whether to open a window.

        Returns:
            The matplotlib figure.

        Raises:
            UsageError: If there is no such cell or variable, or the values do not fit.
        """
        from annarchy_ml.exporters.cell_pictures import draw_cell

        made = _drawn(cast("Simulation", self), cell, variable, values)
        return draw_cell(made, path, view=view, show=show)


def cells_of(simulation: Simulation) -> Iterator[DrawnCell]:
    """The first recorded cell of each population of cells with morphology, or the first one."""
    for group in _groups(simulation):
        recorded: dict[int, dict[str, int]] = {}
        for path, cell, compartment in _recorded(simulation, group):
            recorded.setdefault(cell, {})[path] = compartment
        cell = next(iter(recorded), 0)
        made = _drawn(simulation, f"{group.name}[{cell}]", "v", None, recorded.get(cell))
        yield made


def _populations(simulation: Simulation) -> list[Group]:
    """All populations."""
    from annarchy_ml.session.looking import looked_up

    links = looked_up(simulation).links
    assert links is not None
    return [item for item in links.network.groups if item.attachment is None]


def _groups(simulation: Simulation) -> list[Group]:
    """The populations of cells with morphology."""
    return [
        item
        for item in _populations(simulation)
        if item.cable is not None and not item.cable.is_point
    ]


def _group(simulation: Simulation, name: str) -> Group:
    """A population of cells with morphology.

    Raises:
        UsageError: If there is none of this name.
    """
    known = {item.name: item for item in _groups(simulation)}
    if name not in known:
        raise UsageError(
            f"there is no population '{name}' of cells with several compartments",
            hint=f"there are: {', '.join(known) or 'none'}",
        )
    return known[name]


def _shape(group: Group) -> CellShape:
    from annarchy_ml.model.cable_places import compartment_order
    from annarchy_ml.model.cell_shape import cell_shape

    assert group.cable is not None
    return cell_shape(group.cable, compartment_order(group.cable))


def _drawn(
    simulation: Simulation,
    cell: str,
    variable: str,
    values: Any,
    recorded: dict[str, int] | None = None,
) -> DrawnCell:
    """A cell with values along it: present ones of a variable, or given ones."""
    import numpy as np

    from annarchy_ml.drawn_cells import DrawnCell

    name, _, number = cell.removesuffix("]").partition("[")
    group = _group(simulation, name)
    assert group.cable is not None
    if not (number or "0").isdecimal() or int(number or 0) >= group.cable.cells:
        raise UsageError(f"'{name}' has no cell '{number}', only 0 to {group.cable.cells - 1}")
    count, dimension, unit = group.cable.compartments, "none", "1"
    if values is None:
        found = simulation.get(f"{name}/{variable}").reshape(-1, count)[int(number or 0)]
        unit, dimension = _unit(simulation, f"{name}[{number or 0}]/{variable}")
    else:
        found = np.asarray(values, float)
        if found.shape != (count,):
            raise UsageError(f"a cell of '{name}' has {count} compartments, not {found.shape}")
    title = f"{name}[{number or 0}]"
    return DrawnCell(
        title, _shape(group), found, variable, unit, dimension, simulation.t, recorded or {}
    )


def _unit(simulation: Simulation, path: str) -> tuple[str, str]:
    """SI unit and dimension of what is kept at a path."""
    from annarchy_ml.session.looking import place_of
    from annarchy_ml.units import NAMED_DIMENSIONS, si_unit

    place = place_of(simulation, path)
    kernel = simulation.runtime.kernel_of(place.groups[0])
    unit = next(item.unit for item in kernel.fields if item.name == place.field)
    fitting = (name for name in NAMED_DIMENSIONS if si_unit(name, NAMED_DIMENSIONS) == unit)
    return unit, next(fitting, "none")


def _recorded(simulation: Simulation, group: Group) -> Iterator[tuple[str, int, int]]:
    """What is recorded of compartments: path, cell, and compartment in the order shown."""
    import numpy as np

    from annarchy_ml.model.cable_places import by_cell

    cable = group.cable
    assert cable is not None
    position = next(k for k, item in enumerate(simulation.plan.groups) if item.name == group.name)
    place = np.argsort(by_cell(cable))
    for item in simulation.plan.recordings:
        if item.group == position:
            yield item.path, *divmod(int(place[item.index]), cable.compartments)
