"""Values that were set along cells with morphology, or of their parts, written into components.

Before: a component and settings. After: a copy in which they stand, in SI units with all digits: an
attribute of a part, the start of the potential, or one density for the segments of each value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.model.component import Component
from annarchy_ml.passes.instantiate import TreeBuilder
from annarchy_ml.passes.morphology import read_morphology

if TYPE_CHECKING:
    from annarchy_ml.model.document import Document
    from annarchy_ml.model.network import Network, Population, Setting
    from annarchy_ml.passes.pipeline import Tables

SI = {
    "none": "",
    "voltage": "V",
    "time": "s",
    "current": "A",
    "conductance": "S",
    "capacitance": "F",
    "conductanceDensity": "S_per_m2",
    "specificCapacitance": "F_per_m2",
    "resistivity": "ohm_m",
    "per_time": "per_s",
}
"""Units of NeuroML without a factor, by dimension."""
_START, _POTENTIAL = "initMembPotential", "v"


def with_parts(document: Document, network: Network, tables: Tables) -> tuple[Document, Network]:
    """A document and a network in which no settings of parts of cells are left.

    Args:
        document: of the types and components.
        network: with settings.
        tables: what the network's files and components define.

    Raises:
        UsageError: If a component cannot hold one of them.
    """
    components, populations = list(document.components), []
    for item in network.populations:
        own = [one for one in item.settings if _is_of_part(one, item, tables)]
        if not own:
            populations.append(item)
            continue
        made = _copy(item.component)
        shared = [one.component for one in network.populations].count(item.component) > 1
        if shared:
            made.attributes["id"] = f"{item.component.id}_of_{item.name}"
            components.append(made)
        else:
            components = [made if one is item.component else one for one in components]
        writer = _Writer(item, made, tables)
        for one in own:
            writer.write(one)
        rest = [one for one in item.settings if one not in own]
        populations.append(replace(item, component=made, settings=rest))
    return replace(document, components=components), replace(network, populations=populations)


def _is_of_part(item: Setting, population: Population, tables: Tables) -> bool:
    """Whether a setting is for a part of cells, a place along them, or where their ``v`` starts."""
    if "/" in item.name or item.over is not None or item.at is not None:
        return True
    started = [one for one in _walk(population.component) if one.tag == _START]
    return item.is_state and item.name == _POTENTIAL and bool(started)


class _Writer:
    """Writes settings into the copy of one component."""

    def __init__(self, population: Population, made: Component, tables: Tables) -> None:
        self.population = population
        self.made = made
        self.tables = tables
        self.tree = TreeBuilder(tables.values, Diagnostics()).tree(population.component)

    def write(self, item: Setting) -> None:
        """Writes one setting."""
        whole = item.cells is None or len(item.cells) == self.population.size
        if not whole or item.at is not None:
            raise self._cannot(item, "for some cells or places alone")
        if item.over is not None and not item.is_state:
            self._write_over(item)
            return
        one = _single(item)
        if one is None:
            along = item.over is not None
            what = "for a part of its cells alone" if along else "that differs between cells"
            raise self._cannot(item, what)
        if item.is_state:
            self._write_start(item, one)
            return
        part, name = self._part(item)
        part.attributes[name] = self._text(item, one)

    def _part(self, item: Setting) -> tuple[Component, str]:
        """The part of the copy that has the parameter of a setting."""
        found = self.tree.owner_of(item.name)
        assert found is not None  # checked when it was set
        original, copy = found[0].component, _twin(self.population.component, self.made)
        if id(original) not in copy:
            raise self._cannot(item, "of a component that others use too")
        return copy[id(original)], found[1]

    def _text(self, item: Setting, value: float) -> str:
        found = self.tree.owner_of(item.name)
        assert found is not None
        parameters = {one.name: one.dimension for one in found[0].type.parameters}
        dimension = parameters.get(found[1], "none")
        if dimension not in SI:
            raise self._cannot(item, f"of the dimension {dimension}")
        return f"{value!r} {SI[dimension]}".strip()

    def _write_start(self, item: Setting, value: float) -> None:
        starts = [one for one in _walk(self.made) if one.tag == _START]
        if item.name != _POTENTIAL or len(starts) != 1:
            raise self._cannot(item, "as a start value")
        starts[0].attributes["value"] = f"{value!r} V"

    def _write_over(self, item: Setting) -> None:
        """Writes a density for the segments of each value, in place of the one for all."""
        part, name = self._part(item)
        parent = next(one for one in _walk(self.made) if part in one.children)
        shape = next(one for one in self.made.children if one.tag == "morphology")
        assert item.over is not None
        values = np.broadcast_to(np.asarray(item.value, float), item.over.shape)
        rest = self._segments_of(part) - set(item.over.tolist())
        groups = [(float(one), item.over[values == one].tolist()) for one in np.unique(values)]
        made = []
        for number, (value, segments) in enumerate(groups):
            own = f"{part.id}_{number}"
            made.append(_made(part, {name: self._text(item, value)}, (own, f"in_{own}")))
            shape.children.append(_group(shape, f"in_{own}", segments))
        if rest:
            own = f"{part.id}_rest"
            made.append(_made(part, {}, (own, f"in_{own}")))
            shape.children.append(_group(shape, f"in_{own}", sorted(rest)))
        place = parent.children.index(part)
        parent.children[place : place + 1] = made

    def _segments_of(self, part: Component) -> set[int]:
        """The segments that a density is for."""
        node = next(one for one in self.tree.children if "morphology" in one.type.ancestors)
        found = read_morphology(node, Diagnostics())
        assert found is not None
        group = part.attributes.get("segmentGroup", "all")
        return set(found.groups[group].segments if group in found.groups else found.segments)

    def _cannot(self, item: Setting, what: str) -> UsageError:
        return UsageError(
            f"'{item.name}' of '{self.population.name}': a component of NeuroML has no value "
            f"{what}",
            code="unsupported.construct",
            hint="make populations of their own for cells that differ",
        )


def _single(item: Setting) -> float | None:
    """The one value of a setting; None if it has several."""
    if item.over is not None or not isinstance(item.value, (float, np.ndarray)):
        return None
    values = np.unique(np.asarray(item.value, float))
    return float(values[0]) if len(values) == 1 else None


def _copy(component: Component) -> Component:
    """A component with all inside of it."""
    made = replace(component, attributes=dict(component.attributes))
    made.children = [_copy(child) for child in component.children]
    for child in made.children:
        child.parent = made
    return made


def _twin(original: Component, copy: Component) -> dict[int, Component]:
    """The copies of a component and all inside of it, by the identity of the original."""
    found = {id(original): copy}
    for one, other in zip(original.children, copy.children, strict=False):
        found.update(_twin(one, other))
    return found


def _walk(component: Component) -> list[Component]:
    return [component, *(item for child in component.children for item in _walk(child))]


def _made(part: Component, values: dict[str, str], names: tuple[str, str]) -> Component:
    """A density like another one, with an id and a group of its own."""
    own = {"id": names[0], "segmentGroup": names[1]}
    return replace(part, attributes={**part.attributes, **values, **own})


def _group(shape: Component, name: str, segments: list[int]) -> Component:
    """A segment group."""
    made = Component("segmentGroup", {"id": name}, [], None, "segmentGroup", parent=shape)
    made.children = [
        Component("member", {"segment": str(number)}, [], None, "member", parent=made)
        for number in segments
    ]
    return made
