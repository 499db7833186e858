"""How cells with morphology of one type become parts of a population, each of which are alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.importers.pynn.cable_access import Kept
from annarchy_ml.importers.pynn.cable_cells import CableCell
from annarchy_ml.importers.pynn.cable_parts import Part, Parts
from annarchy_ml.importers.pynn.cable_values import CellValues, differs, values_for
from annarchy_ml.importers.pynn.morphology import Spot, spots
from annarchy_ml.importers.pynn.shapes import Shape, shape_of


class Divided(Kept):
    """Cells whose values may differ."""

    _given: dict[str, Any]
    _whole: Part | None

    def _describe(self, given: dict[str, Any]) -> None:
        """Keeps what a script gave; makes the cell if there is only one."""
        self._given = given
        self._whole = None if self.differing else self._part(("", ""), {}, None)

    @property
    def differing(self) -> list[str]:
        """Names of the values that differ between cells, but for those of channels."""
        return [name for name, value in self._shared().items() if differs(value)]

    def _shared(self) -> dict[str, Any]:
        """What all cells of a part have in common, by name."""
        found = {name: self._given[name] for name in ("morphology", "cm", "Ra")}
        for receptor, item in self.post_synaptic_entities.items():
            for name, value in item.parameter_space.items():
                found[f"{receptor}.{name}"] = getattr(value, "base_value", value)
        return found

    def divided(self, name: str, size: int) -> Parts:
        """The cells of a population.

        Args:
            name: of the population.
            size: how many there are.

        Raises:
            UsageError: If there are other numbers of values than cells.
        """
        species = self._given["ionic_species"] or {}
        CellValues(Shape([]), self.ion_channels, species).check_counts(size)
        if self._whole is not None:
            whole = replace(self._whole, name=name, owner=name, rows=np.arange(size))
            return Parts([whole], size)
        values = {
            key: values_for(value, size, key)
            for key, value in self._shared().items()
            if differs(value)
        }
        groups: dict[tuple[Any, ...], list[int]] = {}
        for row in range(size):
            key = tuple(_identity(item[row]) for item in values.values())
            groups.setdefault(key, []).append(row)
        made = []
        for number, rows in enumerate(groups.values()):
            own = {key: item[rows[0]] for key, item in values.items()}
            made.append(self._part((f"{name}_{number}", name), own, np.array(rows)))
        return Parts(made, size)

    def _part(self, names: tuple[str, str], own: dict[str, Any], rows: Any) -> Part:
        """Cells that are alike.

        Args:
            names: of the part, and of the population.
            own: values that are those of these cells alone.
            rows: their numbers.
        """
        given: dict[str, Any] = {**self._given}
        given.update({key: value for key, value in own.items() if key in given})
        shape = shape_of(given["morphology"])
        species = given["ionic_species"] or {}
        cable = CableCell(shape, given["cm"], given["Ra"], species, self.ion_channels, rows)
        receptors, places = {}, {}
        for name, item in self.post_synaptic_entities.items():
            values = {
                key.partition(".")[2]: value
                for key, value in own.items()
                if key.startswith(f"{name}.")
            }
            receptors[name] = _with(item, values) if values else item
            places[name] = _placed(name, receptors[name], shape)
        return Part(*names, rows, cable, receptors, places)


def _identity(value: Any) -> Any:
    """What tells whether two values are the same."""
    return value if isinstance(value, (int, float, str, np.number)) else id(value)


def _with(receptor: Any, values: dict[str, Any]) -> Any:
    """A receptor with some other values."""
    space = receptor.parameter_space
    known = {name: getattr(item, "base_value", item) for name, item in space.items()}
    return type(receptor)(**{**known, **values})


def _placed(name: str, receptor: Any, shape: Shape) -> list[Spot]:
    """Where a receptor is."""
    given = receptor.parameter_space["locations"].base_value
    if isinstance(given, (int, float)):
        raise UsageError(
            f"the receptor '{name}' needs 'locations'",
            hint="such as sim.morphology.centre(sim.morphology.dendrites())",
        )
    return spots(given, shape, name)
