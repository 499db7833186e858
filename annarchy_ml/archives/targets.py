"""Targets of SED-ML: XPath to attributes of a model, and to what a variable reads.

    /lems:Lems/lems:iafCell[@id='cell']/@C        an attribute that a change gives another value
    /lems:Lems/Simulation/OutputFile/OutputColumn[@id='v']    the quantity of an output column
    hhpop[0]/v                                    a path as OutputColumn has it

Steps are names with conditions on attributes; prefixes have no meaning, as in LEMS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.model.component import Component
from annarchy_ml.model.document import Document
from annarchy_ml.model.rows import Rows, each_of
from annarchy_ml.units.unit import split_quantity

_STEP = re.compile(r"(?:[\w.-]+:)?([A-Za-z_]\w*)((?:\[@\w+=(?:'[^'\]]*'|\"[^\"\]]*\")\])*)")
_CONDITION = re.compile(r"\[@(\w+)=(?:'([^']*)'|\"([^\"]*)\")\]")
_ATTRIBUTE = re.compile(r"@(?:[\w.-]+:)?(\w+)")
_QUANTITIES = ("OutputColumn", "Line")
_ROOTS = ("lems", "neuroml")


def change_attribute(document: Document, target: str, value: str) -> None:
    """Gives an attribute of one component another value.

    A number without a unit takes the unit that was there.

    Raises:
        UsageError: If the target names none, several, or an attribute that is not there.
    """
    path, _, last = target.strip().rpartition("/")
    attribute = _ATTRIBUTE.fullmatch(last)
    if attribute is None:
        raise UsageError(f"the target '{target}' of a change names no attribute")
    item = _only(document, path, target)
    if attribute[1] not in item.attributes:
        raise UsageError(f"the target '{target}' of a change: there is no '{attribute[1]}' there")
    item.attributes[attribute[1]] = _with_unit(value.strip(), item.attributes[attribute[1]])


def _with_unit(value: str, before: str) -> str:
    try:
        float(value)
        unit = split_quantity(before)[1]
    except ValueError:
        return value
    return f"{value} {unit}" if unit else value


def quantity_of(document: Document, target: str) -> str:
    """The path of the quantity that a variable reads.

    Raises:
        UsageError: If the target leads to nothing that is recorded.
    """
    text = target.strip()
    if not text.startswith("/"):
        return text
    item = _only(document, text, target)
    if item.tag not in _QUANTITIES:
        raise UsageError(
            f"the target '{target}' of a variable leads to <{item.tag}>",
            hint="name a path such as pop[0]/v, or an OutputColumn",
        )
    return item.attributes.get("quantity", "")


def _only(document: Document, path: str, target: str) -> Component:
    steps = list(_steps(path, target))
    if not steps or steps[0][0].lower() not in _ROOTS:
        raise UsageError(f"the target '{target}' does not begin with the root of a model")
    found: list[Component] = []
    level: Iterable[Component] = document.components
    for name, conditions in steps[1:]:
        found = [item for item in _plain(level, name) if _fits(item, name, conditions)]
        level = [child for item in found for child in item.children]
    if len(found) != 1:
        many = "no element" if not found else f"{len(found)} elements"
        raise UsageError(f"the target '{target}' fits {many} of the model")
    return found[0]


def _plain(level: Iterable[Component], name: str) -> Iterator[Component]:
    """The elements of a level; those in rows of another name are left out."""
    for item in level:
        if not isinstance(item, Rows):
            yield item
        elif item.tag == name:
            yield from each_of([item])


def _fits(item: Component, name: str, conditions: dict[str, str]) -> bool:
    given = item.attributes
    return item.tag == name and all(given.get(key) == text for key, text in conditions.items())


def _steps(path: str, target: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Names and conditions, from the root on."""
    at = 0
    while at < len(path):
        found = _STEP.match(path, at + 1) if path[at] == "/" else None
        if found is None:
            raise UsageError(
                f"the target '{target}' is no path of names with conditions on attributes",
                hint="write /lems:Lems/lems:iafCell[@id='cell']/@C",
            )
        at = found.end()
        conditions = {item[1]: item[2] or item[3] or "" for item in _CONDITION.finditer(found[2])}
        yield found[1], conditions
