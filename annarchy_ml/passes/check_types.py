"""Checks that the dynamics of a component type name only what the type has: states, ports, regimes.

Before: ``<OnEvent port="kik">`` beside ``<EventPort name="kick" direction="in"/>``. After: the
same, and a diagnostic for each name that stands for nothing. What a type inherits was checked with
its base.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import Origin, locate
from annarchy_ml.expr import circle, dependency_order, free_symbols
from annarchy_ml.model.component import ComponentType
from annarchy_ml.model.dynamics import (
    Action,
    ConditionalDerivedVariable,
    DerivedVariable,
    Dynamics,
    EventOut,
    Regime,
    StateAssignment,
    Transition,
)
from annarchy_ml.passes.check_structure import check_structure
from annarchy_ml.passes.in_place import symbol_span
from annarchy_ml.passes.resolve import TypeTable
from annarchy_ml.passes.scope import TypeScope


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def origin(self) -> Origin | None: ...


def check_type(
    found: ComponentType, declared: ComponentType, types: TypeTable, report: Diagnostics
) -> None:
    """Checks one type.

    Args:
        found: the type with all that it inherits.
        declared: the same type with its own members only.
        types: all types of the document.
        report: collects faults.
    """
    check = _NameCheck(found, report)
    check.duplicates(declared)
    check.slots(declared, types)
    check_structure(declared, found, types, report)
    if declared.dynamics is not None:
        check.dynamics(declared.dynamics)


class _NameCheck:
    """The check of one type."""

    def __init__(self, found: ComponentType, report: Diagnostics) -> None:
        self.found = found
        self.report = report
        scope = TypeScope(found)
        self.states = list(scope.states)
        self.regimes = [item.name for item in scope.dynamics.regimes]
        self.ports = {
            direction: [item.name for item in found.ports if item.direction == direction]
            for direction in ("in", "out")
        }

    def duplicates(self, declared: ComponentType) -> None:
        """Two quantities of one name in the same type."""
        dynamics = declared.dynamics or Dynamics()
        self._same_names((*declared.parameters, *declared.derived_parameters))
        self._same_names(dynamics.states)
        self._same_names(dynamics.derived)
        self._same_rates(dynamics)
        for direction in ("in", "out"):
            ports = [item for item in declared.ports if item.direction == direction]
            self._same_names(ports, fatal=True)
        states = {item.name: item for item in dynamics.states}
        for derived in dynamics.derived:
            state = states.get(derived.name)
            if state is not None:
                self._twice(derived.name, derived.origin, state.origin, "name", fatal=False)

    def _same_names(self, items: Sequence[_Named], fatal: bool = False) -> None:
        """What says the same twice is a doubt, unless ``fatal``: published models have it."""
        known: dict[str, _Named] = {}
        for item in items:
            first = known.setdefault(item.name, item)
            if first is not item and item.name:
                self._twice(item.name, item.origin, first.origin, "name", fatal or item != first)

    def _same_rates(self, dynamics: Dynamics) -> None:
        known: dict[str, Origin | None] = {}
        for rate in dynamics.derivatives:
            if rate.variable in known:
                self._twice(rate.variable, rate.origin, known[rate.variable], "variable")
            known.setdefault(rate.variable, rate.origin)

    def _twice(
        self,
        name: str,
        origin: Origin | None,
        first: Origin | None,
        attribute: str,
        fatal: bool = True,
    ) -> None:
        """``fatal`` is off where both say the same, and for a state and a derived variable."""
        place = locate(first, attribute)
        what = f"d{name}/dt is given" if attribute == "variable" else f"'{name}' is declared"
        record = self.report.error if fatal else self.report.warning
        record(
            "attribute.duplicate",
            f"{what} twice in {self.found.name}",
            locate(origin, attribute),
            related=((place, "first here"),) if place is not None else (),
            hint="remove one of the two, or give it another name",
            component=self.found.name,
        )

    def slots(self, declared: ComponentType, types: TypeTable) -> None:
        """Places for children whose type is not defined."""
        for slot in declared.slots:
            if slot.type in types or slot.type in ("", "Component"):
                continue
            near = did_you_mean(slot.type, types.document.types)
            if near:
                self.report.error(
                    "type.unknown",
                    f"the children '{slot.name}' have the unknown type '{slot.type}'",
                    locate(slot.origin, "type"),
                    hint=near,
                    component=self.found.name,
                )

    def dynamics(self, dynamics: Dynamics) -> None:
        """All names in dynamics."""
        self._block(dynamics)
        self._actions(dynamics.on_start)
        for regime in dynamics.regimes:
            self._block(regime)
            self._actions(regime.on_entry)
        self._initial(dynamics.regimes)

    def _loops(self, items: Sequence[DerivedVariable | ConditionalDerivedVariable]) -> None:
        """Derived variables that need one another; each loop is reported once."""
        known = {item.name: item for item in items if item.name not in self.states}
        uses = {name: _used(item) & known.keys() for name, item in known.items()}

        def report(blocked: Sequence[str]) -> list[str]:
            chain = circle(uses, blocked)
            self._loop([known[name] for name in chain])
            return chain

        dependency_order(uses, report)

    def _loop(self, chain: list[DerivedVariable | ConditionalDerivedVariable]) -> None:
        names = [item.name for item in chain]
        places = [
            (symbol_span(item.origin, "value", after), f"needs {after}")
            for item, after in zip(chain, [*names[1:], names[0]], strict=True)
        ]
        self.report.error(
            "loop.algebraic",
            f"these derived variables need one another: {' -> '.join([*names, names[0]])}"
            if len(names) > 1
            else f"the derived variable '{names[0]}' needs itself",
            places[0][0],
            label=places[0][1],
            related=tuple((span, label) for span, label in places[1:] if span is not None),
            hint="make one of them a state variable, or remove it from the others' equations",
            component=self.found.name,
        )

    def _block(self, block: Dynamics | Regime) -> None:
        self._loops(block.derived)
        for rate in block.derivatives:
            self._state(rate.variable, rate.origin)
        for condition in block.conditions:
            self._actions(condition.actions)
        for event in block.events:
            self._port(event.port, "in", event.origin)
            self._actions(event.actions)

    def _actions(self, actions: Iterable[Action]) -> None:
        for item in actions:
            if isinstance(item, StateAssignment):
                self._state(item.variable, item.origin)
            elif isinstance(item, EventOut):
                self._port(item.port, "out", item.origin)
            elif isinstance(item, Transition) and item.regime not in self.regimes:
                self.report.error(
                    "regime.initial",
                    f"{self.found.name} has no regime '{item.regime}'",
                    locate(item.origin, "regime"),
                    notes=(f"its regimes: {', '.join(self.regimes) or 'none'}",),
                    hint=did_you_mean(item.regime, self.regimes)
                    or f'add <Regime name="{item.regime}">',
                    component=self.found.name,
                )

    def _state(self, name: str, origin: Origin | None) -> None:
        if name in self.states or not name:
            return
        self.report.error(
            "variable.not-state",
            f"'{name}' is not a state variable of {self.found.name}",
            locate(origin, "variable"),
            notes=(f"its states: {', '.join(self.states) or 'none'}",),
            hint=did_you_mean(name, self.states)
            or f'declare <StateVariable name="{name}" dimension="..."/>',
            component=self.found.name,
        )

    def _port(self, name: str, direction: str, origin: Origin | None) -> None:
        names = self.ports[direction]
        if name in names or not name:
            return
        self.report.error(
            "port.unknown",
            f"{self.found.name} has no {direction}-port '{name}'",
            locate(origin, "port"),
            notes=(f"its {direction}-ports: {', '.join(names) or 'none'}",),
            hint=did_you_mean(name, names)
            or f'declare <EventPort name="{name}" direction="{direction}"/>',
            component=self.found.name,
        )

    def _initial(self, regimes: tuple[Regime, ...]) -> None:
        initial = [item for item in regimes if item.initial]
        if not regimes or len(initial) == 1:
            return
        few = not initial
        self.report.error(
            "regime.initial",
            f"no regime of {self.found.name} is marked as the initial one"
            if few
            else f"{self.found.name} has {len(initial)} initial regimes",
            locate((regimes[0] if few else initial[1]).origin, "" if few else "initial"),
            hint='write initial="true" on one of its regimes'
            if few
            else 'keep initial="true" on one of them',
            component=self.found.name,
        )


def _used(item: DerivedVariable | ConditionalDerivedVariable) -> set[str]:
    """The names that a derived variable needs at once."""
    if isinstance(item, DerivedVariable):
        return set(free_symbols(item.value)) if item.value is not None else set()
    names: set[str] = set()
    for case in item.cases:
        names |= free_symbols(case.value)
        if case.condition is not None:
            names |= free_symbols(case.condition)
    return names
