"""Reads the output files, event files and displays inside a simulation component."""

from __future__ import annotations

from dataclasses import dataclass

from annarchy_ml.diagnostics import Diagnostics, Span
from annarchy_ml.diagnostics.origin import Origin, locate
from annarchy_ml.model.component import Component, SimulationElement
from annarchy_ml.model.simulation import (
    Display,
    EventFormat,
    EventOutputFile,
    EventSelection,
    Line,
    OutputColumn,
    OutputFile,
)
from annarchy_ml.passes.titles import full_path, title
from annarchy_ml.passes.values import ValueTable
from annarchy_ml.units import Dimension, named, preferred_unit, with_article

_TIME = Dimension(t=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A path that must be recorded, and where the file asks for it.

    Attributes:
        scale: the attribute by whose value it is divided, the text of it, and its dimension.
    """

    path: str
    origin: Origin | None
    attribute: str
    port: str = ""
    scale: tuple[str, str, Dimension] | None = None


def element_of(component: Component, kind: str, values: ValueTable) -> SimulationElement | None:
    """The first element of a kind in the ``Simulation`` block of a component's type."""
    found = values.types.get(component.type)
    for element in (found.simulation or ()) if found is not None else ():
        if element.kind == kind:
            return element
    return None


class OutputReader:
    """Reads all outputs of one simulation."""

    def __init__(self, values: ValueTable, report: Diagnostics) -> None:
        self.values = values
        self.report = report
        self.outputs: list[OutputFile] = []
        self.event_outputs: list[EventOutputFile] = []
        self.displays: list[Display] = []
        self.wanted: list[Wanted] = []
        self.wanted_events: list[Wanted] = []

    def read(self, component: Component) -> None:
        """Reads a child of the simulation, whatever it is."""
        if (writer := element_of(component, "DataWriter", self.values)) is not None:
            self._data_writer(component, writer)
        elif (writer := element_of(component, "EventWriter", self.values)) is not None:
            self._event_writer(component, writer)
        elif (display := element_of(component, "DataDisplay", self.values)) is not None:
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

    def _records(
        self, component: Component, kind: str
    ) -> list[tuple[Component, SimulationElement]]:
        result = []
        for child in component.children:
            element = element_of(child, kind, self.values)
            if element is not None:
                self.values.of(child)
                result.append((child, element))
        return result

    def _quantity(self, child: Component, element: SimulationElement) -> str:
        attribute = element.get("quantity")
        path = child.attributes.get(attribute, "").strip().rstrip("/")  # one at the end is no step
        if not path:
            self.report.error(
                "attribute.missing",
                f"{title(child)} must say what to record",
                locate(child.origin),
                component=full_path(child),
                hint=f'write {attribute}="population[0]/v"',
            )
        return path

    def _want(self, wanted: Wanted) -> None:
        if wanted.path:
            self.wanted.append(wanted)

    def _scale(self, child: Component, attribute: str) -> tuple[str, str, Dimension] | None:
        """An attribute with a unit, its text and its dimension; None for a plain number."""
        text = child.attributes.get(attribute, "")
        found = self.values.quantities.dimension_of(text) if text else None
        return None if found is None or found.is_dimensionless else (attribute, text, found)

    def _check_time_scale(self, child: Component, element: SimulationElement) -> None:
        scale = self._scale(child, element.get("timeScale"))
        if scale is not None and scale[2] != _TIME:
            report_scale(title(child), child.origin, scale, _TIME, self.report)

    def _data_writer(self, component: Component, writer: SimulationElement) -> None:
        columns = []
        for child, element in self._records(component, "Record"):
            path = self._quantity(child, element)
            columns.append(OutputColumn(child.id, path))
            self._want(Wanted(path, child.origin, element.get("quantity")))
        self.outputs.append(
            OutputFile(
                component.id,
                self._path_of(component, writer),
                tuple(columns),
                span=self._file_span(component, writer),
                report=self.values.document.reports.get(component.id),
            )
        )

    def _event_writer(self, component: Component, writer: SimulationElement) -> None:
        selections = []
        for child, element in self._records(component, "EventRecord"):
            path = self._quantity(child, element)
            port = child.attributes.get(element.get("eventPort"), "")
            selections.append(EventSelection(child.id, path, port))
            if path:
                asked = Wanted(path, child.origin, element.get("quantity"), port)
                self.wanted_events.append(asked)
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
                report=self.values.document.reports.get(component.id),
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
            self._check_time_scale(child, element)
            scale = self._scale(child, element.get("scale"))
            self._want(Wanted(path, child.origin, element.get("quantity"), scale=scale))
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


def report_scale(
    owner: str,
    origin: Origin | None,
    scale: tuple[str, str, Dimension],
    expected: Dimension,
    report: Diagnostics,
) -> None:
    """Warns that something is to be drawn in units of another dimension; published models do so."""
    attribute, text, found = scale
    unit = preferred_unit(expected)[0]
    report.warning(
        "units.mismatch",
        f"'{attribute}' of {owner} should be {with_article(expected)}, but '{text}' is "
        f"{with_article(found)}",
        locate(origin, attribute),
        label=named(found),
        notes=("the numbers in SI units are divided: those that are drawn have no meaning",),
        hint=f'write {attribute}="1{unit}", or a plain number',
    )
