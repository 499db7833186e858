"""Checks what a user writes while a network is built, and turns it into SI values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import Diagnostics, UsageError
from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.kernels.connectivity import (
    Connectivity,
    Explicit,
)
from annarchy_ml.model.component import Component, ComponentType
from annarchy_ml.model.instance import Node
from annarchy_ml.model.network import Input, Network, Population, Projection
from annarchy_ml.passes.instantiate import (
    POST,
    first_port,
    heard_ports,
    sent_ports,
)
from annarchy_ml.session.network_parts import target_of
from annarchy_ml.session.network_places import PlaceChecks
from annarchy_ml.session.network_rules import checked_rule
from annarchy_ml.session.network_values import DISTRIBUTIONS, ValueReader

if TYPE_CHECKING:
    from annarchy_ml.model.network import Cells, Given
    from annarchy_ml.passes.pipeline import Tables


MOST_CELLS = 2**31 - 1
"""Of one population: the engine counts them in 32 bits with a sign."""


class Checks(PlaceChecks):
    """Checks against the types and components of one network.

    Attributes:
        values: reads what a user gives as a value.
    """

    def __init__(self, network: str, tables: Tables, report: Diagnostics) -> None:
        self.where = f"NetworkModel '{network}'"
        self.tables = tables
        self.values = ValueReader(self.where, tables, report)

    def found(self, component: Component | str) -> Component:
        """A component of the network, itself or by its id."""
        known = self.tables.components.by_id
        name = component.id if isinstance(component, Component) else component
        made = known.get(name) if isinstance(name, str) else None
        if made is None or (isinstance(component, Component) and made is not component):
            raise UsageError(
                f"{self.where} has no component {name!r}",
                hint=did_you_mean(str(name), known) or "make it with net.component(...)",
            )
        return made

    def cell(self, component: Component | str) -> Component:
        """A component of which a population can be made."""
        made = self.found(component)
        if not self.type_of(made).has_dynamics:
            raise UsageError(
                f"{made.type} '{made.id}' has no dynamics: no population can be made of it"
            )
        return made

    def attached(self, component: Component | str, target: Population, name: str) -> Component:
        """A component that the cells of a population take as synapse or input."""
        made = self.found(component)
        if any(item.kind == "instance" for item in self.type_of(made).references):
            raise UsageError(
                f"'{name}': {made.type} '{made.id}' sees the cell at its other end, which events "
                "do not lead to",
                code="unsupported.construct",
                hint="connect it with net.junctions(...)",
            )
        return fitting(self, made, target, name)

    def input(self, component: Component | str, target: Population, name: str) -> Component:
        """A component that acts on cells without being sent events."""
        made = self.attached(component, target, name)
        if POST in heard_ports(self._node(made)):
            raise UsageError(
                f"'{name}': {made.type} '{made.id}' hears its cell at the port '{POST}', but only "
                "synapses of projections do",
                code="port.unknown",
                hint="connect it with net.projection(...)",
            )
        return made

    def type_of(self, component: Component) -> ComponentType:
        """The resolved type of a component of the network."""
        return self.values.type_of(component)

    def cells(self, view: Any, network: Network, what: str) -> Cells:
        """The cells of a view of one of the network's populations."""
        target = target_of(view)
        if target is None or target.population not in network.populations:
            raise UsageError(
                f"'{what}' takes cells of a population of {self.where}, not {view!r}",
                hint="give what net.population() returned, or a part of it such as exc[:10]",
            )
        return target

    def size(self, size: Any, name: str) -> int:
        """A number of cells."""
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
            raise UsageError(f"the size of '{name}' is a whole number from 1 on, not {size!r}")
        if size > MOST_CELLS:
            raise UsageError(
                f"'{name}' would have {size:.3g} cells; a population has at most {MOST_CELLS:,}",
                hint="split it into several populations",
            )
        return int(size)

    def out_port(self, population: Population, port: str = "") -> str:
        """The port through which the cells send events."""
        node = self._node(population.component)
        known = sorted(sent_ports(node))
        chosen = port or first_port(node, "out")
        if chosen in known:
            return chosen
        cell = population.component
        what = f"no events through '{port}'" if port else "no events"
        raise UsageError(
            f"the cells of '{population.name}' ({cell.type} '{cell.id}') send {what}",
            code="port.unknown",
            hint=f"they send through: {', '.join(known)}" if known else "",
        )

    def _in_port(self, component: Component, port: str, name: str) -> str:
        node = self._node(component)
        known = [item.name for item in node.type.ports if item.direction == "in"]
        chosen = port or first_port(node, "in", (POST,))
        if chosen in known:
            return chosen
        what = f"has no in-port '{port}'" if port else "takes no events of other cells"
        raise UsageError(
            f"'{name}': {component.type} '{component.id}' {what}",
            code="port.unknown",
            hint=did_you_mean(port, known) or f"its in-ports: {', '.join(known) or 'none'}",
        )

    def _hears(self, synapse: Component, target: Population, name: str) -> None:
        """Refuses synapses that hear their cell on cells that send nothing."""
        ports = [item.name for item in self.type_of(synapse).ports if item.direction == "in"]
        if POST not in ports:
            return
        try:
            self.out_port(target)
        except UsageError as fault:
            raise UsageError(
                f"'{name}': {synapse.type} '{synapse.id}' hears its cell at the port '{POST}', but "
                f"the cells of '{target.name}' ({target.component.type} '{target.component.id}') "
                "send no events",
                code="port.unknown",
                hint="use a cell type that sends events, or a synapse type without this port",
            ) from fault

    def _node(self, component: Component) -> Node:
        return Node(self.type_of(component), component, component.id, "", {})

    def projection(
        self,
        name: str,
        ends: tuple[Cells, Cells],
        rule: Any,
        receiver: tuple[Component | str | None, str],
        values: tuple[Any, Any],
    ) -> Projection:
        """A projection whose parts fit each other.

        Args:
            name: its name.
            ends: sources and targets.
            rule: which pairs.
            receiver: synapse or None, and the in-port of the cells or empty.
            values: weight and delay; None for the default.
        """
        given, port = receiver
        if (given is None) == (not port):
            raise UsageError(
                f"'{name}' needs a synapse or a port of the targets, and not both",
                hint='write synapse=..., or port="in"',
            )
        target = ends[1].population
        synapse = None if given is None else self.attached(given, target, name)
        listener = target.component if synapse is None else synapse
        into = self._in_port(listener, port, name)
        if synapse is not None:
            self._hears(synapse, target, name)
        weight = self.weight(listener, name, values[0])
        connectivity = self.connectivity(name, ends, rule, (weight, values[1]))
        out = self.out_port(ends[0].population)
        return Projection(name, *ends, synapse, out, into, connectivity)

    def connectivity(
        self, name: str, ends: tuple[Cells, Cells], rule: Any, values: tuple[Given, Any]
    ) -> Connectivity:
        """Connections by a rule that can be carried out; ``values`` are weight [SI] and delay."""
        weight, rule = values[0], checked_rule(rule, name, ends)
        given, what = values[1], f"the delay of '{name}'"
        delay = 0.0 if given is None else self.values.value(given, "time", what)
        for what, value in (("weight", weight), ("delay", delay)):
            fits_rule(value, rule, f"the {what} of '{name}'")
        return Connectivity(rule, weight, delay, double_weights=isinstance(weight, np.ndarray))

    def weight(self, listener: Component, name: str, given: Any) -> Given:
        """The weight of connections [SI], which a component takes as its property ``weight``."""
        found = [
            item
            for item in self.type_of(listener).parameters
            if item.name == "weight" and item.kind == "property"
        ]
        if not found:
            if given is None or (isinstance(given, (int, float)) and given == 1.0):
                return 1.0
            raise UsageError(
                f"'{name}': the type {listener.type} has no property 'weight', so its "
                "connections have none",
                hint='declare <Property name="weight" dimension="none" defaultValue="1"/>',
            )
        if given is None:
            return self.tables.values.of(listener).get("weight", 1.0)
        return self.values.value(given, found[0].dimension, f"the weight of '{name}'")


def fitting(checks: Checks, made: Component, target: Population, name: str) -> Component:
    """A component for which the cells of a population have a place."""
    cell = target.component
    ancestors = checks.type_of(made).ancestors
    slots = [item for item in checks.type_of(cell).slots if item.kind == "attachments"]
    if not any(item.type in ancestors for item in slots):
        raise UsageError(
            f"'{name}': {cell.type} '{cell.id}' takes no {made.type}, so '{made.id}' cannot "
            f"act on '{target.name}'",
            code="attachment.none",
            hint=f"it takes: {', '.join(item.type for item in slots) or 'nothing'}",
        )
    return made


def fits_rule(value: Given, rule: Any, what: str) -> None:
    """Refuses arrays for connections that are not listed."""
    if not isinstance(value, np.ndarray):
        return
    if not isinstance(rule, Explicit):
        raise UsageError(
            f"{what} is an array, but {type(rule).__name__} says not which connections there are",
            hint="give a number or a distribution, or list the pairs with Explicit",
        )
    if value.shape != (len(rule.sources),):
        raise UsageError(
            f"{what} has shape {value.shape}, but there are {len(rule.sources)} connections"
        )


def checked_paths(paths: tuple[Any, ...]) -> tuple[str, ...]:
    """Paths to variables, at least one."""
    if not paths or not all(isinstance(path, str) and path for path in paths):
        raise UsageError(
            f"'record' takes names of variables, not {', '.join(map(repr, paths)) or 'none'}",
            hint='write net.record(cells, "v")',
        )
    return paths


def checked_hearing(name: str, given: float | tuple[float, float]) -> tuple[float, float]:
    """After how many delays, and seconds more, a synapse hears its cell.

    Raises:
        UsageError: If it is not 0 or more delays.
    """
    times, further = given if isinstance(given, tuple) else (given, 0.0)
    if not 0.0 <= times < float("inf") or not abs(further) < float("inf"):
        raise UsageError(f"'{name}': heard_after is 0 or more, not {given!r}")
    return float(times), float(further)


def check_delays(network: Network, dt: float) -> None:
    """Refuses delays that are shorter than a step of ``dt`` [s]."""
    for item in network.links:
        if isinstance(item, Input):
            continue
        given = item.connectivity.delay
        if isinstance(given, DISTRIBUTIONS):
            continue
        least = float(np.min(given)) if np.size(given) else dt
        default = isinstance(given, float) and given == 0.0
        if not default and least < dt * (1.0 - 1e-9):
            raise UsageError(
                f"the delay of '{item.name}' is {least:g} s, shorter than the step of {dt:g} s",
                hint="a connection takes one step at least",
            )
