"""Checks what the NeuroML schema knows and LEMS has no types for: spaces, layouts, sets of cells.

Before: ``<space id="sheet" basedOn="Euclidean_2D"/>`` and ``<region id="left" space="sheet">`` in a
network. After: the same; nothing is computed from them. A ``layout``, which asks for positions to
be made, and a ``cellSet`` are refused by name.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import Component, ComponentType
from annarchy_ml.passes.titles import an, full_path, title

if TYPE_CHECKING:
    from collections.abc import Sequence

BASES = tuple(f"{kind}_{number}D" for kind in ("Euclidean", "Grid") for number in (1, 2, 3))
REGION = "region"
"""The core type whose attribute ``space`` only the schema knows."""
_AXES = ("x", "y", "z")
_SPACE = ("id", "basedOn", "metaid", "neuroLexId")
_STRUCTURE = tuple(f"{axis}{what}" for what in ("Spacing", "Start") for axis in _AXES)
_REFUSED = {
    "layout": "basePopulation",
    "cellSet": "network",
    "extracellularProperties": "network",
}
"""Elements that are refused, and the type inside which the schema allows them."""


def takes_in(component: Component, parent: ComponentType | None, report: Diagnostics) -> bool:
    """Whether an element without a type is one that the schema knows there; it is checked then."""
    if parent is None or not parent.ancestors:
        return False
    if component.tag == "space" and "network" in parent.ancestors:
        _check_space(component, report)
        return True
    if _REFUSED.get(component.tag) in parent.ancestors:
        _refuse(component, parent, report)
        return True
    return False


def check_region(component: Component, report: Diagnostics) -> None:
    """Reports a region of a space that its network does not have."""
    name, network = component.attributes["space"], component.parent
    spaces = [item.id for item in network.children if item.tag == "space"] if network else []
    if name not in spaces:
        report.error(
            "component.unknown",
            f"{title(component)} lies in the space '{name}', which its network does not have",
            locate(component.origin, "space"),
            hint=did_you_mean(name, spaces)
            or (f"spaces: {', '.join(spaces)}" if spaces else f'add <space id="{name}"/>'),
            component=full_path(component),
        )


def _check_space(component: Component, report: Diagnostics) -> None:
    _check_names(component, _SPACE, report)
    based = component.attributes.get("basedOn", BASES[0])
    if based not in BASES:
        report.error(
            "value.range",
            f"{title(component)} is based on '{based}', which is no kind of space",
            locate(component.origin, "basedOn"),
            hint=did_you_mean(based, BASES) or f"write one of {', '.join(BASES)}",
            component=full_path(component),
        )
    for child in component.children:
        if child.tag != "structure":
            report.error(
                "element.unknown",
                f"<{child.tag}> has no meaning inside a space",
                locate(child.origin),
                hint="a space holds one <structure>",
                component=full_path(child),
            )
            continue
        _check_names(child, _STRUCTURE, report)
        for name in child.attributes.keys() & set(_STRUCTURE):
            _check_number(child, name, report)


def _check_names(component: Component, known: Sequence[str], report: Diagnostics) -> None:
    for name in component.attributes:
        if name not in known:
            report.error(
                "attribute.unknown",
                f"{title(component)} has no attribute '{name}'",
                locate(component.origin, name, value=False),
                notes=(f"it has: {', '.join(known)}",),
                hint=did_you_mean(name, known) or "remove it",
                component=full_path(component),
            )


def _check_number(component: Component, name: str, report: Diagnostics) -> None:
    text = component.attributes[name]
    try:
        sound = math.isfinite(float(text))
    except ValueError:
        sound = False
    if not sound:
        report.error(
            "value.range",
            f"'{name}' of {title(component)} must be a number, not '{text}'",
            locate(component.origin, name),
            hint=f'write {name}="10" with your value',
            component=full_path(component),
        )


def _refuse(component: Component, parent: ComponentType, report: Diagnostics) -> None:
    hint = "remove it: nothing that is computed depends on it"
    notes: tuple[str, ...] = ("no type of the core definitions says what it does",)
    if component.tag == "layout":
        number = _laid_out(component)
        notes = ("positions are not made here, and nothing that is computed depends on them",)
        hint = f'write size="{number}" instead, or list the instances with their locations'
    report.error(
        "unsupported.construct",
        f"<{component.tag}> inside {an(parent.name)} is not supported",
        locate(component.origin),
        notes=notes,
        hint=hint,
        component=full_path(component),
    )


def _laid_out(layout: Component) -> str:
    """How many cells a layout asks for, if it says so."""
    if layout.parent is not None and "size" in layout.parent.attributes:
        return layout.parent.attributes["size"]
    for child in layout.children:
        given = child.attributes
        sizes = [given.get(f"{axis}Size", "1") for axis in _AXES] if child.tag == "grid" else []
        numbers = sizes or [given.get("number", "")]
        if all(number.strip().isdecimal() for number in numbers):
            return str(math.prod(map(int, numbers)))
    return "10"
