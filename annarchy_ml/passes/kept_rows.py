"""Decides which runs of alike elements stay columns, and which become components one by one.

Before: ``Rows`` wherever a file lists many alike elements. After: ``Rows`` of connections, inputs
and listed instances only; the lines of a display or the segments of a cell are components again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from annarchy_ml.model.component import Component, ComponentType
from annarchy_ml.model.rows import Rows

if TYPE_CHECKING:
    from annarchy_ml.passes.resolve import TypeTable

CONNECTING = frozenset(("With", "EventConnection", "Tunnel"))


def kept_rows(component: Component, found: ComponentType, types: TypeTable) -> list[Component]:
    """The children of a component, those in rows as they stay.

    Args:
        component: whose children have their types.
        found: its type.
        types: all types.
    """
    return list(_kept(component, found, types))


def _kept(component: Component, found: ComponentType, types: TypeTable) -> Iterator[Component]:
    for child in component.children:
        known = types.get(child.type)
        if not isinstance(child, Rows) or known is None:
            yield child
            continue
        keep = not found.has_dynamics and _stays(child, known, types)
        yield from (child,) if keep else child.each()


def _stays(rows: Rows, found: ComponentType, types: TypeTable) -> bool:
    """Whether rows are of a type that connects or makes one instance, with plain parts inside."""
    if found.has_dynamics or found.derived_parameters:
        return False
    structure = found.structure or ()
    kinds = [item.kind for item in structure]
    makes = kinds == ["ChildInstance"] and structure[0].get("component").startswith("../")
    connects = bool(kinds) and CONNECTING.issuperset(kinds) and not rows.children
    return (makes or connects) and all(_is_plain(child, types) for child in rows.children)


def _is_plain(rows: Component, types: TypeTable) -> bool:
    found = types.get(rows.type)
    return (
        found is not None
        and not (found.has_dynamics or found.structure or found.derived_parameters)
        and all(_is_plain(child, types) for child in rows.children)
    )
