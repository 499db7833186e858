"""What a NeuroML file of a network built in Python holds: components, connections one by one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from annarchy_ml.diagnostics.core import Diagnostics, UsageError
from annarchy_ml.exporters.neuroml.contents import (
    Contents,
    Ends,
    ListedInputs,
    ListedJunctions,
    ListedProjection,
)
from annarchy_ml.model.network import Coupling, Input, Junction, Projection
from annarchy_ml.options import DEFAULT_SEED
from annarchy_ml.passes.build_cables import listed
from annarchy_ml.passes.selected import paths_of_trace
from annarchy_ml.session.export_settings import with_settings
from annarchy_ml.session.network_checks import Checks
from annarchy_ml.session.network_values import ValueReader

if TYPE_CHECKING:
    from annarchy_ml.model.component import Component
    from annarchy_ml.model.network import At, Cells
    from annarchy_ml.passes.pipeline import Tables
    from annarchy_ml.passes.settle import Expand
    from annarchy_ml.session.network_model import NetworkModel


def contents_of(model: NetworkModel, expand: Expand, also: Iterable[Component]) -> Contents:
    """The contents of a file.

    Args:
        model: the network.
        expand: carries out rules.
        also: components that are written besides.

    Raises:
        UsageError: If NeuroML cannot say something of it.
    """
    network = model.network
    made = Contents(model.name, network.component.attributes.get("temperature", ""))
    used = _Used(model.tables)
    for population in network.populations:
        shared = [one.component for one in network.populations].count(population.component) > 1
        cell = with_settings(population, model.tables, shared)
        used.add(cell)
        made.populations.append((population.name, cell.id, population.size))
    links = _Links(made, used, expand)
    for number, item in enumerate(network.links):
        links.add(item, number)
    for component in also:
        used.add(component)
    made.components = used.components
    for trace in network.traces:
        made.traces.extend(paths_of_trace(trace))
    for spikes in network.spikes:
        if spikes.target.at is not None:
            raise _cannot(spikes.target.population.name, "events at a place along cells")
        name = spikes.target.population.name
        made.spikes.append((name, sorted(spikes.target.cells.tolist()), spikes.port))
    return made


class Exporting:
    """The part of a network built from Python that is written as NeuroML."""

    def export(
        self,
        path: str | os.PathLike[str],
        dt: float | str,
        duration: float | str | None = None,
        seed: int | None = None,
        also: Iterable[Component | str] = (),
    ) -> tuple[Path, ...]:
        """Writes the network as a NeuroML 2 file, with every connection listed.

        Args:
            path: of the file, such as ``net.nml``.
            dt: step, [s] or text, of which delays are whole numbers.
            duration: [s] or text; then a LEMS file that runs it, and records the same, is written
                beside it.
            seed: of all random numbers, connections included.
            also: further components to write, which the network does not use.

        Returns:
            The files written.

        Raises:
            UsageError: If NeuroML cannot say something of it.
            EnvironmentFault: If a file cannot be written.
        """
        from annarchy_ml.engine.expand import Expander
        from annarchy_ml.exporters.neuroml.document import write_neuroml
        from annarchy_ml.exporters.neuroml.simulation import write_simulation

        model = cast("NetworkModel", self)
        read = ValueReader(str(model), model.tables, Diagnostics())
        step, number = read.time(dt, "dt"), DEFAULT_SEED if seed is None else seed
        checks = Checks(model.name, model.tables, Diagnostics())
        contents = contents_of(model, Expander(step, number), list(map(checks.found, also)))
        made = Path(path)
        write_neuroml(contents, made)
        if duration is None:
            return (made,)
        lems = made.with_name(f"LEMS_{made.stem}.xml")
        write_simulation(contents, made, lems, (step, read.time(duration, "duration")), number)
        return made, lems


class _Used:
    """Components that a file needs, each once, those that others name first."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.components: list[Component] = []
        self._known: set[str] = set()

    def add(self, component: Component) -> str:
        """Adds a component and all that it names; gives its id."""
        if component.id in self._known:
            return component.id
        self._known.add(component.id)
        for other in self._named(component):
            self.add(other)
        self.components.append(component)
        return component.id

    def _named(self, component: Component) -> Iterator[Component]:
        """The components that one and its parts name."""
        found = self.tables.types.get(component.type)
        if found is None or not found.core:
            raise UsageError(
                f"'{component.id}' is of the type {component.type}, which is not one of NeuroML",
                hint="an export takes the types of NeuroML 2 alone",
            )
        by_id = self.tables.components.by_id
        for item in found.references:
            name = component.attributes.get(item.name, "")
            if item.kind == "component" and name in by_id:
                yield by_id[name]
        for slot in found.slots:
            name = component.attributes.get(slot.name, "")
            if name in by_id:
                yield by_id[name]
        for child in component.children:
            yield from self._named(child)


class _Links:
    """Adds what connects populations to the contents of a file."""

    def __init__(self, made: Contents, used: _Used, expand: Expand) -> None:
        self.made = made
        self.used = used
        self.expand = expand

    def add(self, item: Projection | Coupling | Junction | Input, number: int) -> None:
        """Adds one of them, which is the ``number``-th of all."""
        if isinstance(item, Projection):
            self._project(item)
        elif isinstance(item, Junction):
            self._join(item, number)
        elif isinstance(item, Input):
            self._input(item)
        else:
            raise _cannot(item.name, "couplings of values")

    def _project(self, item: Projection) -> None:
        if item.synapse is None:
            raise _cannot(item.name, "events that go straight to cells")
        if item.heard_after > 0.0:
            raise _cannot(item.name, "synapses that hear their cell after a while")
        rule = item.connectivity
        if isinstance(rule.delay, float) and rule.delay == 0.0:
            rule = replace(rule, delay=self.expand.dt)
        found = listed(item, rule, len(self.made.projections), self.expand)
        steps = np.maximum(1.0, np.floor(found.delays / self.expand.dt + 0.5))
        self.made.projections.append(
            ListedProjection(
                item.name,
                self.used.add(item.synapse),
                _ends(item.source, found.sources, found.source_at),
                _ends(item.target, found.targets, found.target_at),
                np.asarray(found.weights, float),
                (steps - 0.5) * self.expand.dt,
            )
        )

    def _join(self, item: Junction, number: int) -> None:
        assert item.source.span is not None and item.target.span is not None
        connectivity = replace(item.connectivity, delay=self.expand.dt)
        same = item.source.population is item.target.population
        ends = (item.source.span, item.target.span)
        rows = self.expand.rows(connectivity, ends, same, number)
        parts = (self.used.add(item.at_source), self.used.add(item.at_target))
        self.made.junctions.append(
            ListedJunctions(
                item.name,
                parts,
                _ends(item.source, rows.sources, _of_cells(item.source, rows.sources)),
                _ends(item.target, rows.targets, _of_cells(item.target, rows.targets)),
                np.asarray(rows.weights, float),
            )
        )

    def _input(self, item: Input) -> None:
        if item.settings:
            raise _cannot(item.name, "inputs with values of their own")
        component = self.used.add(item.component)
        target = _ends(item.target, item.target.cells, item.target.at)
        self.made.inputs.append(ListedInputs(item.name, component, target))


def _of_cells(end: Cells, cells: Any) -> At | None:
    """The places of some cells of a view."""
    if end.at is None or end.at.is_single or end.span is None:
        return end.at
    return end.at.chosen(np.asarray(cells) - end.span[0])


def _ends(end: Cells, cells: Any, at: At | None) -> Ends:
    numbers = np.asarray(cells, np.int64)
    if at is None:
        return Ends(end.population.name, numbers, None, None)
    segments = np.broadcast_to(np.asarray(at.segments, np.int64), numbers.shape)
    alongs = np.broadcast_to(np.asarray(at.alongs, float), numbers.shape)
    return Ends(end.population.name, numbers, segments, alongs)


def _cannot(name: str, what: str) -> UsageError:
    return UsageError(f"'{name}': NeuroML has no {what}", code="unsupported.construct")
