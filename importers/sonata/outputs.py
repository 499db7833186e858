"""What a simulation records: reports of cells, and their spikes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.sonata.builtin import VARIABLES
from annarchy_ml.importers.sonata.circuit import Circuit
from annarchy_ml.importers.sonata.faults import FormatError, unsupported
from annarchy_ml.importers.sonata.node_sets import NodeSets, by_kind
from annarchy_ml.importers.sonata.settings import Section
from annarchy_ml.importers.sonata.templates import has_port
from annarchy_ml.model.component import Component
from annarchy_ml.model.simulation import NodeReport

if TYPE_CHECKING:
    from collections.abc import Iterator

_REPORT = (
    "cells", "variable_name", "module", "sections", "file_name", "dt", "start_time", "end_time",
    "unit", "enabled", "format",
)  # fmt: skip
_MODULES = ("membrane_report", "multimeter_report")
_PORT = "spike"


@dataclass(slots=True)
class OutputReader:
    """Reads reports and the file of spikes."""

    circuit: Circuit
    sets: NodeSets
    simulation: Component
    dt_ms: float

    def read(self) -> None:
        """Adds all that is recorded to the simulation.

        Raises:
            FormatError: If a report cannot be written.
        """
        settings = self.circuit.settings
        for name, part in settings.section("reports").items():
            if not isinstance(part, dict):
                span = settings.span("reports", name)
                raise FormatError("value.range", f"the report '{name}' must be an object", span)
            if part.get("enabled", True):
                self._report(name, part)
        self._spikes(settings.section("output"))

    def _path(self, name: Any, *keys: str) -> str:
        """Where a file goes, below the folder of outputs."""
        settings = self.circuit.settings
        folder = settings.section("output").get("output_dir", "output")
        place = settings.path_of(folder, "output", "output_dir")
        if not isinstance(name, str) or not name:
            raise FormatError("value.range", "a file of results needs a name", settings.span(*keys))
        path = os.path.join(place, settings.expanded(name, *keys))
        return os.path.relpath(path, settings.folder)

    def _report(self, name: str, part: Section) -> None:
        settings, keys = self.circuit.settings, ("reports", name)
        settings.check(part, keys, _REPORT)
        span = settings.span(*keys)
        if part.get("module", _MODULES[0]) not in _MODULES:
            message = f"the module '{part['module']}' of the report '{name}' cannot be read"
            raise unsupported(message, span, f"there are: {', '.join(_MODULES)}")
        variable = part.get("variable_name")
        if not isinstance(variable, str) or not variable:
            raise FormatError(
                "attribute.missing", f"the report '{name}' needs a variable_name", span
            )
        made = self._file("OutputFile", name)
        populations: list[str] = []
        numbers: list[int] = []
        for nodes, kind, cells in by_kind(self.sets.chosen(part.get("cells"), span)):
            if kind.law is None and part.get("sections", "soma") != "soma":
                message = f"the sections '{part['sections']}' of the report '{name}' cannot be read"
                raise unsupported(message, span, "write soma, or the path of a variable in a cell")
            own = VARIABLES.get(variable, variable) if kind.law is not None else variable
            ids = nodes.ids[kind.nodes[cells]]
            populations += [nodes.name] * len(cells)
            numbers += ids.tolist()
            for cell, number in zip(cells.tolist(), ids.tolist(), strict=True):
                column = {"id": f"{nodes.name}_{number}", "quantity": f"{kind.path(cell)}/{own}"}
                self.circuit.made("OutputColumn", column, made)
        dt = settings.number(part, (*keys, "dt"), self.dt_ms)
        steps = round(dt / self.dt_ms)
        if steps < 1 or abs(steps * self.dt_ms - dt) > 1e-6 * self.dt_ms:
            message = f"the report '{name}' is asked each {dt:g} ms, which is no whole step"
            raise FormatError("run.step", message, settings.span(*keys, "dt"))
        stop = settings.section("run").get("tstop")
        self.circuit.reading.document.reports[made.id] = NodeReport(
            self._path(part.get("file_name", f"{name}.h5"), *keys, "file_name"),
            tuple(populations),
            tuple(numbers),
            steps * self.dt_ms * 1e-3,
            settings.number(part, (*keys, "start_time"), 0.0) * 1e-3,
            settings.number(part, (*keys, "end_time"), stop) * 1e-3,
        )

    def _spikes(self, output: Section) -> None:
        """The spikes of all cells that are not virtual."""
        recorded = list(self._recorded())
        if not recorded:
            return
        made = self._file("EventOutputFile", "spikes", format="TIME_ID")
        for population, number, path in recorded:
            text = {"id": f"{population}_{number}", "select": path, "eventPort": _PORT}
            self.circuit.made("EventSelection", text, made)
        self.circuit.reading.document.reports[made.id] = NodeReport(
            self._path(output.get("spikes_file", "spikes.h5"), "output", "spikes_file"),
            tuple(population for population, _, _ in recorded),
            tuple(number for _, number, _ in recorded),
        )

    def _recorded(self) -> Iterator[tuple[str, int, str]]:
        document = self.circuit.reading.document
        for nodes, kind in self.circuit.kinds():
            if kind.virtual or not has_port(document, kind.component, _PORT):
                continue
            ids = nodes.ids[kind.nodes].tolist()
            for cell, number in enumerate(ids):
                yield nodes.name, int(number), kind.path(cell)

    def _file(self, tag: str, name: str, **attributes: str) -> Component:
        made = self.circuit.unique(name)
        given = {"id": made, "fileName": f"{made}.dat", **attributes}
        return self.circuit.made(tag, given, self.simulation)


def milliseconds(value: float) -> str:
    """A time as text."""
    return f"{float(np.float64(value))!r} ms"
