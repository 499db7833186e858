"""Cells and synapses as NeuroML or LEMS files, each with what it refers to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from annarchy_ml.exporters.documents.lems import write_parts, xml_file
from annarchy_ml.exporters.documents.neuroml import is_placed, write_neuroml_parts
from annarchy_ml.exporters.documents.xml_stream import XmlStream
from annarchy_ml.exporters.sonata.parts import Circuit, Names
from annarchy_ml.model.component import Component

TYPES = "types.xml"


@dataclass(slots=True)
class Templates:
    """The files of components.

    Attributes:
        files: of the components that are used, by id.
    """

    circuit: Circuit
    files: dict[str, str] = field(default_factory=dict)
    _names: Names = field(default_factory=lambda: Names({"types"}, plain=True))

    def of(self, item: Component) -> str:
        """How a table of types names the file of a component."""
        if item.id not in self.files:
            plain = all(
                is_placed(part, self.circuit.document, self.circuit.standard)
                for part in self._needed(item)
            )
            suffix = "nml" if plain else "xml"
            self.files[item.id] = f"{self._names.unique(item.id)}.{suffix}"
        file = self.files[item.id]
        return f"{'nml' if file.endswith('.nml') else 'lems'}:{file}"

    def write(self, folder: Path) -> list[Path]:
        """Writes the files of all components that were named."""
        for name, file in self.files.items():
            with xml_file(folder / file) as stream:
                self._write_parts(stream, self._needed(self.circuit.by_id[name]), file)
        made = [folder / file for file in self.files.values()]
        if any(file.endswith(".xml") for file in self.files.values()):
            made.append(self._write_types(folder / TYPES))
        return made

    def _write_parts(self, stream: XmlStream, parts: list[Component], file: str) -> None:
        if file.endswith(".nml"):
            name = file.removesuffix(".nml")
            write_neuroml_parts(stream, parts, self.circuit.standard, name)
            return
        stream.begin("Lems", {})
        stream.empty("Include", {"file": TYPES})
        for item in parts:
            stream.component(item)
        stream.end()

    def _write_types(self, path: Path) -> Path:
        """The types and units of the model's own, which files in LEMS include."""
        document = replace(self.circuit.document, targets=[])
        with xml_file(path) as stream:
            write_parts(stream, document, self.circuit.standard, ())
        return path

    def _needed(self, component: Component) -> list[Component]:
        """A component and all that it names, directly or not, in document order."""
        found = {item.id for item in _reached(component, self.circuit)}
        return [item for item in self.circuit.own if item.id in found]


def _reached(component: Component, circuit: Circuit) -> Iterator[Component]:
    seen: set[str] = set()
    waiting = [component]
    while waiting:
        item = waiting.pop()
        waiting += item.children
        if circuit.by_id.get(item.id) is item:
            if item.id in seen:
                continue
            seen.add(item.id)
            yield item
        waiting += _named(item.attributes.values(), circuit)


def _named(texts: Iterable[str], circuit: Circuit) -> Iterator[Component]:
    for text in texts:
        found = circuit.by_id.get(text)
        if found is not None and found is not circuit.network:
            yield found
