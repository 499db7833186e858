"""What is recorded along cells with morphology: variables at locations.

Data are named after the location and the variable: ``soma.v``. A location that means several places
gives as many columns for each cell, cell by cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyNN import recording

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.importers.pynn.cable_parts import refuse_uneven
from annarchy_ml.importers.pynn.morphology import Spot
from annarchy_ml.importers.pynn.recording import Recorder, Trace


class CableRecorder(Recorder):
    """Records a population of cells with morphology.

    Attributes:
        places: of each location in the cells of each part, by its label; none in parts of which
            nothing is recorded there.
    """

    def __init__(self, population: Any, file: Any = None) -> None:
        super().__init__(population, file)
        self.places: dict[str, list[list[Spot]]] = {}

    def record(
        self,
        variables: Any,
        ids: Any,
        sampling_interval: Any = None,
        locations: Any = None,
    ) -> None:
        """Records variables of some cells.

        Args:
            variables: a name or several.
            ids: of the cells.
            sampling_interval: [ms].
            locations: labels, selectors or generators of locations; a mapping gives them labels.
        """
        if locations is None:
            super().record(variables, ids, sampling_interval)
            return
        self._check_sampling_interval(sampling_interval)
        names = [variables] if isinstance(variables, str) else variables
        located = self._located(locations, self._rows(ids))
        made = {label: self._with(label, found) for label, found in located.items()}
        for found in made.values():
            for name in names:
                self._check(name, ids, found)
        self.places.update(made)
        for label in made:
            for name in names:
                variable = recording.Variable(name=name, location=label, label=label)
                fresh = set(ids).difference(self.recorded[variable])
                self.recorded[variable] = self.recorded[variable].union(ids)
                self._record(variable, fresh, sampling_interval)

    def _rows(self, ids: Any) -> Any:
        return np.fromiter(ids, int) - int(self.population.first_id)

    def _check(self, name: str, ids: Any, found: list[list[Spot]]) -> None:
        """Refuses what cannot be recorded of some cells at some places."""
        parts = self.population.parts
        for number, _ in parts.of(self._rows(ids)):
            self.population.celltype.check_recorded(name, parts.items[number].cable, found[number])

    def _with(self, label: str, found: list[list[Spot]]) -> list[list[Spot]]:
        """The places of a label, with those where cells of other parts are recorded already."""
        before = self.places.get(label, found)
        if any(new and old and new != old for new, old in zip(found, before, strict=True)):
            raise UsageError(
                f"'{label}' names other places than before",
                hint='give locations names of their own: locations={"tips": ...}',
            )
        made = [new or old for new, old in zip(found, before, strict=True)]
        refuse_uneven(label, [item for item in made if item])
        return made

    def _record(self, variable: Any, new_ids: Any, sampling_interval: Any = None) -> None:
        """Cells of each part are recorded apart."""
        first = int(self.population.first_id)
        rows = np.sort(np.fromiter(new_ids, int, len(new_ids))) - first
        for _, which in self.population.parts.of(rows):
            own = {self.population.all_cells[row] for row in rows[which].tolist()}
            super()._record(variable, own, sampling_interval)
        if not new_ids:
            super()._record(variable, new_ids, sampling_interval)

    def _located(self, locations: Any, rows: Any) -> dict[str, list[list[Spot]]]:
        """Labels of locations, and the places that they mean in some cells, by their parts."""
        if isinstance(locations, Mapping):
            given = list(locations.items())
        elif isinstance(locations, (list, tuple)):
            given = [("", item) for item in locations]
        else:
            given = [("", locations)]
        parts = self.population.parts
        made: dict[str, list[list[Spot]]] = {}
        for label, item in given:
            for number, found in enumerate(parts.spots(item, rows)):
                for spot in found:
                    key = label or spot.label
                    made.setdefault(key, [[] for _ in parts.items])[number].append(spot)
        meant = [number for number, _ in parts.of(rows)]
        for label, found in made.items():
            refuse_uneven(label, [found[number] for number in meant])
        return made

    def _localize_variables(self, variables: Any, locations: Any) -> list[Any]:
        """The variables of some names: without locations those without, else at these."""
        if locations is None:
            found: list[Any] = super()._localize_variables(variables, None)
            return found
        names = [variables] if isinstance(variables, str) else variables
        return [
            recording.Variable(name=name, location=label, label=label)
            for label in self._labels(locations)
            for name in names
        ]

    def _labels(self, locations: Any) -> list[str]:
        """Labels of locations in any of the cells that are recorded together somewhere."""
        if isinstance(locations, Mapping):
            return list(locations)
        recorded = [ids for key, ids in self.recorded.items() if key.location is not None]
        made: dict[str, Any] = {}
        faults = []
        for ids in recorded or [self.population.all_cells]:
            try:
                made |= self._located(locations, self._rows(ids))
            except (UsageError, ValueError) as fault:  # these are cells without such a place
                faults.append(fault)
        if faults and not made:
            raise faults[0]
        return list(made)

    def _places(self, variable: Any) -> int:
        if variable.location is None:
            return 1
        return next(len(item) for item in self.places[variable.location] if item)

    def _reset(self) -> None:
        super()._reset()
        self.places.clear()

    def _started(self, running: Any, variable: Any, item: Trace, interval: int) -> int:
        where: list[Spot | None] = [None]
        if variable.location is not None:
            part = self.population.parts.part_of[item.rows[0]]
            where = [*self.places[variable.location][part]]
        celltype = self.population.celltype
        item.sums = celltype.columns(running, variable, item.rows, (self.population, where))
        number: int = running.record_fields(item.sums.sources, interval)
        return number
