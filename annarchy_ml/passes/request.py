"""Reads what a simulation component asks for: what to run, for how long, what to record.

The meaning of the elements comes from the ``Simulation`` block of their types (``Run``, ``Record``,
``DataWriter``, ...), so user-defined simulation types work like the core ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from annarchy_ml.diagnostics import Diagnostics, Span, did_you_mean
from annarchy_ml.diagnostics.origin import Origin, locate
from annarchy_ml.model.component import Component, SimulationElement
from annarchy_ml.model.document import Document
from annarchy_ml.model.simulation import (
    Display,
    EventFormat,
    EventOutputFile,
    EventSelection,
    Line,
    OutputColumn,
    OutputFile,
)
from annarchy_ml.passes.titles import an, full_path, title
from annarchy_ml.passes.values import ValueTable

_EXAMPLES = {"length": "100 ms", "step": "0.01 ms"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A path that must be recorded, and where the file asks for it."""

    path: str
    origin: Origin | None
    attribute: str
    port: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A run: target, step and length in seconds, and all outputs."""

    target: Component
    dt: float
    length: float
    seed: int | None
    outputs: tuple[OutputFile, ...] = ()
    event_outputs: tuple[EventOutputFile, ...] = ()
    displays: tuple[Display, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    wanted_events: tuple[Wanted, ...] = ()
    method: str = ""
    name: str = ""


def find_simulation(
    document: Document, values: ValueTable, report: Diagnostics
) -> Component | None:
    """The component that ``<Target>`` names, or the only simulation of the document."""
    by_id = values.components.by_id
    if document.targets:
        name, origin = document.targets[-1]
        found = by_id.get(name)
        if found is None:
            report.error(
                "component.unknown",
                f"the target '{name}' is not defined",
                locate(origin, "component"),
                hint=did_you_mean(name, by_id) or "name the id of a Simulation",
            )
        elif not _runs(found, values):
            first = locate(found.origin, "id")
            report.error(
                "simulation.missing",
                f"the target '{name}' is {an(found.type)}, which says nothing about running",
                locate(origin, "component"),
                related=((first, "this component"),) if first is not None else (),
                hint="let <Target> name a Simulation component",
            )
            return None
        return found
    candidates = [
        item
        for item in document.components
        if _runs(item, values)
    ]
    if len(candidates) == 1:
        return candidates[0]
    what = "no simulation" if not candidates else f"{len(candidates)} simulations"
    report.error(
        "simulation.missing",
        f"the file defines {what} to run",
        None,
        hint='add <Simulation id="sim1" length="100ms" step="0.01ms" target="net1"> and '
        '<Target component="sim1"/>'
        if not candidates
        else 'choose one with <Target component="..."/>',
    )
    return None


def _runs(component: Component, values: ValueTable) -> bool:
    found = values.types.get(component.type)
    elements = (found.simulation or ()) if found is not None else ()
    return any(element.kind == "Run" for element in elements)


class RequestReader:
    """Reads one simulation component and everything inside it."""

    def __init__(self, values: ValueTable, report: Diagnostics) -> None:
        self.values = values
        self.report = report
        self.outputs: list[OutputFile] = []
        self.event_outputs: list[EventOutputFile] = []
        self.displays: list[Display] = []
        self.wanted: list[Wanted] = []
        self.wanted_events: list[Wanted] = []

    def read(self, simulation: Component) -> Request | None:
        """The request; None after a reported fault."""
        run = self._element(simulation, "Run")
        if run is None:
            self.report.error(
                "simulation.missing",
                f"{simulation.type} '{simulation.id}' says nothing about running: it is no "
                "simulation",
                locate(simulation.origin),
                hint="let <Target> name a Simulation component",
            )
            return None
        target = self._target(simulation, run)
        own = self.values.of(simulation)
        dt, length = own.get(run.get("increment"), 0.0), own.get(run.get("total"), 0.0)
        self._check_times(simulation, run, dt, length)
        method = ""
        for child in simulation.children:
            self._child(child)
            if child.attributes.get("for") == "jlems" or child.tag == "Meta":
                if child.attributes.get("for", "jlems") == "jlems":
                    method = child.attributes.get("method", method).lower()
        if target is None:
            return None
        return Request(
            target,
            dt,
            length,
            self._seed(simulation),
            tuple(self.outputs),
            tuple(self.event_outputs),
            tuple(self.displays),
            tuple(self.wanted),
            tuple(self.wanted_events),
            method,
            simulation.id,
        )

    def _element(self, component: Component, kind: str) -> SimulationElement | None:
        found = self.values.types.get(component.type)
        for element in (found.simulation or ()) if found is not None else ():
            if element.kind == kind:
                return element
        return None

    def _target(self, simulation: Component, run: SimulationElement) -> Component | None:
        attribute = run.get("component")
        name = simulation.attributes.get(attribute, "")
        found = self.values.components.by_id.get(name)
        if found is None:
            self.report.error(
                "component.unknown" if name else "attribute.missing",
                f"the simulation '{simulation.id}' runs '{name}', which is not defined"
                if name
                else f"the simulation '{simulation.id}' must name its {attribute}",
                locate(simulation.origin, attribute if name else ""),
                hint=did_you_mean(name, self.values.components.by_id),
            )
        return found

    def _check_times(
        self, simulation: Component, run: SimulationElement, dt: float, length: float
    ) -> None:
        for name, value in ((run.get("increment"), dt), (run.get("total"), length)):
            if name in simulation.attributes and not (0 < value < float("inf")):
                self.report.error(
                    "run.step",
                    f"'{name}' of {title(simulation)} must be longer than 0, not "
                    f"'{simulation.attributes[name]}'",
                    locate(simulation.origin, name),
                    hint=f'write {name}="{_EXAMPLES.get(name, "1 ms")}" with your value',
                    component=simulation.id,
                )

    def _seed(self, simulation: Component) -> int | None:
        text = simulation.attributes.get("seed", "").strip()
        if not text:
            return None
        try:
            return int(text) if text.lstrip("+-").isdecimal() else int(float(text))
        except (ValueError, OverflowError):
            self.report.error(
                "value.range",
                f"the seed must be a whole number, not '{text}'",
                locate(simulation.origin, "seed"),
                hint='write seed="1"',
                component=simulation.id,
            )
            return None

    def _child(self, component: Component) -> None:
        if (writer := self._element(component, "DataWriter")) is not None:
            self._data_writer(component, writer)
        elif (writer := self._element(component, "EventWriter")) is not None:
            self._event_writer(component, writer)
        elif (display := self._element(component, "DataDisplay")) is not None:
            self._display(component, display)
        self.values.of(component)

    def _path_of(self, component: Component, writer: SimulationElement) -> str:
        folder = component.attributes.get(writer.get("path"), "")
        name = component.attributes.get(writer.get("fileName"), "")
        if not name:
            self.report.error(
                "attribute.missing",
                f"{title(component)} must name its file",
                locate(component.origin),
                component=full_path(component),
                hint=f'write {writer.get("fileName")}="results.dat"',
            )
        return f"{folder.rstrip('/')}/{name}" if folder else name

    def _file_span(self, component: Component, writer: SimulationElement) -> Span | None:
        """The file name in the model file; where it leads is judged when the run starts."""
        return locate(component.origin, writer.get("fileName"))

    def _records(self, component: Component, kind: str) -> list[tuple[Component, SimulationElement]]:
        result = []
        for child in component.children:
            element = self._element(child, kind)
            if element is not None:
                self.values.of(child)
                result.append((child, element))
        return result

    def _quantity(self, child: Component, element: SimulationElement) -> str:
        attribute = element.get("quantity")
        path = child.attributes.get(attribute, "").strip()
        if not path:
            self.report.error(
                "attribute.missing",
                f"{title(child)} must say what to record",
                locate(child.origin),
                component=full_path(child),
                hint=f'write {attribute}="population[0]/v"',
            )
        return path

    def _data_writer(self, component: Component, writer: SimulationElement) -> None:
        columns = []
        for child, element in self._records(component, "Record"):
            path = self._quantity(child, element)
            columns.append(OutputColumn(child.id, path))
            self.wanted.append(Wanted(path, child.origin, element.get("quantity")))
        self.outputs.append(
            OutputFile(
                component.id,
                self._path_of(component, writer),
                tuple(columns),
                span=self._file_span(component, writer),
            )
        )

    def _event_writer(self, component: Component, writer: SimulationElement) -> None:
        selections = []
        for child, element in self._records(component, "EventRecord"):
            path = self._quantity(child, element)
            port = child.attributes.get(element.get("eventPort"), "")
            selections.append(EventSelection(child.id, path, port))
            self.wanted_events.append(
                Wanted(path, child.origin, element.get("quantity"), port)
            )
        form: EventFormat = "TIME_ID"
        text = component.attributes.get(writer.get("format"), "") or form
        if text == "ID_TIME":
            form = "ID_TIME"
        elif text != "TIME_ID":
            self.report.error(
                "value.range",
                f"the format of an event file is TIME_ID or ID_TIME, not '{text}'",
                locate(component.origin, writer.get("format")),
                hint='write format="TIME_ID"',
                component=full_path(component),
            )
        self.event_outputs.append(
            EventOutputFile(
                component.id,
                self._path_of(component, writer),
                form,
                tuple(selections),
                span=self._file_span(component, writer),
            )
        )

    def _display(self, component: Component, display: SimulationElement) -> None:
        own = self.values.of(component)
        region = [own.get(name.strip()) for name in display.get("dataRegion").split(",")]
        region += [None] * (4 - len(region))
        lines = []
        for child, element in self._records(component, "Record"):
            values = self.values.of(child)
            path = self._quantity(child, element)
            lines.append(
                Line(
                    child.id,
                    path,
                    values.get(element.get("scale"), 1.0),
                    values.get(element.get("timeScale"), own.get("timeScale", 1.0)),
                    child.attributes.get(element.get("color"), ""),
                    locate(child.origin, element.get("quantity")),
                )
            )
            self.wanted.append(Wanted(path, child.origin, element.get("quantity")))
        self.displays.append(
            Display(
                id=component.id,
                title=component.attributes.get(display.get("title"), ""),
                xmin=region[0],
                xmax=region[1],
                ymin=region[2],
                ymax=region[3],
                time_scale=own.get("timeScale", 1.0),
                lines=tuple(lines),
                span=locate(component.origin),
            )
        )
