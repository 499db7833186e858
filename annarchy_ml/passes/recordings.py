"""Paths to what is recorded, read or set: from the text of a file to group, field and instance."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.kernels.nodes import Role
from annarchy_ml.kernels.plan import EventRecording, Recording
from annarchy_ml.model.instance import NetworkInstance, Node
from annarchy_ml.model.system import Variable
from annarchy_ml.passes.members import Member
from annarchy_ml.passes.places import Place, PlaceError, PlaceFinder
from annarchy_ml.passes.request import Wanted
from annarchy_ml.passes.scope import Scopes
from annarchy_ml.units import Dimension, base_units

_NUMBERED = re.compile(r":\w+:\d+(?:/|$)")
_SUMMED = (
    "'{path}' is not kept apart: linear synapses of one kind on one cell are summed while the "
    "model runs. To keep them apart record one: compile(record=['{path}'])"
)


@dataclass(frozen=True, slots=True)
class Located:
    """Where a value is kept: group, instance, field; whether one instance is meant; its role."""

    group: int
    index: int
    field: str
    single: bool
    role: Role


class Recordings:
    """Resolves paths in one network."""

    def __init__(
        self,
        network: NetworkInstance,
        finder: PlaceFinder,
        scopes: Scopes,
        dimensions: dict[str, Dimension],
        report: Diagnostics,
    ) -> None:
        self.network = network
        self.finder = finder
        self.scopes = scopes
        self.dimensions = dimensions
        self.report = report
        self.by_group: dict[int, Member] = {}

    def place_of(self, path: str) -> tuple[Member, int, Node, str]:
        """Group, instance, node and last step of a path such as ``pop[0]/gate/q``.

        Raises:
            PlaceError: If the path leads nowhere.
        """
        where, _, last = path.strip().rpartition("/")
        return self._kept(self._find(where, path), last)

    def _kept(self, place: Place, last: str) -> tuple[Member, int, Node, str]:
        member = self.by_group[id(place[0])]
        index = place[1] if member.place_of is None else int(member.place_of[place[1]])
        return member, index, place[2], last

    def _find(self, where: str, path: str) -> Place:
        if self.network.top is not None:
            if not where and self.network.top.own is not None:
                return (*self.network.top.own, self.network.top.own[0].root)
            if not where:
                raise PlaceError(
                    "path.unknown",
                    f"'{path}' names no component of the network",
                    "",
                    "write population[0]/variable",
                )
            return self.finder.find(self.network.top, where)
        return self.finder.inside(self.network.groups[0], where)

    def recording(self, wanted: Wanted) -> Recording | None:
        """A trace to record; None after a reported fault."""
        try:
            member, index, node, name = self.place_of(wanted.path)
            variable = self.scopes.of(node).published(name)
            if variable is None and name in node.values:
                variable = name
            if variable is None:
                scope = self.scopes.of(node)
                names = [*scope.states, *scope.derived, *scope.exposures]
                raise PlaceError(
                    "path.unknown",
                    f"{node.type.name} '{node.component.id}' has no '{name}' to record",
                    "",
                    did_you_mean(name, names) or f"it has: {', '.join(dict.fromkeys(names))}",
                )
        except PlaceError as fault:
            span = locate(wanted.origin, wanted.attribute)
            self.report.error(fault.code, str(fault), span, hint=fault.hint)
            return None
        qualified = node.qualified(variable)
        if variable in node.values and variable not in self.scopes.of(node).derived:
            self._declare(member, node, variable)
        member.wanted.add(qualified)
        dimension = self.scopes.of(node).dimension(
            name if variable == name else variable.split("#")[0]
        )
        return Recording(
            wanted.path, member.position, qualified, index, self.unit(dimension), dimension
        )

    def event_recording(self, wanted: Wanted) -> EventRecording | None:
        """Events to record; None after a reported fault."""
        try:
            place = self._find(wanted.path, wanted.path)
            member = self.by_group[id(place[0])]
            node = place[2]
            ports = [item.name for item in node.type.ports if item.direction == "out"]
            port = wanted.port or (ports[0] if ports else "")
            if port not in ports:
                raise PlaceError(
                    "port.unknown",
                    f"{node.type.name} '{node.component.id}' sends no events through '{port}'",
                    "eventPort",
                    f"its out-ports: {', '.join(ports) or 'none'}",
                )
        except PlaceError as fault:
            attribute = fault.attribute or wanted.attribute
            self.report.error(
                fault.code, str(fault), locate(wanted.origin, attribute), hint=fault.hint
            )
            return None
        index = place[1] if member.place_of is None else int(member.place_of[place[1]])
        return EventRecording(wanted.path, member.position, node.qualified(port), index)

    def locate(self, path: str) -> Located:
        """Where the value at a path is kept while the model runs.

        ``pop[3]/v`` means one instance, ``pop/v`` the whole population; ``pop[3]/synapses:s:0/g``
        one synapse, ``pop/synapses:s/gbase`` all of that kind on the population.

        Raises:
            KeyError: If nothing of this name is kept, or not for one instance alone.
        """
        single, found = True, None
        try:
            found = self.place_of(path)
        except PlaceError as fault:
            head, _, rest = path.partition("/")
            single = False
            if "[" not in head and not _NUMBERED.search(path):
                found = self._first_of(head, rest)
            if found is None:
                raise KeyError(self._why_not(path, fault)) from fault
        member, index, node, name = found
        if member.lumped and single:
            raise KeyError(_SUMMED.format(path=path))
        qualified = node.qualified(name)
        assert member.lowered is not None
        fields = {item.name: item for item in member.lowered.kernel.fields}
        if qualified not in fields:
            published = self.scopes.of(node).published(name)
            qualified = node.qualified(published) if published else qualified
        if qualified not in fields:
            raise KeyError(self._not_kept(path, node, name, fields))
        return Located(member.position, index, qualified, single, fields[qualified].role)

    def _first_of(self, head: str, rest: str) -> tuple[Member, int, Node, str] | None:
        """The place in the first instance of a population that has it."""
        if self.network.top is None:
            return None
        where, _, last = rest.rpartition("/")
        try:
            population = self.finder.find(self.network.top, f"{head}[0]")[0]
            return self._kept(self.finder.first_inside(population, where), last)
        except PlaceError:
            return None

    def _why_not(self, path: str, fault: PlaceError) -> str:
        if _NUMBERED.search(path):
            if any(member.lumped for member in self.by_group.values()):
                return _SUMMED.format(path=path)
            return (
                f"'{path}' numbers a synapse or input without saying on which cell: write "
                "pop[0]/synapses:name:0/..., or pop/synapses:name/... for all of them"
            )
        return f"{fault}. {fault.hint}".strip()

    def _not_kept(self, path: str, node: Node, name: str, fields: Iterable[str]) -> str:
        scope = self.scopes.of(node)
        if scope.published(name) is None and name not in node.values:
            known = [*scope.states, *scope.derived, *scope.parameters]
            hint = did_you_mean(name, known) or f"it has: {', '.join(known)}"
            return f"{node.type.name} has no '{name}'. {hint}"
        if name in scope.parameters:
            return f"no equation of the running model reads '{path}': it has no effect"
        return f"'{path}' is computed where it is needed and not kept: compile(record=['{path}'])"

    def _declare(self, member: Member, node: Node, name: str) -> None:
        """Makes a parameter that no equation uses known to the system of a group."""
        qualified = node.qualified(name)
        member.system.variables.setdefault(
            qualified,
            Variable(qualified, Role.PARAMETER, self.scopes.of(node).dimension(name)),
        )

    def unit(self, dimension: str) -> str:
        """SI unit of a named dimension."""
        found = self.dimensions.get(dimension)
        return base_units(found) if found is not None else "1"
