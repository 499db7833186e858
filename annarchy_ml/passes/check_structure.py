"""Checks that the ``Structure`` of a component type is complete, and uses only names that it gives.

Before: ``<EventConnection from="a" to="b"/>`` without ``<With instance="to" as="b"/>``. After: the
same, and a diagnostic that names ``b``.
"""

from __future__ import annotations

from collections.abc import Iterable

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import ComponentType, StructureElement

_NEEDED = {
    "ChildInstance": ("component",),
    "MultiInstantiate": ("number", "component"),
    "ForEach": ("instances", "as"),
    "With": ("as",),
    "EventConnection": ("from", "to"),
    "Tunnel": ("name", "endA", "endB", "componentA", "componentB"),
}
_USED = {"EventConnection": ("from", "to"), "Tunnel": ("endA", "endB")}


def check_structure(declared: ComponentType, report: Diagnostics) -> None:
    """Reports what the ``Structure`` that a type itself declares lacks."""
    if declared.structure:
        _check(declared.structure, set(), declared.name, report)


def _check(
    elements: Iterable[StructureElement], names: set[str], owner: str, report: Diagnostics
) -> None:
    """Checks elements in their order; ``names`` are those given so far."""
    for element in elements:
        for attribute in _NEEDED.get(element.kind, ()):
            if not element.get(attribute) and not element.get("componentType"):
                report.error(
                    "attribute.missing",
                    f"<{element.kind}> needs the attribute '{attribute}'",
                    locate(element.origin),
                    hint=f'write <{element.kind} {attribute}="..."',
                    component=owner,
                )
        for attribute in _USED.get(element.kind, ()):
            name = element.get(attribute)
            if name and name not in names:
                report.error(
                    "path.unknown",
                    f"no <With> before this <{element.kind}> gives the name '{name}'",
                    locate(element.origin, attribute),
                    hint=did_you_mean(name, names) or f'add <With instance="..." as="{name}"/>',
                    component=owner,
                )
        if element.kind in ("With", "ForEach"):
            names.add(element.get("as"))
        _check(element.children, set(names), owner, report)
