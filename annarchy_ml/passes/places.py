"""Finds component instances by path, as connections, inputs and recordings name them.

Both spellings are accepted everywhere: ``pop[3]`` and ``pop/3/cell``, with ``..`` for the
enclosing component; inside a cell, ids or slot names of its children (LEMS paths).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.model.component import StructureElement
from annarchy_ml.model.instance import Container, Group, Items, NetworkInstance, Node
from annarchy_ml.passes.segment_places import (
    Place,
    PlaceError,
    along,
    leads_along,
    on_segment,
    present,
)
from annarchy_ml.passes.titles import title

__all__ = ["Place", "PlaceError", "PlaceFinder", "is_populated"]
_Member = Container | tuple[Group, int]
AT_CELLS = "synapses and inputs are found at cells: population[0]/synapses:id/name"


class PlaceFinder:
    """Resolves paths in one network; group members are looked up once."""

    def __init__(self, network: NetworkInstance, report: Diagnostics) -> None:
        self.network = network
        self.report = report
        self._cache: dict[tuple[int, str], Place] = {}

    def with_target(self, container: Container, element: StructureElement) -> Place:
        """What a ``With`` names: an instance by path, or an item of a list by index."""
        if element.get("list"):
            return self._list_item(container, element)
        name = element.get("instance")
        path = container.component.attributes.get(name, "")
        if not path:
            raise PlaceError(
                "attribute.missing",
                f"{container.type.name} must say which component it concerns: '{name}' is missing",
                "",
                f'write {name}="population[0]"',
            )
        place = self.find(container.parent or container, path, name)
        return on_segment(container, place, name)

    def _list_item(self, container: Container, element: StructureElement) -> Place:
        name = element.get("list")
        owner: Container | None = container
        while owner is not None and not owner.component.attributes.get(name, ""):
            owner = owner.parent
        text = owner.component.attributes[name] if owner is not None else ""
        if owner is not None and _upwards(container, text) is None and _is_reference(owner, name):
            raise PlaceError("", f"there is no '{text}'", name)
        index = container.values.get(element.get("index"), 0.0)
        place = self.find(container, f"{text}[{round(index)}]", element.get("index"))
        return on_segment(container, place, element.get("index"))

    def instances(self, container: Container, path: str) -> list[Place]:
        """All instances of the population that ``path`` (through links) names."""
        where: Container | None = container
        *ups, name = path.split("/")
        for _ in ups:
            where = where.parent if where is not None else None
        text = where.component.attributes.get(name, name) if where is not None else name
        member = _upwards(container, text)
        if not isinstance(member, Container):
            raise PlaceError("path.unknown", f"there is no population '{text}'", "")
        return [self.settle(item, text, "") for item in member.items]

    def find(self, base: Container, path: str, attribute: str = "") -> Place:
        """The instance at ``path``, relative to ``base``.

        Raises:
            PlaceError: If there is none.
        """
        key = (id(base), path)
        known = self._cache.get(key)
        if known is None:
            known = self.settle(self._walk(base, path, attribute), path, attribute)
            self._cache[key] = known
        return known

    def container(self, path: str) -> Container | None:
        """The network, population or list at ``path``; None if it leads elsewhere."""
        top = self.network.top
        steps = path.split("/") if path else []
        if top is not None and steps[:1] == [top.component.id] and steps[0] not in top.members:
            del steps[0]
        return self.member(top, "/".join(steps)) if top is not None else None

    def member(self, base: Container, path: str) -> Container | None:
        """The network, population or list at a path from ``base``; None if it leads elsewhere."""
        try:
            found = self._walk(base, path, "")
        except PlaceError:
            return None
        return found if isinstance(found, Container) else None

    def inside(self, group: Group, path: str) -> Place:
        """The component at ``path`` inside the only instance of a group."""
        place: Place = (group, 0, group.root)
        for step in path.split("/"):
            if step not in ("", "."):
                place = self._inside(place, step, path, "")
        return place

    def _walk(self, base: Container, path: str, attribute: str) -> _Member | Place:
        where: _Member | Place = base
        first = True
        for step in path.strip().replace("[", "/[").split("/"):
            if step in ("", "."):
                continue
            if step == ".." and isinstance(where, Container):
                where = where.parent or where
            elif isinstance(where, Container):
                inner: _Member | Place | None
                inner = _upwards(where, step) if first else _member(where, step)
                if inner is None and first is False and len(where.items) > 0:
                    inner = self._only_instance(where, step, path)
                if inner is None:
                    raise _unknown(where, step, path, attribute)
                where = inner
                first = False
            else:
                where = self._inside(where, step, path, attribute)
        return where

    def _only_instance(self, container: Container, step: str, path: str) -> _Member | Place | None:
        """A part of the one instance of ``pop/3``, or that, whatever cell the path says it is."""
        inner = _inside(container)
        if (
            len(inner) != 1
            or isinstance(inner[0], Container)
            or step.startswith("[")
            or len(container.members) > 3
        ):
            return None
        group, index = inner[0]
        own = group.root.component.id
        if group.root.step_to(step) is not None or self._attached(group, index, group.root, step):
            return self._inside(inner[0], step, path, "")
        self.report.warning(
            "path.unknown",
            f"'{path}' says that the instance is a '{step}', but it is a '{own}'",
            None,
            hint=f"write '{own}' there",
        )
        return inner[0]

    def _inside(
        self, place: tuple[Group, int] | Place, step: str, path: str, attribute: str
    ) -> Place:
        group, index, node = place if len(place) == 3 else _root_of(place)
        if group.cable is not None and node is group.root and leads_along(step):
            return along((group, index, node), step, attribute)
        found = node.step_to(step)
        if found is not None:
            return present((group, index, found), path)
        if node is group.root and step in (node.component.id, "0"):
            return group, index, node
        attached = self._attached(group, index, node, step)
        if attached is not None:
            return attached
        names = [child.label for child in node.children]
        raise PlaceError(
            "path.unknown",
            f"'{step}' in '{path}' is no part of {title(node.component)}",
            attribute,
            did_you_mean(step, names) or (f"its parts are: {', '.join(names)}" if names else ""),
        )

    def _attached(self, group: Group, index: int, node: Node, step: str) -> Place | None:
        """A synapse or input on an instance: ``synapses:AMPA:0``, or by id the first one."""
        parts = step.split(":")
        slot, name, number = "", step, 0
        if len(parts) in (2, 3) and all(part.isdigit() for part in parts[2:]):
            slot, name, number = parts[0], parts[1], int(parts[2]) if len(parts) == 3 else 0
        for other in self.network.groups:
            hung = other.attachment
            if hung is None or hung.host is not group or hung.node is not node:
                continue
            if slot not in ("", hung.slot):
                continue
            if other.root.component.id != name:
                continue
            own = np.flatnonzero(np.isin(np.asarray(other.hosts), group.same_place(index)))
            if number < len(own):
                return other, int(own[number]), other.root
            number -= len(own)
        return None

    def has_fellows(self, group: Group, index: int) -> bool:
        """Whether a synapse or input is one of several of its kind on an instance."""
        hung = group.attachment
        second = f"{hung.slot}:{group.root.component.id}:1" if hung is not None else ""
        return hung is not None and bool(
            self._attached(hung.host, int(group.hosts[index]), hung.node, second)
        )

    def settle(self, where: _Member | Place, path: str, attribute: str) -> Place:
        """The one instance that a network, population or list holds.

        Raises:
            PlaceError: If it does not hold exactly one.
        """
        while isinstance(where, Container):
            if where.own is not None:
                where = where.own
                break
            inner = _inside(where)
            if where.unfinished:
                raise _unfinished(where)
            if len(inner) != 1:
                raise PlaceError(
                    "path.index" if inner else "path.unknown",
                    f"'{path}' names {where.type.name} '{where.component.id}', which holds "
                    f"{len(inner)} instances",
                    attribute,
                    f"write {where.component.id}[0] for the first one" if inner else AT_CELLS,
                )
            where = inner[0]
        return where if len(where) == 3 else _root_of(where)


def _root_of(cell: tuple[Group, int]) -> Place:
    """Where a cell is, if nothing more is said."""
    return cell[0], cell[0].instance(cell[1]), cell[0].root


def _inside(container: Container) -> Sequence[_Member]:
    """What a container holds, apart from empty containers; nothing is listed of populations."""
    if isinstance(container.items, Items):
        return container.items
    return [
        item
        for item in container.items
        if not isinstance(item, Container) or item.items or item.members
    ]


def _unfinished(where: Container) -> PlaceError:
    return PlaceError("", f"instances of '{where.component.id}' are missing", "")


def _is_reference(where: Container, name: str) -> bool:
    """Whether an attribute refers to a component: one that is not there is reported already."""
    return any(item.name == name and item.kind == "component" for item in where.type.references)


def _unknown(where: Container, step: str, path: str, attribute: str) -> PlaceError:
    if where.unfinished:
        return _unfinished(where)
    title = f"{where.type.name} '{where.component.id}'".replace(" ''", "")
    if step.startswith("["):
        return PlaceError(
            "path.index",
            f"'{path}': {title} has {len(where.items)} instances, numbered from 0",
            attribute,
            f"use [0] to [{len(where.items) - 1}]" if where.items else "",
        )
    if known := _numbers(where):
        fault = f"'{path}' does not say which instance of {title} it means"
        if step.isdigit():
            fault = f"'{path}': there is no instance {step} in {title}"
        hint = f"write {where.component.id}/{known[0]} for the first one of: {', '.join(known)}"
        return PlaceError("path.index", fault, attribute, hint)
    names: list[str] = []
    scope: Container | None = where
    while scope is not None:
        names.extend(scope.members)
        if isinstance(scope.items, Items):
            names.extend(scope.items.names())
        scope = scope.parent
    return PlaceError(
        "path.unknown",
        f"'{path}': there is no '{step}' in {title}",
        attribute,
        did_you_mean(step, names) or (f"it holds: {', '.join(names[:6])}" if names else ""),
    )


def _numbers(where: Container) -> list[str]:
    """Names of the first instances of a population; none for a network or a list of lists."""
    listed = [name for name in where.members if name.isdigit()]
    if isinstance(where.items, Items):
        listed.extend(where.items.names())
    if not listed and len(where.items) and isinstance(where.items[0], tuple):
        listed = [str(number) for number in range(min(6, len(where.items)))]
    return listed[:6]


def _upwards(container: Container, step: str) -> _Member | None:
    where: Container | None = container
    while where is not None:
        inner = _member(where, step)
        if inner is not None:
            return inner
        where = where.parent
    return None


def _member(container: Container, step: str) -> _Member | None:
    if step.startswith("[") and step.endswith("]"):
        text = step[1:-1].strip()
        if not text.isdigit() or int(text) >= len(container.items):
            return None
        addressed: _Member = container.items[int(text)]
        return addressed
    found = container.members.get(step)
    if found is None and isinstance(container.items, Items):
        found = container.items.find(step)
    if found is None and step.isdigit() and int(step) < len(container.items):
        numbered = container.items[int(step)]  # pop/3 of a population without listed instances
        return None if isinstance(numbered, Container) else numbered
    return found


def is_populated(member: Container | tuple[Group, int]) -> bool:
    """Whether it is an instance, or holds some: a population, a list, an instance in it."""
    if isinstance(member, tuple) or isinstance(member.items, Items):
        return True
    return any(
        isinstance(item, tuple) or any(isinstance(inner, tuple) for inner in item.items)
        for item in member.items
    )
