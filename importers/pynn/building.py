"""Hands a network that a script has described to the typed API."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

import annarchy_ml as public
from annarchy_ml.importers.pynn.equations import (
    INJECTED,
    JOINED_BASE,
    SYNAPSE_BASE,
    CellEquations,
    Wishes,
    cell_type,
)
from annarchy_ml.importers.pynn.injections import (
    COMPARTMENT,
    TAP,
    Intake,
    injected_type,
    tap_type,
)
from annarchy_ml.importers.pynn.synapse_equations import synapse_type
from annarchy_ml.model.component import ComponentType, Exposure

if TYPE_CHECKING:
    from annarchy_ml import NetworkModel
    from annarchy_ml.importers.pynn.simulator import State

MOST_DIVIDED = 100
"""Parts of a step at most."""


class Builder:
    """Makes one model.

    Attributes:
        model: what was made so far.
        views: what stands in it for each population, by name.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.model: NetworkModel = public.NetworkModel("pynn")
        self.model.define(ComponentType(SYNAPSE_BASE))
        self.model.define(ComponentType(JOINED_BASE, exposures=(Exposure("i", "none"),)))
        self.views: dict[str, Any] = {}
        self._types: dict[Any, str] = {}
        self._included: set[str] = set()
        self._joined: set[str] = set()
        self._injections = 0

    def build(self) -> NetworkModel:
        """The whole model."""
        injected = {
            population.name for item in self.state.sources for population, _, _ in item.targets
        }
        for item in self.state.projections:
            if item.synapse_type.injects:
                joined = item.populations()
                injected |= joined
                if any(population.parts is not None for population in self._named(joined)):
                    self._joined |= joined
        for population in self.state.populations:
            if hasattr(population.celltype, "prepare"):
                population.celltype.prepare(population)
        for source in self.state.sources:
            if any(hasattr(population.celltype, "inject") for population, _, _ in source.targets):
                self._add_source(source)  # compartments see it after it has stepped
        for population in self.state.populations:
            self._populate(population, population.name in injected)
        for source in self.state.sources:
            self._inject(source)
        for projection in self.state.projections:
            projection.build(self)
        return self.model

    def nothing(self) -> NetworkModel:
        """A model whose only cell does nothing."""
        idle = CellEquations("Idle", (), {}, before={"i": "0"})
        self.add(idle.name, self.component(idle.name, idle, Wishes(), {}), 1)
        return self.model

    def _named(self, names: set[str]) -> list[Any]:
        return [item for item in self.state.populations if item.name in names]

    def once(self, name: str, define: Any) -> None:
        """Adds to the model what it needs only once."""
        if name not in self._types:
            self._types[name] = name
            define()

    def include(self, file: str) -> None:
        """Adds the components of a file."""
        if file not in self._included:
            self._included.add(file)
            self.model.include(file)

    def _populate(self, population: Any, injected: bool) -> None:
        if hasattr(population.celltype, "populate"):
            population.celltype.populate(self, population)
            return
        equations = population.celltype.equations
        wishes = Wishes(injected, self._divided(population), joined=population.name in self._joined)
        numbers = population.numbers()
        component = self.component(population.name, equations, wishes, numbers)
        self.add(population.name, component, population.size)
        for name in equations.parameters:
            values = numbers[name]
            if np.any(values != values[0]):
                self.views[population.name].set(**{name: np.asarray(values, float)})

    def add(self, name: str, component: Any, size: int) -> None:
        """A population."""
        self.views[name] = self.model.population(name, component, size)

    def component(self, name: str, equations: Any, wishes: Wishes, values: Any) -> Any:
        """A component of cells with these equations, with the values of the first of them."""
        made = self.type_for(
            (repr(equations), wishes),
            equations.name,
            lambda type_name: cell_type(equations, type_name, wishes),
        )
        first = {item: float(np.ravel(values[item])[0]) for item in equations.parameters}
        return self.model.component(f"{name}_", made, **first)

    def _divided(self, population: Any) -> int:
        """Parts of a step, so that the method is stable and exact."""
        longest = population.celltype.equations.longest
        for name, values in population.numbers().items():
            if "tau_" in name and "refrac" not in name:
                longest = min(longest, float(np.min(values)))
        if not longest > 0.0:
            return 1
        return int(min(MOST_DIVIDED, max(1, ceil(self.state.dt / longest - 1e-9))))

    def _inject(self, source: Any) -> None:
        if source.name not in self.views:
            self._add_source(source)
        for number, (population, rows, where) in enumerate(source.targets):
            if hasattr(population.celltype, "inject"):
                population.celltype.inject(self, source, (population, rows, where))
                continue
            ends = (self.views[source.name], self.views[population.name])
            pairs = public.Explicit(np.zeros(len(rows), int), np.asarray(rows))
            self.couple(f"{source.name}_{number}", ends, pairs, "w * pre.i", 1.0)

    def _add_source(self, source: Any) -> None:
        component = self.component(source.name, source.equations, Wishes(), source.numbers())
        self.add(source.name, component, 1)

    def couple(self, name: str, ends: tuple[Any, Any], pairs: Any, psp: str, weight: Any) -> None:
        """A current into cells, of what their sources and they themselves show."""
        self.model.coupling(
            name, *ends, pairs, INJECTED, psp=psp, weight=weight, double_weights=True
        )

    def inject_at(self, source: Any, place: Any, rows: Any, intake: Intake = COMPARTMENT) -> None:
        """A current into some cells with morphology, at a place along each, or into cells of files.

        Args:
            source: the current source.
            place: a view of all cells of a population, at that place.
            rows: numbers of the cells.
            intake: what the cells take.
        """
        self.once(TAP, lambda: self._define(tap_type()))
        self.once(intake.name, lambda: self._define(injected_type(intake)))
        pairs = public.Explicit(np.zeros(len(rows), int), np.asarray(rows))
        ends = (self.views[source.name], place)
        self._injections += 1
        name = f"{source.name}_at_{self._injections}"
        self.model.junctions(name, *ends, pairs, f"{intake.name}_", at_source=f"{TAP}_")

    def _define(self, made: ComponentType) -> None:
        self.model.define(made)
        self.model.component(f"{made.name}_", made.name)

    def synapse(self, name: str, equations: Any, how: tuple[str, bool], given: Any) -> Any:
        """A component of synapses, with the parameters of the first of them.

        Args:
            name: of the projection.
            equations: of the synapses.
            how: the receptor, and whether they hear their cell at once.
            given: parameters by name, shape (n,).
        """
        made = self.type_for(
            (repr(equations), how),
            equations.name,
            lambda type_name: synapse_type(equations, type_name, *how),
        )
        first = {item: float(given[item][0]) for item in equations.parameters}
        return self.model.component(f"{name}_", made, **first)

    def type_for(self, key: Any, stem: str, make: Callable[[str], ComponentType]) -> str:
        """The name of a component type, which is made when it is asked for first."""
        if key not in self._types:
            self._types[key] = f"{stem}_{len(self._types)}"
            self.model.define(make(self._types[key]))
        return self._types[key]
