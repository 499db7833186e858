"""Paths to what is recorded: from the text of a file to group, field and instance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.kernels.nodes import Role
from annarchy_ml.kernels.plan import EventRecording, Recording
from annarchy_ml.model.instance import NetworkInstance, Node
from annarchy_ml.model.system import Variable
from annarchy_ml.passes.members import Member
from annarchy_ml.passes.outputs import Wanted, report_scale
from annarchy_ml.passes.places import Place, PlaceError, PlaceFinder
from annarchy_ml.passes.scope import EXPOSED, Scopes
from annarchy_ml.units import Dimension, si_unit


class Recordings:
    """Resolves paths in one network."""

    def __init__(
        self,
        network: NetworkInstance,
        finder: PlaceFinder,
        scopes: Scopes,
        dimensions: Mapping[str, Dimension],
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
            self._refuse(wanted, wanted.attribute, fault)
            return None
        qualified = _as_recorded(member, node.qualified(variable))
        if variable in node.values and variable not in self.scopes.of(node).derived:
            self._declare(member, node, variable)
        else:
            qualified = member.system.keeper(qualified)
        member.wanted.add(qualified)
        dimension = self.scopes.of(node).dimension(
            name if variable == name else variable.removesuffix(EXPOSED)
        )
        return Recording(
            wanted.path, member.position, qualified, index, self.unit(dimension), dimension
        )

    def check_scales(self, wanted: Iterable[Wanted], traces: Iterable[Recording | None]) -> None:
        """Warns of what is to be drawn in units of another dimension than it has, once for each.

        A plain number may be: the standard's own examples draw flags with a scale of 0.1 V.

        Args:
            wanted: what the file asks for.
            traces: what is recorded for it.
        """
        dimensions = {item.path: item.dimension for item in traces if item is not None}
        told: set[tuple[str, Dimension]] = set()
        for item in wanted:
            if item.scale is None or item.path not in dimensions:
                continue
            expected = self.dimensions.get(dimensions[item.path], Dimension())
            known = expected.is_dimensionless or (item.scale[1], expected) in told
            if not known and item.scale[2] != expected:
                told.add((item.scale[1], expected))
                owner = f"the curve of '{item.path}'"
                report_scale(owner, item.origin, item.scale, expected, self.report)

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
            self._refuse(wanted, fault.attribute or wanted.attribute, fault)
            return None
        index = place[1] if member.place_of is None else int(member.place_of[place[1]])
        return EventRecording(wanted.path, member.position, node.qualified(port), index)

    def _refuse(self, wanted: Wanted, attribute: str, fault: PlaceError) -> None:
        if fault.code:
            span = locate(wanted.origin, attribute)
            self.report.error(fault.code, str(fault), span, hint=fault.hint)

    def _declare(self, member: Member, node: Node, name: str) -> None:
        """Makes a parameter that no equation uses known to the system of a group."""
        qualified = node.qualified(name)
        member.system.variables.setdefault(
            qualified,
            Variable(qualified, Role.PARAMETER, self.scopes.of(node).dimension(name)),
        )

    def unit(self, dimension: str) -> str:
        """SI unit of a named dimension."""
        return si_unit(dimension, self.dimensions)


def _as_recorded(member: Member, variable: str) -> str:
    """What is recorded of a variable: as it is before watched conditions assign it."""
    if member.system.point is None:
        return variable
    from annarchy_ml.integrators.point_cells import SHOWN

    shown = f"{variable.removesuffix(EXPOSED)}{SHOWN}"
    return shown if shown in member.system.variables else variable
