"""Checks that the ``Structure`` of a component type is complete, and uses only names that it gives.

Before: ``<EventConnection from="a" to="b"/>`` without ``<With instance="to" as="b"/>``. After: the
same, and a diagnostic that names ``b``.
"""

from __future__ import annotations

from collections.abc import Iterable

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import ComponentType, StructureElement
from annarchy_ml.passes.resolve import TypeTable

_NEEDED = {
    "ChildInstance": ("component",),
    "MultiInstantiate": ("number", "component"),
    "ForEach": ("instances", "as"),
    "With": ("as",),
    "EventConnection": ("from", "to"),
    "Tunnel": ("name", "endA", "endB", "componentA", "componentB"),
}
_USED = {"EventConnection": ("from", "to"), "Tunnel": ("endA", "endB")}


def check_structure(
    declared: ComponentType, found: ComponentType, types: TypeTable, report: Diagnostics
) -> None:
    """Reports what the ``Structure`` that a type itself declares lacks.

    Args:
        declared: the type with its own members only.
        found: the same with all that it inherits.
        types: all types of the document.
        report: collects faults.
    """
    for element in declared.structure or ():
        _check_made(element, found, types, report)
    if declared.structure:
        _check(declared.structure, set(), declared.name, report)


def _check_made(
    element: StructureElement, found: ComponentType, types: TypeTable, report: Diagnostics
) -> None:
    """Of which type instances are made, and how many."""
    name = element.get("componentType")
    if name and name not in types:
        report.error(
            "type.unknown",
            f"there is no component type '{name}'",
            locate(element.origin, "componentType"),
            hint=did_you_mean(name, types.document.types),
            component=found.name,
        )
    number = element.get("number")
    known = [item.name for item in found.parameters]
    known += [item.name for item in found.derived_parameters]
    if number and number not in known:
        report.error(
            "expr.unknown-name",
            f"'{number}' is no parameter of {found.name}, which says how many instances to make",
            locate(element.origin, "number"),
            hint=did_you_mean(number, known)
            or 'write number="size" with <Parameter name="size" dimension="none"/>',
            component=found.name,
        )


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
