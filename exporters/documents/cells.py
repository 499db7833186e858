"""Populations and inputs of a network from Python: which component each instance is of.

A component of NeuroML has its values for all its instances. Instances with other values are of
another component; a start value of a state becomes the parameter that ``OnStart`` takes it from, or
where there is none, one of a component type of one's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.exporters.documents.parts import Parts, element, refused
from annarchy_ml.expr import Expr, Symbol
from annarchy_ml.expr.traverse import symbol_nodes
from annarchy_ml.model.component import Component, ComponentType, Parameter
from annarchy_ml.model.document import Document
from annarchy_ml.model.dynamics import Dynamics, StateAssignment
from annarchy_ml.model.network import Population, Setting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.model.network import Given
    from annarchy_ml.units.unit import Unit

MOST_PARTS = 2000
"""Populations that one of Python may become, since each value of a cell is one of its own."""
Values = dict[str, "NDArray[np.float64]"]
Drawn = Callable[["Given", "NDArray[np.int64]", str], "float | NDArray[np.float64]"]
Which = tuple["NDArray[np.int64]", list[str]]
"""Which component each instance is of, shape (n,), and the ids of the components."""


class CellWriter:
    """Makes populations, and the components and types that they need.

    Attributes:
        components, types: what was made so far.
    """

    def __init__(
        self, document: Document, resolved: Callable[[str], ComponentType], drawn: Drawn
    ) -> None:
        self.document = document
        self.resolved = resolved
        self.components: list[Component] = []
        self.types: dict[str, ComponentType] = {}
        self._drawn = drawn
        self._taken = {item.id for item in document.components}

    def place(self, item: Population) -> Parts:
        """The populations of a population.

        Raises:
            UsageError: If its cells differ in too many values, or in one without a place.
        """
        which, ids = self.components_of(item.name, item.component, item.settings, item.size)
        begins = [0, *(np.flatnonzero(np.diff(which)) + 1).tolist()]
        if len(begins) > MOST_PARTS:
            raise refused(
                f"'{item.name}'",
                f"values that differ from cell to cell; it would be {len(begins)} populations",
                "give cells that lie side by side the same values, or start values none",
            )
        alone = len(begins) == 1
        names = [item.name if alone else f"{item.name}_{n}" for n in range(len(begins))]
        made = Parts(begins, names)
        ends = [*begins[1:], item.size]
        for begin, end, name in zip(begins, ends, names, strict=True):
            given = {"id": name, "component": ids[which[begin]], "size": str(end - begin)}
            made.elements.append(element("population", given))
        return made

    def components_of(
        self, owner: str, component: Component, settings: list[Setting], size: int
    ) -> Which:
        """The components of instances of one component with other values.

        Args:
            owner: the population or input, for messages.
            component: what they are instances of.
            settings: the other values.
            size: how many instances there are.
        """
        if not settings:
            return np.zeros(size, np.int64), [component.id]
        kind, names = self._kind(owner, component, settings)
        given = self._values(owner, settings, size)
        made = self.types.get(kind.name)
        starts = {item.name for item in made.parameters} if made is not None else set()
        if any(np.isnan(given[name]).any() for name, own in names.items() if own in starts):
            raise refused(f"'{owner}'", "start values of some of the cells only")
        kept = {names[name]: array for name, array in given.items()}
        texts = [self._texts(owner, kind, name, array) for name, array in kept.items()]
        rows: dict[tuple[str, ...], int] = {}
        which = np.array([rows.setdefault(row, len(rows)) for row in zip(*texts, strict=True)])
        ids = [self._component(owner, component, kind, dict(zip(kept, row, strict=True)))
               for row in rows]  # fmt: skip
        return which, ids

    def _component(
        self, owner: str, component: Component, kind: ComponentType, values: dict[str, str]
    ) -> str:
        """One more component with values in place of those of another; gives its id."""
        values = {name: text for name, text in values.items() if text}
        name = f"{owner}_{component.id}"
        number = 0
        while name in self._taken:
            number += 1
            name = f"{owner}_{component.id}_{number}"
        self._taken.add(name)
        attributes = {**component.attributes, "id": name, "type": kind.name, **values}
        made = Component("Component", attributes, component.children, None, kind.name)
        self.components.append(made)
        return name

    def _values(self, owner: str, settings: list[Setting], size: int) -> Values:
        """Values by name, shape (size,); NaN where there is none but that of the component."""
        found: Values = {}
        for item in settings:
            values = found.setdefault(item.name, np.full(size, np.nan))
            cells = np.arange(size) if item.cells is None else item.cells
            values[cells] = self._drawn(item.value, cells, f"{owner}/{item.name}")
        return found

    def _texts(
        self, owner: str, kind: ComponentType, name: str, values: NDArray[np.float64]
    ) -> list[str]:
        """Values as attributes have them; empty for that of the component."""
        known = self.types.get(kind.name, kind)
        dimension = next((p.dimension for p in known.parameters if p.name == name), None)
        if dimension is None:
            dimension = next(
                p.dimension for p in self.resolved(kind.extends).parameters if p.name == name
            )
        unit = self._unit(owner, name, dimension)
        return ["" if value != value else f"{value!r}{unit}" for value in values.tolist()]

    def _unit(self, owner: str, name: str, dimension: str) -> str:
        """The SI unit of a dimension, behind a blank; empty for none."""
        wanted = self.document.dimensions.get(dimension)
        if dimension == "none" or (wanted is not None and wanted.is_dimensionless):
            return ""
        fitting = [item for item in self.document.units.values() if _is_si(item, wanted)]
        if not fitting:
            raise refused(f"'{owner}'", f"'{name}' without a unit of the dimension '{dimension}'")
        return f" {min(fitting, key=lambda item: len(item.symbol)).symbol}"

    def _kind(
        self, owner: str, component: Component, settings: list[Setting]
    ) -> tuple[ComponentType, dict[str, str]]:
        """The type of the components, and the parameter that stands for each value."""
        own = self.resolved(component.type)
        names = {item.name: item.name for item in settings if not item.is_state}
        other: list[str] = []
        for item in settings:
            if item.is_state and item.name not in names:
                start = start_parameter(own, item.name)
                names[item.name] = start or f"{item.name}_start"
                if not start:
                    other.append(item.name)
        return (self._started(owner, own, other) if other else own), names

    def _started(self, owner: str, own: ComponentType, states: list[str]) -> ComponentType:
        """A type whose states start from parameters."""
        name = f"{own.name}_from_{'_'.join(states)}"
        if name in self.types:
            return self.types[name]
        dynamics = own.dynamics
        assert dynamics is not None
        known = {item.name: item.dimension for item in dynamics.states}
        for state in states:
            if state not in known:
                raise refused(f"'{owner}'", f"a start value of '{state}', which regimes hold")
        begun = {
            action.variable: action
            for action in dynamics.on_start
            if isinstance(action, StateAssignment)
        }
        for state in states:
            begun[state] = StateAssignment(state, Symbol(f"{state}_start"))
        others = [item for item in dynamics.on_start if not isinstance(item, StateAssignment)]
        self.types[name] = made = ComponentType(
            name,
            extends=own.name,
            parameters=tuple(Parameter(f"{state}_start", known[state]) for state in states),
            dynamics=replace(dynamics, on_start=(*begun.values(), *others), extends_super=False),
        )
        return made


def start_parameter(own: ComponentType, state: str) -> str:
    """The parameter that is the start value of a state, and nothing else; empty for none."""
    dynamics = own.dynamics
    if dynamics is None:
        return ""
    starts = [
        item.value
        for item in dynamics.on_start
        if isinstance(item, StateAssignment) and item.variable == state
    ]
    if len(starts) != 1 or not isinstance(starts[0], Symbol):
        return ""
    name = starts[0].name
    is_parameter = any(item.name == name and item.kind == "parameter" for item in own.parameters)
    return name if is_parameter and _reads(own, dynamics).count(name) == 1 else ""


def _reads(own: ComponentType, dynamics: Dynamics) -> list[str]:
    """Every name that an expression of a type reads, as often as it does."""
    parts: list[object] = [dynamics, own.derived_parameters, own.structure]
    found: list[str] = []
    while parts:
        part = parts.pop()
        if isinstance(part, Expr):
            found += [item.name for item in symbol_nodes(part)]
        elif isinstance(part, tuple):
            parts += part
        elif is_dataclass(part):
            parts += [getattr(part, item.name) for item in fields(part)]
    return found


def _is_si(unit: Unit, wanted: object) -> bool:
    return unit.dimension == wanted and unit.factor == 1.0 and unit.offset == 0.0
