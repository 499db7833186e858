"""What a name means inside a component, and which variable others see under a name (LEMS).

An expression sees the component's own states, derived variables, requirements, parameters and
constants, then the document's constants, then the time ``t``. Others see exposures, then
variables and parameters, then what the component's ancestors offer.
"""

from __future__ import annotations

from annarchy_ml.model.component import ComponentType
from annarchy_ml.model.dynamics import (
    Action,
    ConditionalDerivedVariable,
    DerivedVariable,
    Dynamics,
    OnCondition,
    OnEvent,
    Regime,
    StateAssignment,
    StateVariable,
)
from annarchy_ml.model.instance import Node

EXPOSED = "#exposed"
EMPTY = Dynamics()


class TypeScope:
    """The names of one component type; computed once per type.

    Attributes:
        late: variables that change after the component has published its exposures.
    """

    def __init__(self, found: ComponentType, moved: frozenset[str] = frozenset()) -> None:
        self.type = found
        dynamics = found.dynamics or EMPTY
        self.dynamics = dynamics
        self.states: dict[str, StateVariable] = {}
        self.derived: dict[str, DerivedVariable | ConditionalDerivedVariable] = {}
        groups: tuple[Dynamics | Regime, ...] = (dynamics, *dynamics.regimes)
        for group in groups:
            for state in group.states:
                self.states.setdefault(state.name, state)
            for derived in group.derived:
                self.derived.setdefault(derived.name, derived)
        self.requirements = {item.name: item for item in found.requirements}
        self.parameters = {item.name: item.dimension for item in found.parameters}
        self.parameters.update({item.name: item.dimension for item in found.derived_parameters})
        self.instances = {item.name for item in found.references if item.kind == "instance"}
        self.exposures = self._exposures()
        self.late = self._late() | moved

    def _exposures(self) -> dict[str, str]:
        """Variable by exposure; an exposure without one takes the variable of its name."""
        result: dict[str, str] = {}
        for item in (*self.states.values(), *self.derived.values()):
            if item.exposure:
                result.setdefault(item.exposure, item.name)
        for exposure in self.type.exposures:
            if exposure.name in self.states or exposure.name in self.derived:
                result.setdefault(exposure.name, exposure.name)
        return result

    def _late(self) -> frozenset[str]:
        """Variables that change after the component has published its exposures."""
        names: set[str] = set()
        for event in self.dynamics.events:
            names |= _assigned(event.actions)
        for regime in self.dynamics.regimes:
            names |= {item.name for item in regime.derived}
            names |= {item.variable for item in regime.derivatives}
            names |= _assigned(regime.on_entry)
            blocks: tuple[OnCondition | OnEvent, ...] = (*regime.conditions, *regime.events)
            for block in blocks:
                names |= _assigned(block.actions)
        return frozenset(names)

    def knows(self, name: str) -> bool:
        """Whether the component itself has a variable, requirement or parameter of this name."""
        return (
            name in self.states
            or name in self.derived
            or name in self.requirements
            or name in self.parameters
        )

    def dimension(self, name: str) -> str:
        """Name of the dimension of a variable, requirement or parameter."""
        if name in self.states:
            return self.states[name].dimension
        if name in self.derived:
            declared = self.derived[name].dimension
            return declared or self._exposed_dimension(name)
        if name in self.requirements:
            return self.requirements[name].dimension
        return self.parameters.get(name, "none")

    def _exposed_dimension(self, name: str) -> str:
        exposure = self.derived[name].exposure or name
        for item in self.type.exposures:
            if item.name == exposure:
                return item.dimension
        return "none"

    def published(self, name: str) -> str | None:
        """The variable that others see as ``name``: ``x``, ``x#exposed``, or None."""
        variable = self.exposures.get(name)
        if variable is not None:
            return variable + EXPOSED if variable in self.late else variable
        return name if self.knows(name) else None


def _assigned(actions: tuple[Action, ...]) -> set[str]:
    return {item.variable for item in actions if isinstance(item, StateAssignment)}


class Scopes:
    """Scopes of all types of a model."""

    def __init__(self) -> None:
        self._scopes: dict[tuple[int, frozenset[str]], TypeScope] = {}

    def of(self, node: Node) -> TypeScope:
        """The scope of a node's type."""
        moved = _moved_by_scheme(node)
        key = (id(node.type), moved)
        found = self._scopes.get(key)
        if found is None:
            found = self._scopes[key] = TypeScope(node.type, moved)
        return found

    def published(self, node: Node, name: str) -> str | None:
        """Qualified name of what a node, or its ancestors in the tree, offers as ``name``."""
        where: Node | None = node
        while where is not None:
            variable = self.of(where).published(name)
            if variable is not None:
                return where.qualified(variable)
            where = where.parent
        return None


def _moved_by_scheme(node: Node) -> frozenset[str]:
    """Variables of a node that a kinetic scheme of its parent moves, after its own step."""
    dynamics = node.parent.type.dynamics if node.parent is not None else None
    if dynamics is None or not dynamics.schemes:
        return frozenset()
    return frozenset(
        scheme.state_variable for scheme in dynamics.schemes if scheme.nodes == node.slot
    )
