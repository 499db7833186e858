"""Runs the tasks of a SED-ML document and gives what its variables read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from annarchy_ml.archives import sedml
from annarchy_ml.archives.algorithms import Chosen, choose
from annarchy_ml.archives.targets import change_attribute, quantity_of
from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.options import ReadOptions
from annarchy_ml.session.model import Model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.model.document import Document

    Arrays = dict[str, NDArray[np.float64]]

_Item = TypeVar("_Item")
_WHOLE = 1e-6
_MOST_RUNS = 100_000


@dataclass(slots=True)
class Runner:
    """Runs the tasks of one document.

    Attributes:
        document: the SED-ML document.
        folder: where its models are found from.
        root: what they may not lead out of.
    """

    document: sedml.Document
    folder: Path
    root: Path

    def run(self, name: str, changes: tuple[sedml.Change, ...] = ()) -> Arrays:
        """What the variables of a task read: by id of the variable, the outputs last.

        Raises:
            UsageError: If it asks for what is not supported.
            ModelError: If the model is at fault.
        """
        variables = [
            variable
            for generator in self.document.generators.values()
            for variable in generator.variables
            if variable.task == name
        ]
        return self._task(name, variables, changes, 0)

    def algorithm(self, name: str) -> Chosen:
        """The algorithm of a task, or of the first of those that it repeats."""
        task = _found(self.document.tasks, name, "task")
        if task.subtasks:
            return self.algorithm(task.subtasks[0])
        simulation = _found(self.document.simulations, task.simulation, "simulation")
        return choose(simulation.kisao)

    def _task(
        self,
        name: str,
        variables: list[sedml.Variable],
        changes: tuple[sedml.Change, ...],
        depth: int,
    ) -> Arrays:
        task = _found(self.document.tasks, name, "task")
        if depth > len(self.document.tasks):
            raise UsageError(f"the task '{name}' repeats itself")
        if not task.ranges:
            return self._single(task, variables, changes)
        if not task.resets:
            raise UsageError(f"the task '{name}' goes on where it ended, which is not supported",
                             hint='write resetModel="true"')  # fmt: skip
        values = _found(task.ranges, task.master, "range")
        if len(values) > _MOST_RUNS:
            raise UsageError(f"the task '{name}' would run {len(values)} times")
        rows = []
        for place in range(len(values)):
            own = tuple(self._at(change, task, place) for change in task.changes)
            rows.append(
                [
                    self._task(inner, variables, (*changes, *own), depth + 1)
                    for inner in task.subtasks
                ]
            )
        return {
            item.id: _stacked([[found[item.id] for found in row] for row in rows])
            for item in variables
        }

    def _at(self, change: sedml.Change, task: sedml.Task, place: int) -> sedml.Change:
        """A change with one value of its range."""
        values = _found(task.ranges, change.range, "range")
        if place >= len(values):
            raise UsageError(f"the range '{change.range}' of '{task.id}' is too short")
        return sedml.Change(change.target, repr(values[place]), change.model)

    def _single(
        self,
        task: sedml.Task,
        variables: list[sedml.Variable],
        changes: tuple[sedml.Change, ...],
    ) -> Arrays:
        simulation = _found(self.document.simulations, task.simulation, "simulation")
        chosen = choose(simulation.kisao)
        own = tuple(item for item in changes if item.model in ("", task.model))
        path, all_changes = self._model(task.model, own)
        model = Model(str(path), ReadOptions((str(self.root),)), changing(all_changes))
        paths = {
            item.id: quantity_of(model.document, item.target) for item in variables if item.target
        }
        interval = (simulation.end - simulation.start) / simulation.steps
        per_output = max(1, math.ceil(interval / model.request.dt - _WHOLE))
        dt = interval / per_output
        first = simulation.start / dt
        if abs(first - round(first)) > _WHOLE:
            raise UsageError(
                f"the simulation '{simulation.id}' starts its output between two steps",
                hint="let outputStartTime be a multiple of the time between outputs",
            )
        made = model.compile(
            chosen.method, dt=dt, duration=simulation.end, record=tuple(set(paths.values()))
        )
        results = made.run().whole()
        rows = round(first) + per_output * np.arange(simulation.steps + 1)
        times = simulation.start + interval * np.arange(simulation.steps + 1)
        found: Arrays = {}
        for item in variables:
            values = results[paths[item.id]].values[rows] if item.target else times
            found[item.id] = np.asarray(values, np.float64)
        return found

    def _model(
        self, name: str, changes: tuple[sedml.Change, ...], depth: int = 0
    ) -> tuple[Path, tuple[sedml.Change, ...]]:
        """The file of a model, and all of its changes."""
        model = _found(self.document.models, name, "model")
        changes = (*model.changes, *changes)
        source = model.source
        other = source.removeprefix("#")
        if source.startswith("#") or source in self.document.models:
            if depth > len(self.document.models):
                raise UsageError(f"the model '{name}' is made of itself")
            return self._model(other, changes, depth + 1)
        path = (self.folder / source).resolve()
        if not path.is_relative_to(self.root.resolve()) or not path.is_file():
            raise UsageError(f"the model '{name}': '{source}' is no file of the archive")
        return path, changes


def _found(among: dict[str, _Item], name: str, what: str) -> _Item:
    if name not in among:
        raise UsageError(f"there is no {what} '{name}' in the SED-ML document")
    return among[name]


def changing(changes: Iterable[sedml.Change]) -> Callable[[Document], None]:
    """What applies changes to a document that was read."""

    def apply(document: Document) -> None:
        for item in changes:
            change_attribute(document, item.target, item.value)

    return apply


def _stacked(rows: list[list[NDArray[np.float64]]]) -> NDArray[np.float64]:
    """Results of repeated tasks: shape (values, sub-tasks, ...), NaN where some are shorter."""
    return padded([padded(row) for row in rows])


def padded(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Arrays as rows of one, shape (n, ...), NaN where some are shorter."""
    most = max((np.ndim(part) for part in parts), default=0)
    same: list[NDArray[np.float64]] = [
        np.reshape(part, np.shape(part) + (1,) * (most - np.ndim(part))).astype(float)
        for part in parts
    ]
    shape = tuple(max(sizes) for sizes in zip(*(part.shape for part in same), strict=True))
    made = np.full((len(same), *shape), np.nan)
    for place, part in enumerate(same):
        inside = tuple(slice(int(size)) for size in part.shape)
        made[place][inside] = part
    return made
