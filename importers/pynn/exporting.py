"""A script's network in the components of NeuroML, which has types for PyNN's standard cells.

NeuroML's cells have the same equations, but not the same method: a simulator that reads the file
steps them as it does its own, most often by Euler's method.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import annarchy_ml as public
from annarchy_ml.diagnostics import UsageError
from annarchy_ml.importers.pynn import simulator
from annarchy_ml.importers.pynn.cable_parts import ALONG, SEGMENT
from annarchy_ml.importers.pynn.electrodes import ACSource, DCSource, StepCurrentSource
from annarchy_ml.importers.pynn.exported_cables import CableViews, target_places
from annarchy_ml.importers.pynn.neuroml import NeuroMLCellType
from annarchy_ml.importers.pynn.neuroml_inputs import pulses, sines, steps
from annarchy_ml.importers.pynn.spike_sources import SpikeSourceArray, SpikeSourcePoisson
from annarchy_ml.importers.pynn.synapses import StaticSynapse
from annarchy_ml.importers.pynn.wiring import POST, PRE, cells_of, whole_delays

if TYPE_CHECKING:
    from annarchy_ml import NetworkModel

_CELLS = {
    **{
        f"IF_{kind}_{shape}": (kind, shape)
        for kind in ("curr", "cond")
        for shape in ("exp", "alpha")
    },
    "EIF_cond_exp_isfa_ista": ("cond", "exp"),
    "EIF_cond_alpha_isfa_ista": ("cond", "alpha"),
    "HH_cond_exp": ("cond", "exp"),
}
"""Cells that NeuroML has, with the kind and shape of their synapses."""
_SILENT = ("HH_cond_exp",)
"""Cells whose component type sends no events."""
_FACTORS = {"a": 1e-3}
"""Where NeuroML has another unit: the adaptation of `EIF_cond_...` is in uS, not nS."""
_VARIABLES = {"v": "v", "w": "w", "m": "m", "h": "h", "n": "n"}
_TAKEN = "baseSynapse"
_LETTERS = {"excitatory": "E", "inhibitory": "I"}
_INPUTS = {DCSource: pulses, ACSource: sines, StepCurrentSource: steps}


@dataclass
class Placed:
    """Where the cells of a population are.

    Attributes:
        views: the populations of the exported network that they make up.
        part: which of these, by cell, shape (size,).
        row: which cell of it, by cell, shape (size,).
    """

    views: list[Any]
    part: Any
    row: Any


def export(path: str | Path, format: str = "neuroml", duration: float | None = None) -> list[Path]:
    """Writes the network of the script, and what it records, as a file of another format.

    Args:
        path: of the file.
        format: ``neuroml``, ``lems`` or another one of `annarchy_ml.export`.
        duration: of the simulation [ms]; None takes the time that was run so far.

    Returns:
        The files written; the one to run comes last.

    Raises:
        UsageError: If the format has no words for something in it, or the duration is not known.
    """
    state = simulator.state
    length = state.t if duration is None else float(duration)
    if not length > 0.0:
        raise UsageError(
            "pyNN.annarchy: nothing says how long the exported simulation takes",
            hint="export(..., duration=1000.0) [ms], or after run()",
        )
    model = Translation().model
    seed = state.options.get("seed")
    return public.export(model, format, path, dt=state.dt * 1e-3, duration=length * 1e-3, seed=seed)


class Translation:
    """Makes the network.

    Attributes:
        model: what was made.
        placed: where cells are, by population.
        cables: of populations whose cells have a morphology, what they are there.
    """

    def __init__(self) -> None:
        self.model: NetworkModel = public.NetworkModel("network")
        self.placed: dict[Any, Placed] = {}
        self.cables: dict[Any, CableViews] = {}
        self._synapses: dict[tuple[Any, ...], str] = {}
        self._names: set[str] = set()
        for item in simulator.state.populations:
            self.placed[item] = self._populate(item)
        for item in simulator.state.projections:
            self._project(item)
        for item in simulator.state.sources:
            self._inject(item)
        for item in simulator.state.populations:
            self._record(item)

    def _name(self, label: str) -> str:
        base = re.sub(r"\W+", "_", label) or "cells"
        base = base if base[0].isalpha() else f"p_{base}"
        name: str = next(item for item in _numbered(base) if item not in self._names)
        self._names.add(name)
        return name

    def _populate(self, population: Any) -> Placed:
        celltype, name = population.celltype, self._name(population.label)
        _check_source(celltype, population.label)
        starts: dict[str, Any] = {}
        if population.parts is not None:
            found = self.cables[population] = CableViews(self.model, population, name)
            return Placed(found.views, population.parts.part_of, population.parts.index)
        if isinstance(celltype, SpikeSourceArray):
            return self._listed(population, name)
        if isinstance(celltype, SpikeSourcePoisson):
            values = {
                "start": population.values["start"] * 1e-3,
                "duration": population.values["duration"] * 1e-3,
                "rate": population.values["rate"],
            }
            units = {"start": " s", "duration": " s", "rate": " Hz"}
        elif type(celltype).__name__ in _CELLS:
            values = {**population.values, "v_init": population.starts["v"]}
            starts = _starts(population)
            values = {key: item * _FACTORS.get(key, 1.0) for key, item in values.items()}
            units = {}
        else:
            raise _no_word(f"cells of type {type(celltype).__name__}", population.label)
        first = {key: f"{float(item[0])!r}{units.get(key, '')}" for key, item in values.items()}
        component = self.model.component(f"{name}_cell", type(celltype).__name__, **first)
        view = self.model.population(name, component, population.size)
        for key, item in values.items():
            if np.any(item != item[0]):
                view.set(**{key: np.asarray(item, float)})
        if starts:
            view.set(**starts)
        size = population.size
        return Placed([view], np.zeros(size, int), np.arange(size))

    def _listed(self, population: Any, name: str) -> Placed:
        """One population for each list of spikes."""
        trains = [tuple(item.value.tolist()) for item in population.values["spike_times"]]
        different = list(dict.fromkeys(trains))
        part = np.array([different.index(item) for item in trains])
        views = []
        for number, train in enumerate(different):
            spikes = [
                self.model.part("spike", id=str(k), time=f"{float(time)!r} ms")
                for k, time in enumerate(train)
            ]
            own = name if len(different) == 1 else f"{name}_{number}"
            component = self.model.component(f"{own}_spikes", "spikeArray", *spikes)
            views.append(self.model.population(own, component, int(np.sum(part == number))))
        row = np.array([int(np.sum(part[:k] == part[k])) for k in range(len(part))])
        return Placed(views, part, row)

    def _project(self, projection: Any) -> None:
        if type(projection.synapse_type) is not StaticSynapse:
            kind = type(projection.synapse_type).__name__
            raise _no_word(f"synapses of type {kind}", projection.label)
        columns = projection.columns()
        ends = [
            cells_of(end, columns[key])
            for end, key in ((projection.pre, PRE), (projection.post, POST))
        ]
        populations = simulator.state.populations
        for pair in np.unique(np.stack([ends[0][0], ends[1][0]]), axis=1).T.tolist():
            chosen = np.flatnonzero((ends[0][0] == pair[0]) & (ends[1][0] == pair[1]))
            owners = [populations[item] for item in pair]
            rows = [ends[k][1][chosen] for k in (0, 1)]
            given = {key: np.asarray(columns[key], float)[chosen] for key in ("weight", "delay")}
            if owners[1] in self.cables:
                given |= target_places(columns, chosen)
            self._connect(projection, owners, rows, given)

    def _connect(self, projection: Any, owners: list[Any], rows: list[Any], given: Any) -> None:
        """Connections of two populations: one projection for each pair of parts, and synapse."""
        _check_spiking(owners[0])
        synapses = self._synapses_of(owners[1], projection.receptor_type)
        sources = projection.sources.get(owners[0])
        ids, which = np.unique(np.array(synapses)[rows[1]], return_inverse=True)
        ends = [self.placed[owner] for owner in owners]
        parts = [end.part[row] for end, row in zip(ends, rows, strict=True)]
        for key in np.unique(np.stack([*parts, which]), axis=1).T.tolist():
            own = (parts[0] == key[0]) & (parts[1] == key[1]) & (which == key[2])
            pairs = public.Explicit(
                *(end.row[row[own]] for end, row in zip(ends, rows, strict=True))
            )
            view = ends[0].views[key[0]]
            if owners[0] in self.cables:
                view = self.cables[owners[0]].source(key[0], sources)
            at = (given[SEGMENT][own], given[ALONG][own]) if SEGMENT in given else None
            self.model.projection(
                self._name(projection.label),
                view,
                ends[1].views[key[1]],
                pairs,
                str(ids[key[2]]),
                weight=given["weight"][own],
                delay=whole_delays(given["delay"][own]),
                double_weights=True,
                target_at=at,
            )

    def _synapses_of(self, population: Any, receptor: str) -> list[str]:
        """The synapse component of each cell of a population at a receptor."""
        if population in self.cables:
            return self.cables[population].synapses(receptor)
        found = _CELLS.get(type(population.celltype).__name__)
        if found is None:
            raise _no_word(f"connections to {type(population.celltype).__name__}", population.label)
        kind, shape = found
        letter, values = _LETTERS[receptor], population.values
        taus = values[f"tau_syn_{letter}"].tolist()
        reversals = values[f"e_rev_{letter}"].tolist() if kind == "cond" else [0.0] * len(taus)
        return [self._synapse(kind, shape, item) for item in zip(taus, reversals, strict=True)]

    def _synapse(self, kind: str, shape: str, numbers: tuple[float, float]) -> str:
        key = (kind, shape, numbers)
        if key not in self._synapses:
            name = f"synapse_{len(self._synapses)}"
            own = {"tau_syn": numbers[0]} | ({"e_rev": numbers[1]} if kind == "cond" else {})
            self.model.component(name, f"{shape}{kind.capitalize()}Synapse", **own)
            self._synapses[key] = name
        return self._synapses[key]

    def _inject(self, source: Any) -> None:
        made = _INPUTS.get(type(source))
        if made is None:
            raise _no_word(f"current sources of type {type(source).__name__}", source.name)
        for core, values in made(source):
            components: dict[str, Any] = {}
            for population, rows, where in source.targets:
                kind = core if population in self.cables else self._attachable(core)
                if kind not in components:
                    name = self._name(source.name)
                    components[kind] = self.model.component(name, kind, **values)
                if population in self.cables:
                    reached = list(self.cables[population].places(np.asarray(rows), where))
                else:
                    reached = [self.placed[population].views[0][np.asarray(rows)]]
                for view in reached:
                    self.model.input(self._name(f"{source.name}_of"), view, components[kind])

    def _attachable(self, core: str) -> str:
        """An input of NeuroML as a type that its PyNN cells take: they take synapses only."""
        name = f"{core}ForPyNN"
        if name not in self.model.document.types:
            found = self.model.document.types[core]
            self.model.define(replace(found, name=name, extends=_TAKEN, ports=(), core=False))
        return name

    def _record(self, population: Any) -> None:
        placed = self.placed[population]
        for variable, traces in population.recorder.traces.items():
            rows = np.unique(np.concatenate([item.rows for item in traces]))
            for part in np.unique(placed.part[rows]).tolist():
                cells = placed.views[part][placed.row[rows[placed.part[rows] == part]]]
                if variable.name == "spikes":
                    _check_spiking(population)
                    self.model.record_spikes(cells)
                elif population in self.cables and self.cables[population].has(variable):
                    self.model.record(cells, *self.cables[population].paths(part, variable))
                elif variable.name in _VARIABLES:
                    self.model.record(cells, _VARIABLES[variable.name])
                else:
                    raise _no_word(f"recordings of '{variable.name}'", population.label)


def _starts(population: Any) -> dict[str, Any]:
    """What the states of cells begin with, but for v, where it is not 0 as in NeuroML."""
    found = {
        name: values
        for name, values in population.starts.items()
        if name != "v" and np.any(values != 0.0)
    }
    for name in found:
        if name not in _VARIABLES:
            raise _no_word(f"a start value of '{name}'", population.label)
    return found


def _check_spiking(population: Any) -> None:
    kind = type(population.celltype).__name__
    if kind in _SILENT:
        raise _no_word(f"spikes of {kind}", population.label)


def _numbered(base: str) -> Any:
    yield base
    number = 1
    while True:
        yield f"{base}_{number}"
        number += 1


def _check_source(celltype: Any, label: str) -> None:
    """Refuses cells that stand in a file already.

    Raises:
        UsageError: If they do.
    """
    if isinstance(celltype, NeuroMLCellType):
        raise UsageError(
            f"pyNN.annarchy: '{celltype.component}' of {celltype.file} is not exported ('{label}')",
            hint="write a network in NeuroML that includes this file",
        )


def _no_word(what: str, where: str) -> UsageError:
    return UsageError(f"pyNN.annarchy: NeuroML has no {what} ('{where}')")
