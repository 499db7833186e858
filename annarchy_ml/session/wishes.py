"""What a caller asks to record beside what the file asks for, and the other spelling of paths."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.model.instance import Container, NetworkInstance
from annarchy_ml.passes.outputs import Wanted
from annarchy_ml.passes.request import Request

if TYPE_CHECKING:
    from annarchy_ml.session.model import Model

_EVENTS = re.compile(r"^(?P<path>.+):(?P<port>[A-Za-z_]\w*)$")
_BRACKETS = re.compile(r"^(?P<pop>\w+)\[(?P<i>\d+)\](?P<rest>/.*)?$")
_STEPS = re.compile(r"^(?P<pop>\w+)/(?P<i>\d+)/(?P<cell>\w+)(?P<rest>/.*)?$")


def with_wishes(model: Model, request: Request, record: tuple[str, ...]) -> Request:
    """The request with further paths: ``pop[0]/v``, ``pop[*]/v``, ``pop[0]:spike``.

    Raises:
        UsageError: If a pattern fits nothing.
    """
    traces, events = list(request.wanted), list(request.wanted_events)
    for wish in record:
        for path in _expanded(model, wish) if "*" in wish else (wish,):
            match = _EVENTS.match(path)
            if match:
                events.append(Wanted(match["path"], None, "", match["port"]))
            else:
                traces.append(Wanted(path, None, ""))
    return replace(request, wanted=tuple(traces), wanted_events=tuple(events))


def _expanded(model: Model, pattern: str) -> list[str]:
    from annarchy_ml.session.inspection import assembled, paths_of

    literal = pattern.replace("[", "\0").replace("]", "[]]").replace("\0", "[[]")
    assembler = assembled(model)
    alias = alias_of(assembler.network)

    def fits(path: str) -> bool:
        event = _EVENTS.match(path)
        other = alias(event["path"] if event else path)
        port = f":{event['port']}" if event else ""
        return fnmatchcase(path, literal) or (
            other is not None and fnmatchcase(other[0] + port, literal)
        )

    found = [item.path for item in paths_of(assembler) if fits(item.path)]
    if not found:
        raise UsageError(
            f"'{pattern}' fits nothing that can be recorded",
            hint="annarchy-ml paths lists what can",
        )
    return found


def alias_of(network: NetworkInstance) -> Callable[[str], tuple[str, str] | None]:
    """Gives (other spelling, path) of a recorded path: ``pop[3]/v`` and ``pop/3/cell/v``."""
    cells: dict[str, str] = {}

    def cell_of(population: str) -> str:
        if population not in cells:
            cells[population] = _cell_of(network, population)
        return cells[population]

    def alias(path: str) -> tuple[str, str] | None:
        match = _STEPS.match(path)
        if match:
            return f"{match['pop']}[{match['i']}]{match['rest'] or ''}", path
        match = _BRACKETS.match(path)
        cell = cell_of(match["pop"]) if match else ""
        if not match or not cell:
            return None
        return f"{match['pop']}/{match['i']}/{cell}{match['rest'] or ''}", path

    return alias


def _cell_of(network: NetworkInstance, population: str) -> str:
    """Id of the cells of a population; empty if there is none of this name."""
    where = network.top.members.get(population) if network.top is not None else None
    while isinstance(where, Container):
        where = next(
            (item for item in where.items if not isinstance(item, Container) or item.items), None
        )
    return where[0].root.component.id if where is not None else ""
