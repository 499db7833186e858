"""``ComponentType`` elements to the model, member by member."""

from __future__ import annotations

from collections.abc import Callable

from annarchy_ml.importers.neuroml.checks import SILENT, Checker
from annarchy_ml.importers.neuroml.dynamics import DynamicsReader
from annarchy_ml.importers.neuroml.xml_reader import Element
from annarchy_ml.model.component import (
    ComponentType,
    DerivedParameter,
    EventPort,
    Exposure,
    Parameter,
    Reference,
    Requirement,
    SimulationElement,
    Slot,
    StructureElement,
)

_STRUCTURE = {
    "ChildInstance": ("component", "componentType"),
    "MultiInstantiate": ("number", "component", "componentType", "indexVariable"),
    "ForEach": ("instances", "as"),
    "With": ("instance", "list", "index", "as"),
    "Tunnel": ("name", "endA", "endB", "componentA", "componentB"),
    "EventConnection": (
        "from",
        "to",
        "delay",
        "receiver",
        "receiverContainer",
        "sourcePort",
        "targetPort",
    ),
    "Assign": ("property", "value", "exposeAs"),
    "Choose": (),
    "When": ("test",),
    "Otherwise": (),
    "If": ("test",),
}
_SIMULATION = {
    "Run": ("component", "variable", "increment", "total"),
    "Record": ("quantity", "timeScale", "scale", "color"),
    "EventRecord": ("quantity", "eventPort"),
    "DataDisplay": ("title", "dataRegion"),
    "DataWriter": ("path", "fileName"),
    "EventWriter": ("path", "fileName", "format"),
}
_REFERENCES = {
    "ComponentReference": "component",
    "Link": "link",
    "Path": "path",
    "Text": "text",
    "InstanceRequirement": "instance",
    "ComponentRequirement": "ancestor",
    "PathParameter": "path_parameter",
}
_PARAMETERS = {
    "Parameter": "parameter",
    "IndexParameter": "index",
    "Property": "property",
    "Constant": "constant",
}


class TypeReader:
    """Reads one component type."""

    def __init__(self, checker: Checker, expressions: DynamicsReader) -> None:
        self.checker = checker
        self.expressions = expressions
        self.parameters: list[Parameter] = []
        self.derived: list[DerivedParameter] = []
        self.fixed: list[tuple[str, str]] = []
        self.requirements: list[Requirement] = []
        self.exposures: list[Exposure] = []
        self.ports: list[EventPort] = []
        self.slots: list[Slot] = []
        self.references: list[Reference] = []
        self.dynamics: Element | None = None
        self.structure: list[StructureElement] | None = None
        self.simulation: list[SimulationElement] | None = None

    def read(self, element: Element, core: bool) -> ComponentType:
        """The type that a ``ComponentType`` element defines."""
        self.checker.owner = element.get("name")
        self.checker.check(element, ("name", "extends", "description"), required=("name",))
        for child in element.children:
            self._add(child)
        result = self._build(element, core)
        self.checker.owner = ""
        return result

    def _add(self, child: Element) -> None:
        tag = child.tag
        if tag in SILENT:
            return
        if tag in _PARAMETERS:
            self._parameter(child)
        elif tag in _REFERENCES:
            self._reference(child)
        elif tag in ("Child", "Children", "Attachments"):
            self.checker.check(
                child,
                ("name", "type", "description", "min", "max", "required", "multiplicity"),
                required=("name", "type"),
            )
            self.slots.append(Slot(child.get("name"), child.get("type"), tag.lower(), child.origin))
        elif tag == "Dynamics":
            self.dynamics = child
        elif tag in _MEMBERS:
            _MEMBERS[tag](self, child)
        else:
            known = (*_PARAMETERS, *_REFERENCES, *_MEMBERS, "Child", "Children", "Dynamics")
            self.checker.unknown_element(child, "ComponentType", known)

    def _parameter(self, child: Element) -> None:
        default = "value" if child.tag == "Constant" else "defaultValue"
        self.checker.check(
            child,
            ("name", "dimension", "description", "symbol", default, "exposure"),
            required=("name", "value") if child.tag == "Constant" else ("name",),
        )
        if child.tag == "Constant":
            self.checker.filled(child, "value")
        self.parameters.append(
            Parameter(
                child.get("name"),
                child.get("dimension", "none"),
                _PARAMETERS[child.tag],
                child.get(default),
                child.origin,
            )
        )

    def _reference(self, child: Element) -> None:
        self.checker.check(
            child,
            ("name", "type", "description", "local", "required", "defaultComponent", "root"),
            required=("name",),
        )
        self.references.append(
            Reference(
                child.get("name"),
                _REFERENCES[child.tag],
                child.get("type"),
                child.get("local") == "true",
                child.get("required", "true") != "false",
                child.get("defaultComponent"),
                child.origin,
            )
        )

    def _derived_parameter(self, child: Element) -> None:
        self.checker.check(
            child, ("name", "dimension", "value", "select", "description"), required=("name",)
        )
        value = None
        if child.get("value"):
            value = self.expressions.expression(child, "value")
        self.derived.append(
            DerivedParameter(
                child.get("name"),
                child.get("dimension", "none"),
                value,
                child.get("select"),
                child.origin,
            )
        )

    def _fixed(self, child: Element) -> None:
        self.checker.check(
            child, ("parameter", "value", "description"), required=("parameter", "value")
        )
        self.fixed.append((child.get("parameter"), child.get("value")))

    def _requirement(self, child: Element) -> None:
        self.checker.check(child, ("name", "dimension", "description"), required=("name",))
        self.requirements.append(
            Requirement(child.get("name"), child.get("dimension", "none"), child.origin)
        )

    def _exposure(self, child: Element) -> None:
        self.checker.check(child, ("name", "dimension", "description"), required=("name",))
        self.exposures.append(
            Exposure(
                child.get("name"),
                child.get("dimension", "none"),
                child.get("description"),
                child.origin,
            )
        )

    def _port(self, child: Element) -> None:
        self.checker.check(child, ("name", "direction", "description"), required=("name",))
        self.ports.append(EventPort(child.get("name"), child.get("direction", "in"), child.origin))

    def _structure(self, child: Element) -> None:
        self.structure = [
            self._structure_element(item) for item in child.children if item.tag not in SILENT
        ]

    def _structure_element(self, element: Element) -> StructureElement:
        allowed = _STRUCTURE.get(element.tag)
        if allowed is None:
            self.checker.unknown_element(element, "Structure", tuple(_STRUCTURE))
            allowed = tuple(element.attributes)
        self.checker.check(element, allowed)
        source = "test" if element.tag in ("When", "If") else "value"
        value = None
        if element.get(source) and element.tag in ("Assign", "When", "If"):
            value = self.expressions.expression(element, source)
        return StructureElement(
            element.tag,
            tuple(element.attributes.items()),
            tuple(self._structure_element(item) for item in element.children),
            value,
            element.origin,
        )

    def _simulation(self, child: Element) -> None:
        self.simulation = []
        for item in child.children:
            if item.tag not in _SIMULATION:
                self.checker.unknown_element(item, "Simulation", tuple(_SIMULATION))
                continue
            self.checker.check(item, _SIMULATION[item.tag])
            self.simulation.append(
                SimulationElement(item.tag, tuple(item.attributes.items()), item.origin)
            )

    def _build(self, element: Element, core: bool) -> ComponentType:
        dynamics = None
        if self.dynamics is not None:
            dynamics = self.expressions.dynamics(self.dynamics)
        return ComponentType(
            name=element.get("name"),
            extends=element.get("extends"),
            parameters=tuple(self.parameters),
            derived_parameters=tuple(self.derived),
            fixed=tuple(self.fixed),
            requirements=tuple(self.requirements),
            exposures=tuple(self.exposures),
            ports=tuple(self.ports),
            slots=tuple(self.slots),
            references=tuple(self.references),
            dynamics=dynamics,
            structure=None if self.structure is None else tuple(self.structure),
            simulation=None if self.simulation is None else tuple(self.simulation),
            description=element.get("description"),
            core=core,
            origin=element.origin,
        )


_MEMBERS: dict[str, Callable[[TypeReader, Element], None]] = {
    "DerivedParameter": TypeReader._derived_parameter,
    "Fixed": TypeReader._fixed,
    "Requirement": TypeReader._requirement,
    "Exposure": TypeReader._exposure,
    "EventPort": TypeReader._port,
    "Structure": TypeReader._structure,
    "Simulation": TypeReader._simulation,
}
