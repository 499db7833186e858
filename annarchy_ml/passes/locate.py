"""Finds where the value at a path is kept while a model runs, to be read or set.

``pop[3]/v`` means one instance, ``pop/v`` the whole population; ``pop[3]/synapses:s:0/g`` one
synapse, ``pop/synapses:s/gbase`` all of that kind on the population; ``temperature`` a parameter
of the network, for all groups that read it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from annarchy_ml.diagnostics import did_you_mean
from annarchy_ml.expr import free_symbols
from annarchy_ml.kernels.nodes import Field, Role
from annarchy_ml.model.cable_places import by_cell
from annarchy_ml.model.instance import Container, Node
from annarchy_ml.passes.compartmentalize import made_with
from annarchy_ml.passes.links import places_of
from annarchy_ml.passes.members import Member
from annarchy_ml.passes.places import PlaceError
from annarchy_ml.passes.recordings import Recordings

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NUMBERED = re.compile(r":\w+:\d+(?:/|$)")
_SUMMED = (
    "'{path}' is not kept apart: linear synapses of one kind on one cell are summed while the "
    "model runs. To keep them apart {apart}"
)
_SETTABLE = (Role.STATE, Role.PARAMETER)


@dataclass(frozen=True, slots=True)
class Located:
    """Where a value is kept.

    Attributes:
        groups: usually one; several where surroundings give it to all of them.
        index: of the instance, if a single one is meant; -1: one value for all of the groups.
        fixed: why it cannot be set; empty if it can.
        order: which instances, and in which order, where not simply all are meant, shape (n,).
        together: paths of all channels whose gates or parameters these are, if there are several.
    """

    groups: tuple[int, ...]
    index: int
    field: str
    single: bool
    role: Role
    fixed: str = ""
    order: NDArray[np.int64] | None = None
    together: tuple[str, ...] = ()


class Advice(NamedTuple):
    """What a user can write, with ``{path}`` for a path.

    Attributes:
        apart: to keep synapses apart.
        record: to keep a value.
    """

    apart: str
    record: str


class Locator:
    """Resolves paths in one lowered network."""

    def __init__(self, recordings: Recordings, advice: Advice) -> None:
        """Finds values.

        Args:
            recordings: of the network.
            advice: for messages.
        """
        self.recordings = recordings
        self.scopes = recordings.scopes
        self.advice = advice

    def locate(self, path: str) -> Located:
        """Where the value at a path is kept.

        Raises:
            KeyError: If nothing of this name is kept, or not for one instance alone.
        """
        fault, missed = None, None
        for candidate in self._candidates(path):
            try:
                place = self.recordings.place_of(candidate)
            except PlaceError as found:
                fault = fault or found
                continue
            located = self._located(path, place, self._is_single(path))
            if located is not None:
                return located
            missed = place
        around = self._surroundings(path)
        if around is not None:
            return around
        self._refuse_structural(path)
        if missed is not None:
            raise KeyError(self.not_kept(path, missed[2], missed[3]))
        assert fault is not None
        raise KeyError(self._why_not(path, fault)) from fault

    def summed(self, path: str) -> str:
        """Why there is nothing of a synapse: it is summed."""
        return _SUMMED.format(path=path, apart=self.advice.apart.format(path=path))

    def _located(
        self, path: str, place: tuple[Member, int, Node, str], single: bool
    ) -> Located | None:
        member, index, node, name = place
        if member.lumped and single:
            raise KeyError(self.summed(path))
        if single and not _NUMBERED.search(path) and self._has_fellows(member, index):
            raise KeyError(self._several(path, member))
        pieces = [self.recordings.by_group[id(item)] for item in member.group.pieces]
        fields = ((item, self.field(item, node, name)) for item in (member, *pieces))
        kept = [(item, found) for item, found in fields if found is not None]
        if not kept:
            return None
        keeper, found = kept[0]
        shared = found.role is Role.PARAMETER
        return Located(
            tuple(item.position for item, _ in (kept if shared else kept[:1])),
            index,
            found.name,
            single,
            found.role,
            self.fixed(path, keeper, node, found),
            None if single else _order_shown(keeper),
            keeper.system.together(found.name),
        )

    def _has_fellows(self, member: Member, index: int) -> bool:
        """Whether a synapse or input is one of several of its kind on a cell."""
        own = index if member.order is None else int(member.order[index])
        return self.recordings.finder.has_fellows(member.group, own)

    def _several(self, path: str, member: Member) -> str:
        hung, kind = member.group.attachment, member.group.root.component.id
        assert hung is not None
        return (
            f"'{path}' is one of several '{kind}' on this cell: number them, "
            f"as in {hung.slot}:{kind}:0"
        )

    def _candidates(self, path: str) -> list[str]:
        """The path itself; without an index also those of instances that stand for all."""
        head, rest = self._population(path)
        if "[" in head or _NUMBERED.search(path):
            return [path]
        return [path, *(f"{first}/{rest}" for first in self._firsts(head))]

    def _population(self, path: str) -> tuple[str, str]:
        """The path of a population, such as ``net1/pop`` in a tissue, and what follows it."""
        steps = path.split("/")
        finder = self.recordings.finder
        for count in range(1, len(steps)):
            found = finder.container("/".join(steps[:count]))
            if found is None:
                break
            if _has_cells(found):
                return "/".join(steps[:count]), "/".join(steps[count:])
        return steps[0], "/".join(steps[1:])

    def _is_single(self, path: str) -> bool:
        """Whether a path says which instance it means, or there is no population to choose from."""
        head, rest = self._population(path) if "/" in path else ("", path)
        inner = rest.split("/")[:-1]
        if "[" in head or _NUMBERED.search(path):
            return True
        finder = self.recordings.finder
        population = finder.container(head) if head else None
        if population is None or population is finder.network.top:
            return True
        return bool(inner) and (inner[0].isdigit() or inner[0] in population.members)

    def _firsts(self, population: str) -> list[str]:
        """Paths of the first instance of a population, and of the first that something is on."""
        hosts = {0}
        container = self.recordings.finder.container(population)
        own = container.items[0][0] if container is not None and _has_cells(container) else None
        for member in self.recordings.by_group.values():
            hung = member.group.attachment
            if hung is None or not member.group.size:
                continue
            if hung.host is own or hung.host.name == population:
                hosts.add(int(np.min(member.group.hosts)))
        return [f"{population}[{host}]" for host in sorted(hosts)]

    def field(self, member: Member, node: Node, name: str) -> Field | None:
        """Where a group keeps a variable of a part; None if it does not."""
        published = self.scopes.of(node).published(name) or name
        return _first_kept(member, (node.qualified(name), node.qualified(published)))

    def fixed(self, path: str, member: Member, node: Node, found: Field) -> str:
        """Why a field cannot be set."""
        name = found.name.removeprefix("./").rpartition("/")[2]
        if found.role not in _SETTABLE:
            return f"'{path}' is computed in every step: it cannot be set"
        if _is_constant(node, name):
            return f"'{path}' is a constant of {node.type.name}: it cannot be set"
        if member.group.cable is not None and name in made_with(node):
            return f"the tree of the cell is made with '{path}': change it in the file"
        formula = dict(member.formulas).get(found.name)
        if formula is None:
            return ""
        sources = ", ".join(sorted(item.removeprefix("./") for item in free_symbols(formula)))
        return f"'{path}' is computed from {sources}: it cannot be set"

    def _surroundings(self, path: str) -> Located | None:
        """A parameter of a network or population that groups inside of it read."""
        where, _, name = path.strip().rpartition("/")
        container = self.recordings.finder.container(where)
        if container is None or name not in container.values:
            return None
        field = f"network:{name}"
        groups = tuple(
            member.position
            for member in self.recordings.by_group.values()
            if member.lowered is not None
            and any(item.name == field for item in member.lowered.kernel.fields)
            and _offering(member.group.inside, name) is container
        )
        return Located(groups, -1, field, True, Role.PARAMETER) if groups else None

    def _refuse_structural(self, path: str) -> None:
        """Refuses what only says how a network is built, such as the size of a population.

        Raises:
            KeyError: With what to do instead.
        """
        where, _, name = path.strip().rpartition("/")
        container = self.recordings.finder.container(where)
        if container is not None and name in container.values:
            raise KeyError(
                f"'{path}' of {container.type.name} says how the network is built, and no equation "
                "of the running model reads it: change it in the file, and load that again"
            )

    def _why_not(self, path: str, fault: PlaceError) -> str:
        if _NUMBERED.search(path):
            if any(member.lumped for member in self.recordings.by_group.values()):
                return self.summed(path)
            return (
                f"'{path}' numbers a synapse or input without saying on which cell: write "
                "pop[0]/synapses:name:0/..., or pop/synapses:name/... for all of them"
            )
        return f"{fault}. {fault.hint}".strip()

    def not_kept(self, path: str, node: Node, name: str) -> str:
        """Why nothing is kept at a path that leads somewhere."""
        scope = self.scopes.of(node)
        if scope.published(name) is None and name not in node.values:
            known = [*scope.states, *scope.derived, *scope.parameters]
            hint = did_you_mean(name, known) or f"it has: {', '.join(known)}"
            return f"{node.type.name} has no '{name}'. {hint}"
        if _is_constant(node, name):
            return f"'{path}' is a constant of {node.type.name}: nothing of it is kept"
        if name in scope.parameters:
            return f"no equation of the running model reads '{path}': it has no effect"
        record = self.advice.record.format(path=path)
        return f"'{path}' is computed where it is needed and not kept: {record}"


def _first_kept(member: Member, names: tuple[str, ...]) -> Field | None:
    """The field of the first name that a group keeps; shared channels keep theirs once."""
    assert member.lowered is not None
    fields = {item.name: item for item in member.lowered.kernel.fields}
    kept = (fields.get(own) or fields.get(member.system.keeper(own)) for own in names)
    return next(filter(None, kept), None)


def _order_shown(member: Member) -> NDArray[np.int64] | None:
    """Where the values of a group lie in the order in which they are shown; None if in that order.

    Compartments are shown cell by cell.
    """
    cable = member.group.cable
    return places_of(member) if cable is None else by_cell(cable)


def _has_cells(container: Container) -> bool:
    """Whether it is a population: instances follow, not networks or populations."""
    return bool(container.items) and not isinstance(container.items[0], Container)


def _is_constant(node: Node, name: str) -> bool:
    return any(item.name == name and item.kind == "constant" for item in node.type.parameters)


def _offering(container: Container | None, name: str) -> Container | None:
    """The nearest of the components around a group that has a parameter of this name."""
    while container is not None and name not in container.values:
        container = container.parent
    return container
