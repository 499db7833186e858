"""The definitions and components that a network built from Python may use."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics.core import Diagnostic, Diagnostics, UsageError
from annarchy_ml.model.component import Component

if TYPE_CHECKING:
    from annarchy_ml.model.component import ComponentType
    from annarchy_ml.model.document import Document
    from annarchy_ml.passes.pipeline import Tables

_NAME = re.compile(r"[A-Za-z_]\w*")


class Library:
    """The core definitions, those of included files, and components made from Python.

    Attributes:
        name: of the network.
        document: the definitions and components known so far.
        tables: its types, components and values, resolved.
        reading_s: how long reading and checking took [s].
    """

    def __init__(self, name: str, include_dirs: Iterable[str | os.PathLike[str]] = ()) -> None:
        from annarchy_ml.importers.registry import core_document

        started = time.perf_counter()
        self.name = self._named(name, "the network", {})
        self._report = Diagnostics()
        self._warnings: tuple[Diagnostic, ...] = ()
        self._files = core_document(self._report, tuple(os.fspath(item) for item in include_dirs))
        self.document: Document = self._files.document
        self._refused: list[Component] = []  # tables know components by their identity
        self.tables = self._resolved()
        self._settle()
        self.reading_s = time.perf_counter() - started

    def _resolved(self) -> Tables:
        from annarchy_ml.passes.pipeline import resolve

        return resolve(self.document, self._report)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Doubts that do not stop the model."""
        return self._warnings

    def include(self, path: str | os.PathLike[str]) -> None:
        """Adds the component types and components of a LEMS or NeuroML file.

        Raises:
            ModelError: With every fault found.
        """
        from annarchy_ml.importers.registry import is_file

        started = time.perf_counter()
        if is_file(os.fspath(path), self._report):
            self._files.include(os.fspath(path))
            self.tables = self._resolved()
            self.tables.values.read_all()
        self._settle()
        self.reading_s += time.perf_counter() - started

    def define(self, made: ComponentType) -> None:
        """Adds a component type that another front end has made and checked."""
        self._named(made.name, "the component type", dict.fromkeys(self.document.types, ""))
        self.document.types[made.name] = made

    def component(
        self, id: str, type: str, /, *parts: Component, **attributes: str | float
    ) -> Component:
        """A component of any type, such as a cell, a synapse or an input.

        Args:
            id: its name.
            type: name of its component type.
            parts: what stands inside of it, each made by `part`.
            attributes: as text, such as ``thresh="-50 mV"``; plain numbers have no unit.

        Raises:
            ModelError: With every fault found.
        """
        made = part("Component", *parts, **attributes)
        made.attributes = {"id": id, "type": type, **made.attributes}
        components = self.tables.components
        components.add(made)
        if not self._report.has_errors:
            self.tables.values.read([made])
        if self._report.has_errors:
            self._refused.append(made)
            components.remove(made)
        self._settle(id)
        self.document.components.append(made)
        return made

    def part(self, tag: str, /, *parts: Component, **attributes: str | float) -> Component:
        """What stands inside a component: ``net.part("spike", id="0", time="10 ms")``."""
        return part(tag, *parts, **attributes)

    def __str__(self) -> str:
        return f"NetworkModel '{self.name}'"

    def _named(self, name: str, what: str, taken: Mapping[str, str]) -> str:
        """A name that is not taken by anything: ``taken`` says by what."""
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise UsageError(
                f"{what} cannot be called {name!r}", hint="use letters, digits and underscores"
            )
        if name in taken:
            raise UsageError(
                f"{self} has {taken[name]} '{name}' already", hint="choose another name"
            )
        return name

    def _settle(self, component: str = "") -> None:
        """Raises what was found at fault, with its place; keeps doubts."""
        where = f"{self}, component '{component}'" if component else str(self)
        found = [
            item if item.span else replace(item, component=where) for item in self._report.take()
        ]
        Diagnostics(found).raise_if_errors()
        self._warnings += tuple(found)


def part(tag: str, /, *parts: Component, **attributes: str | float) -> Component:
    """An element with attributes and what stands inside of it."""
    texts = {name: _text(name, value) for name, value in attributes.items()}
    made = Component(tag, texts, list(parts), None)
    for child in parts:
        child.parent = made
    return made


def _text(name: str, value: str | float) -> str:
    """The text of an attribute.

    Raises:
        UsageError: If it is neither a text nor a number.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Integral):
        return repr(int(value))
    if isinstance(value, Real):
        return repr(float(value))
    raise UsageError(
        f"the attribute '{name}' is a text or a number, not {value!r}",
        hint='write a text with a unit, such as "10 mV"',
    )
