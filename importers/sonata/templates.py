"""Components of NeuroML and LEMS files that tables of types name by template."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from annarchy_ml.diagnostics import Span, did_you_mean
from annarchy_ml.importers.sonata.circuit import Circuit
from annarchy_ml.importers.sonata.faults import FormatError
from annarchy_ml.model.component import Component
from annarchy_ml.model.document import Document

SCHEMES = ("nml", "lems")


@dataclass(slots=True)
class Templates:
    """The files that were read, and what each of them holds.

    Attributes:
        held: ids of the components of each file.
    """

    circuit: Circuit
    held: dict[str, list[str]] = field(default_factory=dict)

    def component(self, resource: str, name: str, kind: str, span: Span) -> str:
        """The id of the component that a template names.

        Args:
            resource: the file.
            name: of the component, if it is told.
            kind: ``cell`` or ``synapse``.
            span: where it is named.

        Raises:
            FormatError: If there is no such component.
        """
        path = self.circuit.component_file(resource, kind, span)
        if path not in self.held:
            self.held[path] = self._include(path)
        held = self.held[path]
        stem = os.path.basename(resource).split(".")[0]
        for wanted in (name, stem):
            if wanted in held:
                return wanted
        if len(held) == 1:
            return held[0]
        raise FormatError(
            "component.unknown",
            f"'{resource}' holds {len(held)} components, none of which is '{name or stem}'",
            span,
            did_you_mean(name or stem, held) or "name the file as its component",
        )

    def _include(self, path: str) -> list[str]:
        """Adds a file; what it repeats of other files is left out."""
        components = self.circuit.reading.document.components
        before = len(components)
        known = {item.id: item for item in components}
        self.circuit.reading.growing.include(path)
        fresh = components[before:]
        del components[before:]
        for item in fresh:
            if item.id not in known or not _same(item, known[item.id]):
                components.append(item)
        return [item.id for item in fresh if item.id]


def _same(one: Component, other: Component) -> bool:
    """Whether two components say the same."""
    return (
        one.tag == other.tag
        and one.attributes == other.attributes
        and len(one.children) == len(other.children)
        and all(map(_same, one.children, other.children))
    )


def has_port(document: Document, component: str, port: str) -> bool:
    """Whether cells of a component send events through a port."""
    found = next((item for item in document.components if item.id == component), None)
    if found is None:
        return False
    named = found.attributes.get("type", "")
    ancestors = _ancestors(document, named if named in document.types else found.tag)
    return any(
        item.name == port and item.direction == "out"
        for name in ancestors
        for item in document.types[name].ports
    )


def _ancestors(document: Document, name: str) -> Iterator[str]:
    seen: set[str] = set()
    while name in document.types and name not in seen:
        seen.add(name)
        yield name
        name = document.types[name].extends
